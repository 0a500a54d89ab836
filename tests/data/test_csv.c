/* CSV: what is a field, which column is the label, and where mistakes are. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/memory.h"
#include "data/csv.h"
#include "data_files.h"

/* All fields joined by '|', rows by '/'. */
static char *fields_of(const char *text)
{
    struct csv_reader reader;
    struct error err = {0};
    csv_reader_init(&reader, (const uint8_t *)text, strlen(text), "file");
    char *joined = ls_strdup("");
    enum csv_result result;
    while ((result = csv_next(&reader, &err)) == CSV_FIELD) {
        char *longer = ls_sprintf("%s%s%s", joined, reader.text, reader.row_ends ? "/" : "|");
        free(joined);
        joined = longer;
    }
    csv_reader_deinit(&reader);
    if (result == CSV_END)
        return joined;
    free(joined);
    return ls_strdup(err.message);
}

static void fields_are_read_as_rfc_4180_says(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fields;
    } cases[] = {
        {"a,b\nc,d\n", "a|b/c|d/"},
        {"a,b\r\nc,d", "a|b/c|d/"},
        {"a,b\rc,d\r", "a|b/c|d/"},
        {"\n\na,b\n\n\nc,d\n\n", "a|b/c|d/"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "a|b/"},
        {"a;b,c;d\n", "a|b,c|d/"},
        {"a\tb\n", "a|b/"},
        {"\"a,b\",\"say \"\"x\"\"\"\n", "a,b|say \"x\"/"},
        {"\"two\nlines\",c\n", "two\nlines|c/"},
        {"\"\",\n", "|/"},
        {",,\n", "||/"},
        {"a,b,", "a|b|/"},
        {" a , \"b\" ,c\n", "a|b|c/"},
        {"\"a;b\",c\n", "a;b|c/"},
        {"a\n\"b", "file: line 2, column 1: the quote is never closed; expected another one"},
        {"a,b\n1,\"x\"y\n",
         "file: line 2, column 2: text follows the closing quote; expected the field to end, "
         "or a doubled quote"},
        {"a,b\n\"1\n2\",x\"y\n", "file: line 3, column 2: a quote inside a field; put the whole field into "
                                 "quotes and double it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *found = fields_of(cases[i].text);
        if (strcmp(found, cases[i].fields) != 0)
            fail_msg("case %zu: expected \"%s\", found \"%s\"", i, cases[i].fields, found);
        free(found);
    }
}

static const char flowers[] = "\"length, cm\",species,width\n"
                              "1.5,rose,2\n"
                              "-2.5e0,\"lily \"\"white\"\"\",3\n"
                              "3,rose,4\n";

static void the_label_is_a_column(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_text(&folder, "flowers.csv", flowers);
    static const char *const specs[] = {"flowers.csv:label=species,split=1", "flowers.csv:label=2,split=1"};
    for (int i = 0; i < 2; i++) {
        struct data *data = data_folder_load(&folder, specs[i]);
        assert_string_equal(data->name, "flowers");
        assert_int_equal(data->classes, 2);
        assert_string_equal(data->class_names[0], "lily \"white\"");
        assert_string_equal(data->class_names[1], "rose");
        assert_int_equal(data->train.channels, 2);
        for (uint32_t n = 0; n < 2; n++) {
            const bool lily = dataset_value(&data->train, n, 1) == 3.0f;
            assert_int_equal(data->train.labels[n], !lily);
            if (lily)
                assert_true(dataset_value(&data->train, n, 0) == -2.5f);
        }
        data_destroy(data);
    }
    struct error err = {0};
    struct csv_table table;
    struct data_spec spec = {.label = "width", .task = TASK_REGRESS};
    assert_false(csv_table_parse(&table, (const uint8_t *)flowers, sizeof flowers - 1, "f", &spec, &err));
    assert_string_equal(err.message,
                        "f: line 2, column 2 (species): expected a number, found \"rose\"; if it "
                        "is the label, say label=COLUMN");
    data_folder_destroy(&folder);
}

static void numbers_are_classes_or_targets(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_text(&folder, "a.csv", "1,2,10\n3,4,9\n5,6,10\n");
    struct data *data = data_folder_load(&folder, "a.csv:split=1");
    assert_int_equal(data->train.count + data->test.count, 3);
    assert_string_equal(data->class_names[0], "9"); /* by number, not by letters */
    data_destroy(data);
    data = data_folder_load(&folder, "a.csv:task=regress,label=1,split=1");
    assert_int_equal(data->targets, 1);
    for (uint32_t n = 0; n < 2; n++)
        assert_true(data->train.targets[n] + 1.0f == dataset_value(&data->train, n, 0));
    data_destroy(data);
    data = data_folder_load(&folder, "a.csv:header=yes,split=1");
    assert_int_equal(data->train.count + data->test.count, 2);
    data_destroy(data);
    data_folder_write_text(&folder, "b.csv", "y,a,b\n0,1,2\n1,3,4\n1,5,6\n");
    data = data_folder_load(&folder, "b.csv:shape=1x2,split=1");
    assert_int_equal(data->classes * 100 + data->train.height * 10 + data->train.width, 212);
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void folders_have_a_test_file(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_text(&folder, "train.csv", "a,label\n1,x\n2,y\n");
    data_folder_write_text(&folder, "test.csv", "a,label\n3,z\n");
    struct data *data = data_folder_load(&folder, "");
    assert_int_equal(data->train.count * 10 + data->test.count, 21);
    assert_int_equal(data->classes, 3);
    assert_int_equal(data->test.labels[0], 2);
    data_destroy(data);
    data_folder_write_text(&folder, "test.csv", "a,b,label\n3,4,z\n");
    data_folder_refuse(&folder, "", "training samples are 1×1×1, test samples 2×1×1");
    data_folder_destroy(&folder);
}

static const struct {
    const char *text, *options, *expected;
} mistakes[] = {
    {"", "", "f.csv: is empty"},
    {"\n\n", "", "expected rows of values, found none"},
    {"a,b\n", "", "expected rows below the header, found none"},
    {"1\n2\n", "", "line 1: expected at least 2 columns, values and a label, found 1"},
    {"a,b\n1,2\n1,2,3\n", "", "line 3: expected 2 fields as in the first row, found 3"},
    {"a,b\n1\n", "", "line 2: expected 2 fields as in the first row, found 1"},
    {"a,b,label\n1,2,x\n1,,x\n3,NA,y\n?,2,y\n", "",
     "line 3, column 2 (b): the value is missing; values missing in all: 3; fill them in or"},
    {"a,label\n1,x\n2,\n", "", "line 3, column 2 (label): the value is missing; values missing in all: 1"},
    {"a,label\n1,x\n2x,y\n", "", "line 3, column 1 (a): expected a number, found \"2x\""},
    {"1,x,a\nq,y,b\n", "", "line 1, column 2 (2): expected a number, found \"x\"; if it names the column"},
    {"a,b\n1,2\n", ":label=c",
     "has no column \"c\"; expected a number from 1 to 2 or one of the names: a, b"},
    {"a,b\n1,2\n", ":label=3", "has no column \"3\""},
    {"1,2\n3,4\n", ":label=0", "has no column \"0\"; expected a number from 1 to 2"},
    {"a,b\n1,2\n3,2\n", "", "expected at least 2 classes, found 1"},
    {"a,b\n1,2\n", "", "expected at least 2 classes, found 1"},
    {"a,b\n1e39,2\n3,4\n", "", "value 0 of training sample 0 is infinite"},
    {"a,b\n1,2\n3,4\n", ":shape=3x3", "has 1 values a sample, no multiple of the 9 of shape=3x3"},
    {"a,b\n1,x\n3,y\n", ":task=regress", "line 2, column 2 (b): expected a number, found \"x\""},
    {"a,b\n1,x\n3,y\n", ":noise=1", "noise is no option of CSV; it belongs to: generated data"},
};

static void mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct data_folder folder;
        data_folder_create(&folder);
        data_folder_write_text(&folder, "f.csv", mistakes[i].text);
        char *spec = ls_sprintf("f.csv%s", mistakes[i].options);
        data_folder_refuse(&folder, spec, mistakes[i].expected);
        free(spec);
        data_folder_destroy(&folder);
    }
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write(&folder, "f.csv", "a,b\n1,\0\n", 8);
    data_folder_refuse(&folder, "f.csv", "line 2, column 2: holds a byte of value 0; expected text");
    data_folder_destroy(&folder);
}

static void more_classes_than_any_network_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    char text[300 * 12] = "";
    for (int i = 0; i < 257; i++)
        snprintf(text + strlen(text), 16, "1.5,%d\n", i);
    data_folder_write_text(&folder, "f.csv", text);
    data_folder_refuse(&folder, "f.csv",
                       "more than 256 different values; if they are measurements, say task=regress");
    data_folder_destroy(&folder);
}

static void endless_tables_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_text(&folder, "f.csv", "a,b\n1,2\n");
    char *path = ls_sprintf("%s/f.csv", folder.path), *test = ls_sprintf("%s/test.csv", folder.path);
    assert_int_equal(truncate(path, INT64_C(60000000000)), 0); /* 60 GB that take no room on the disk */
    data_folder_refuse(&folder, "f.csv", "line 3, column 1: holds a byte of value 0; expected text");
    assert_int_equal(rename(path, test) + mkfifo(path, 0600), 0);
    data_folder_refuse(&folder, "f.csv", "f.csv: expected a file, found a pipe");
    data_folder_write_text(&folder, "train.csv", "a,b\n1,2\n1,3\n");
    assert_int_equal(unlink(test) + symlink("/dev/zero", test), 0);
    data_folder_refuse(&folder, "", "test.csv: expected a file, found a device");
    free(path);
    free(test);
    data_folder_destroy(&folder);
}

/* One compressed mebibyte of one row, again and again: gzip files may be joined. */
static void inflating_tables_are_refused(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    struct data_folder folder;
    data_folder_create(&folder);
    char *path = ls_sprintf("%s/f.csv.gz", folder.path), *rows = malloc(SIZE);
    for (int i = 0; i < SIZE; i += 4)
        memcpy(rows + i, "1,0\n", 4);
    gzFile file = gzopen(path, "wb9");
    assert_int_equal(gzwrite(file, rows, SIZE), SIZE);
    assert_int_equal(gzclose(file), Z_OK);
    FILE *stream = fopen(path, "r+b");
    const size_t packed = fread(rows, 1, SIZE, stream);
    fseek(stream, 0, SEEK_END);
    for (int i = 1; i < 300; i++)
        fwrite(rows, 1, packed, stream);
    fclose(stream);
    data_folder_refuse(&folder, "f.csv.gz", "inflate to more than 256.0 MiB, which no table does");
    free(path);
    free(rows);
    data_folder_destroy(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_as_rfc_4180_says),
        cmocka_unit_test(the_label_is_a_column),
        cmocka_unit_test(numbers_are_classes_or_targets),
        cmocka_unit_test(folders_have_a_test_file),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(endless_tables_are_refused),
        cmocka_unit_test(inflating_tables_are_refused),
        cmocka_unit_test(more_classes_than_any_network_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
