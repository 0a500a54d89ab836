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
        {"  \na,b\n   \r\n \n c,d\n  ", "a|b/c|d/"},
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
    data_folder_refuse(
        &folder, "flowers.csv:label=width,task=regress",
        "line 2, column 2, \"species\": expected a number, found \"rose\"; if it is the label, "
        "say label=2; to leave out what holds text, drop=2");
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
    data_folder_refuse(&folder, "", "test.csv: has 3 columns, ");
    data_folder_write_text(&folder, "test.csv", "b,label\n3,z\n");
    data_folder_refuse(&folder, "", "test.csv: column 1 is \"b\"; expected \"a\" as in ");
    data_folder_destroy(&folder);
}

/* Tables by a rule: a header, then `rows` rows that a letter each describes: 'c' counts from 0, 'C' from 1,
 * 'd' goes through different whole numbers without order, 'f' has fractions, 'l' three whole numbers, 'L' the
 * same now and then with ".0", 't' three words, 'b' bytes, 'z' zeros. */
static char *table_of(const char *header, const char *columns, int rows)
{
    char *text = ls_sprintf("%s", header);
    for (int row = 0; row < rows; row++)
        for (const char *kind = columns; *kind; kind++) {
            char field[32] = "0";
            if (*kind == 'c' || *kind == 'C')
                snprintf(field, sizeof field, "%d", row + (*kind == 'C'));
            else if (*kind == 'd')
                snprintf(field, sizeof field, "%d", row * 7 % rows * 3 + 11);
            else if (*kind == 'f')
                snprintf(field, sizeof field, "%d.%d", row % 5, row % 3 + 1);
            else if (*kind == 'l' || *kind == 'L')
                snprintf(field, sizeof field, "%d%s", row % 3, *kind == 'L' && row % 2 ? ".0" : "");
            else if (*kind == 't')
                snprintf(field, sizeof field, "%c", "xyz"[row % 3]);
            else if (*kind == 'b')
                snprintf(field, sizeof field, "%d", (row * 37 + (int)(kind - columns) * 11) % 256);
            char *longer = ls_sprintf("%s%s%s", text, field, kind[1] ? "," : "\n");
            free(text);
            text = longer;
        }
    return text;
}

/* What is chosen of 30 rows; `summary` is part of the line that tells it. Both NULL: refused with `refused`.
 */
static const struct {
    const char *header, *columns, *options, *summary, *refused;
} choices[] = {
    /* a label by name counts when it stands first or last */
    {"x,y,cluster\n", "ffl", "", "label is column 3, \"cluster\" (3 classes); 2 features", NULL},
    {"x,y,color\n", "fft", "", "label is column 3, \"color\" (3 classes); 2 features", NULL},
    {"label,a,b\n", "lff", "", "label is column 1, \"label\" (3 classes)", NULL},
    {"Class,a,b\n", "tff", "", "label is column 1, \"Class\" (3 classes)", NULL},
    {"a,b,target\n", "lfl", "", "label is column 3, \"target\" (3 classes)", NULL},
    {"label,x,y\n", "lff", "", "label is column 1, \"label\"", NULL},
    {"Id,label,a\n", "Clf", "", "label is column 2, \"label\" (3 classes); dropped \"Id\" (a counter)", NULL},
    {"a,class,b\n", "fll", "", "label is column 3, \"b\" (3 classes)", NULL},
    /* fractions are targets, whole numbers are classes, and 1 is 1.0 */
    {"rooms,age,price\n", "fff", "", "target is column 3, \"price\"; 2 features", NULL},
    {"a,b,c\n", "ffL", "", "(3 classes)", NULL},
    {"a,b,c\n", "ffL", ":task=regress", "target is column 3", NULL},
    {"a,b,c\n", "fff", ":task=classify", NULL, "label 0 is 0.1; expected whole numbers"},
    /* classes of one sample each are no classes */
    {"", "lffd", "", NULL,
     "column 4: its 30 values would be 30 classes, about one sample each; if the labels are in column 1, say "
     "label=1; if they are measurements, say task=regress"},
    {"", "lffd", ":label=1", "label is column 1 (3 classes)", NULL},
    {"", "lffd", ":task=classify", "label is column 4 (30 classes)", NULL},
    {"", "lffd", ":task=regress", "target is column 4", NULL},
    {"a,b,c\n", "fld", ":label=c", NULL, "about one sample each; if they are measurements, say task=regress"},
    {"", "lffz", "", NULL,
     "column 4: expected at least 2 classes, found 1: every value is \"0\"; if the labels are in column 1, "
     "say "
     "label=1"},
    {"a,b,c\n", "ffz", "", NULL, "if the labels are in another column, say label=COLUMN"},
    /* ids and counters are no features */
    {"Id,p,species\n", "Cft", "", "dropped \"Id\" (a counter); 1 feature,", NULL},
    {"ID,p,species\n", "dft", "", "dropped \"ID\" (an id); 1 feature,", NULL},
    {"PassengerId,p,s\n", "Cft", "", "dropped \"PassengerId\" (a counter)", NULL},
    {"p,user_id,s\n", "fdt", "", "dropped \"user_id\" (an id)", NULL},
    {"p,user_id,s\n", "flt", "", "label is column 3, \"s\" (3 classes); 2 features", NULL},
    {"p,acid,s\n", "fdt", "", "label is column 3, \"s\" (3 classes); 2 features", NULL},
    {"Unnamed: 0,p,s\n", "cft", "", "dropped \"Unnamed: 0\" (a counter)", NULL},
    {"index,p,s\n", "cft", "", "dropped \"index\" (a counter)", NULL},
    {",p,s\n", "cft", "", "dropped column 1 (a counter)", NULL},
    {"", "Cft", "", "dropped column 1 (a counter); 1 feature,", NULL},
    {"", "Cfl", "", "label is column 3 (3 classes); dropped column 1 (a counter)", NULL},
    {"", "Cl", "", "label is column 2 (3 classes); 1 feature,", NULL},
    {"time,p,s\n", "cft", "",
     "(3 classes); column 1, \"time\" counts the rows: drop=1 leaves it out; 2 features", NULL},
    {"time,p,s\n", "cft", ":features=time/p", "(3 classes); 2 features", NULL},
    {"", "lfff", "", "target is column 4; if the labels are in column 1, say label=1; 3 features", NULL},
    {"name_id,p,s\n", "tft", "", "dropped \"name_id\" (an id)", NULL},
    {"p,s,id\n", "ftd", "", "label is column 2, \"s\" (3 classes); dropped \"id\" (an id)", NULL},
    {"Id,p,s\n", "Cft", ":drop=none", "(3 classes); 2 features", NULL},
    {"id,s\n", "Ct", "",
     "label is column 2, \"s\" (3 classes); column 1, \"id\" looks like an id: nothing else is left to learn "
     "from; "
     "1 feature",
     NULL},
    {"id,s\n", "Ct", ":features=id", "label is column 2, \"s\" (3 classes); 1 feature", NULL},
    {"label,0x0,0x1\n", "lff", "", "label is column 1, \"label\" (3 classes); 2 features", NULL},
    {"0,1,2,3,4\n", "ffffl", "", "label is column 5, \"4\" (3 classes); 4 features", NULL},
    {"0,1,2\n", "ffl", "", "label is column 3 (3 classes)", NULL},
    {"a,b,c,d,s\n", "tftft", "", NULL,
     "if it is the label, say label=1; to leave out what holds text, drop=1/3"},
    {"Id,p,s\n", "Cft", ":label=Id", NULL, "\"s\": expected a number, found \"x\""},
    /* columns by name or number */
    {"a/b,a,b,s\n", "ffft", ":drop=a/b", "dropped \"a/b\" (as asked); 2 features", NULL},
    {"a/b,a,b,s\n", "ffft", ":drop=b/a", "dropped \"a\" (as asked), \"b\" (as asked); 1 feature,", NULL},
    {"a,b,c,s\n", "fftt", ":drop=3", "dropped \"c\" (as asked); 2 features", NULL},
    {"Id,a,b,s\n", "Cfft", ":features=Id/b", "dropped \"a\" (not among features); 2 features", NULL},
    {"a,b,a,s\n", "ffft", ":drop=a", NULL,
     "has 2 columns named \"a\", the last is column 3; give its number"},
    {"a,b,a,s\n", "ffft", ":drop=3", "dropped \"a\" (as asked); 2 features", NULL},
    {"a,b,c,s\n", "ffft", ":drop=d", NULL, "has no column \"d\"; expected a number from 1 to 4 or one of"},
    {"a,b,c,s\n", "ffft", ":label=s,drop=a/s", NULL, "drop names the label's column"},
    {"a,b,c,s\n", "ffft", ":features=a/s", NULL, "features names column 4, which is the label's"},
    {"a,b,s\n", "fft", ":drop=1/2", NULL, "no column is left to learn from"},
    /* scaling */
    {"", "lbbbbbbbbbbbbbbbb", ":label=1",
     "16 features, scale=byte (whole numbers from 0 to 255 are taken as bytes: scale=none leaves them)",
     NULL},
    {"", "lbbbbbbbbbbbbbbbb", ":label=1,scale=none", "16 features, scale=none; ", NULL},
    {"", "lbbbb", ":label=1,shape=2x2", "1×2×2, scale=byte", NULL},
    {"", "lbbbb", ":label=1", "4 features, scale=none (values from 2 to 253: consider scale=standard)", NULL},
    {"a,b,s\n", "fdt", "", "scale=none (ranges differ by 19.3 times: consider scale=standard); 24 for", NULL},
    {"a,b,s\n", "fdt", ":scale=standard", "2 features, scale=standard; 24 for training, 6 for testing", NULL},
};

static void what_is_chosen_is_said(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        char *text = table_of(choices[i].header, choices[i].columns, 30);
        char *spec = ls_sprintf("f.csv%s", choices[i].options);
        data_folder_write_text(&folder, "f.csv", text);
        if (choices[i].refused) {
            data_folder_refuse(&folder, spec, choices[i].refused);
        } else {
            struct data *data = data_folder_load(&folder, spec);
            if (strncmp(data->summary, "f.csv: ", 7) != 0 || !strstr(data->summary, choices[i].summary))
                fail_msg("case %zu: expected \"%s\", found \"%s\"", i, choices[i].summary, data->summary);
            data_destroy(data);
        }
        free(spec);
        free(text);
    }
    data_folder_destroy(&folder);
}

static void columns_keep_their_names(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_text(&folder, "a.csv", "width,kind,length\n1,2,3.5\n4,5,6\n7,8,9\n");
    struct data *data = data_folder_load(&folder, "a.csv");
    assert_string_equal(data_feature_name(data, 0), "width");
    assert_string_equal(data_feature_name(data, 1), "kind");
    assert_null(data_feature_name(data, 2));
    assert_string_equal(data_target_name(data, 0), "length");
    data_destroy(data);
    data = data_folder_load(&folder, "a.csv:header=yes,label=kind,drop=width");
    assert_string_equal(data_feature_name(data, 0), "length");
    assert_null(data_target_name(data, 0)); /* it has classes */
    assert_int_equal(data->dropped_count * 10 + data->dropped[0].column, 11);
    data_destroy(data);
    data_folder_write_text(&folder, "a.csv", "1,0\nTrue,1\nfalse,1\n");
    data = data_folder_load(&folder, "a.csv:split=1");
    assert_null(data_feature_name(data, 0));
    float sum = data->test.values[0];
    for (uint32_t n = 0; n < 2; n++)
        sum += data->train.values[n];
    assert_true(sum == 2.0f); /* True is 1, False 0 */
    data_destroy(data);
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
     "line 3, column 2, \"b\": the value is missing; values missing in all: 3; fill them in or"},
    {"a,label\n1,x\n2,\n", "", "line 3, column 2, \"label\": the value is missing; values missing in all: 1"},
    {"a,label\n1,x\n2x,y\n", "", "line 3, column 1, \"a\": expected a number, found \"2x\""},
    {"1,x,a\nq,y,b\n", "", "line 1, column 2: expected a number, found \"x\"; if it names the column"},
    {"a,b\n1,2\n", ":label=c",
     "has no column \"c\"; expected a number from 1 to 2 or one of the names: a, b"},
    {"a,b\n1,2\n", ":label=3", "has no column \"3\""},
    {"1,2\n3,4\n", ":label=0", "has no column \"0\"; expected a number from 1 to 2"},
    {"a,b\n1,2\n3,2\n", "", "expected at least 2 classes, found 1"},
    {"a,b\n1,2\n", "", "expected at least 2 classes, found 1"},
    {"a,b\n1e39,2\n3,4\n", "",
     "line 2, column 1, \"a\": expected a finite number that fits a 32-bit float, found \"1e39\""},
    {"a,b\n1,x\n2,y\ninf,x\n", "", "line 4, column 1, \"a\": expected a finite number"},
    {"a,b\n1,2\n3,4\n", ":shape=3x3", "has 1 values a sample, no multiple of the 9 of shape=3x3"},
    {"a,b\n1,x\n3,y\n", ":task=regress", "line 2, column 2, \"b\": expected a number, found \"x\""},
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
        cmocka_unit_test(what_is_chosen_is_said),
        cmocka_unit_test(columns_keep_their_names),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(endless_tables_are_refused),
        cmocka_unit_test(inflating_tables_are_refused),
        cmocka_unit_test(more_classes_than_any_network_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
