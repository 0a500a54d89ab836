/* NumPy's files: every type, both orders, archives, and the answer to every mistake. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zip.h>

#include "base/memory.h"
#include "data/npy.h"
#include "data_files.h"

static const int8_t values_i1[] = {1, -2, 3, -4, 5, -6};
static const uint8_t values_u1[] = {1, 2, 3, 4, 5, 250}, bools[] = {1, 0, 1, 1, 0, 1};
static const uint8_t big_i2[] = {0, 1, 255, 254, 0, 3, 255, 252, 1, 0, 255, 250};
static const uint16_t values_u2[] = {1, 2, 3, 4, 5, 65535};
static const int32_t values_i4[] = {1, -2, 3, -4, 5, -600000};
static const uint32_t values_u4[] = {1, 2, 3, 4, 5, 4000000000u};
static const int64_t values_i8[] = {1, -2, 3, -4, 5, -6000000000};
static const uint64_t values_u8[] = {1, 2, 3, 4, 5, UINT64_C(1) << 63};
static const float values_f4[] = {1.5f, -2, 3, -4, 5, -6.25f};
static const double values_f8[] = {1.5, -2, 3, -4, 5, -6.25};

/* The first and the last of six values. */
static const struct {
    const char *type;
    const void *values;
    size_t size;
    double first, last;
} types[] = {
    {"|i1", values_i1, sizeof values_i1, 1, -6},
    {"|u1", values_u1, sizeof values_u1, 1, 250},
    {"|b1", bools, sizeof bools, 1, 1},
    {">i2", big_i2, sizeof big_i2, 1, -6},
    {"<u2", values_u2, sizeof values_u2, 1, 65535},
    {"<i4", values_i4, sizeof values_i4, 1, -600000},
    {"<u4", values_u4, sizeof values_u4, 1, 4e9},
    {"<i8", values_i8, sizeof values_i8, 1, -6e9},
    {"<u8", values_u8, sizeof values_u8, 1, 0x1p63},
    {"<f4", values_f4, sizeof values_f4, 1.5, -6.25},
    {"<f8", values_f8, sizeof values_f8, 1.5, -6.25},
};

static void reads_every_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct file_bytes file = npy_make_array(types[i].type, "(2, 3)", types[i].values, types[i].size);
        struct npy npy;
        struct error err = {0};
        if (!npy_parse(&npy, file.bytes, file.size, "file", &err))
            fail_msg("%s: %s", types[i].type, err.message);
        assert_int_equal(npy.rank * 100 + (int)npy.dims[0] * 10 + (int)npy.dims[1], 223);
        assert_int_equal(npy.strides[0] * 10 + npy.strides[1], 31);
        if (npy_value(&npy, 0) != types[i].first || npy_value(&npy, 5) != types[i].last)
            fail_msg("%s: found %g and %g", types[i].type, npy_value(&npy, 0), npy_value(&npy, 5));
        free(file.bytes);
    }
}

static void reads_other_headers(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "{\"shape\":(6,),\"fortran_order\":True,\"descr\":\"=f4\"}",
        "{ 'fortran_order' : False , 'shape' : ( 6 , ) , 'descr' : '<f4' } \n",
    };
    for (int i = 0; i < 2; i++) {
        struct file_bytes file = npy_make(headers[i], values_f4, sizeof values_f4);
        struct npy npy;
        struct error err = {0};
        if (!npy_parse(&npy, file.bytes, file.size, "file", &err))
            fail_msg("%s: %s", headers[i], err.message);
        assert_int_equal(npy.rank * 10 + (int)npy.dims[0], 16);
        free(file.bytes);
    }
}

static const struct {
    const char *header, *expected;
} headers[] = {
    {"", "expected a header {'descr'"},
    {"{}", "expected 'descr', 'fortran_order' and 'shape' in the header, found none of them"},
    {"{'descr': '<f4', 'shape': (6,)}", "found only some of them"},
    {"{'descr': '<f2', 'fortran_order': False, 'shape': (6,)}",
     "has values of type \"<f2\"; expected float32"},
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (6,)}", "has values of type \"<c8\""},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (6,)}", "has values of type \"|O\""},
    {"{'descr': '<U12', 'fortran_order': False, 'shape': (6,)}",
     "holds text, of type \"<U12\"; expected numbers"},
    {"{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (6,)}", "expected a plain array"},
    {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (6,)}", "expected True or False"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': 6}", "expected a tuple for 'shape'"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-6,)}", "expected sizes below"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6 6)}", "expected a tuple of numbers"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,6)}", "at most 8 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999,99999999999999999)}",
     "claims more values than any file holds"},
    {"{'descr': '<f4', 'descr': '<f4'}", "the header has twice the key 'descr'"},
    {"{'color': '<f4'}", "the header has the unknown key 'color'"},
    {"{'descr': '<f4' 'shape': (6,)}", "expected a comma after 'descr'"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} x", "text after its end"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (7,)}",
     "expected 28 bytes after the header for float32 (7,), found 24; the file is truncated"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (5,)}", "found 24; the file is too long"},
};

static void wrong_headers_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct file_bytes file = npy_make(headers[i].header, values_f4, sizeof values_f4);
        struct npy npy;
        struct error err = {0};
        if (npy_parse(&npy, file.bytes, file.size, "ORIGIN", &err))
            fail_msg("%s: was accepted", headers[i].header);
        if (!strstr(err.message, headers[i].expected) || strncmp(err.message, "ORIGIN: ", 8) != 0)
            fail_msg("%s: expected \"%s\", found \"%s\"", headers[i].header, headers[i].expected,
                     err.message);
        free(file.bytes);
    }
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    struct file_bytes file = npy_make_array("<f4", "(6,)", values_f4, sizeof values_f4);
    for (size_t size = 0; size < file.size; size++) {
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, file.bytes, size);
        struct npy npy;
        struct error err = {0};
        if (npy_parse(&npy, cut, size, "cut", &err))
            fail_msg("a file of %zu of %zu bytes was read", size, file.size);
        free(cut);
    }
    free(file.bytes);
}

/* Sample n has the value 100 n + 10 row + column at (row, column). */
static void both_orders_give_the_same_samples(void **state)
{
    (void)state;
    enum { SAMPLES = 4, ROWS = 2, COLUMNS = 3, VALUES = SAMPLES * ROWS * COLUMNS };
    float c[VALUES], fortran[VALUES];
    for (int n = 0; n < SAMPLES; n++)
        for (int row = 0; row < ROWS; row++)
            for (int column = 0; column < COLUMNS; column++) {
                const float value = (float)(100 * n + 10 * row + column);
                c[(n * ROWS + row) * COLUMNS + column] = value;
                fortran[n + SAMPLES * (row + ROWS * column)] = value;
            }
    static const int64_t labels[SAMPLES] = {7, -1, 7, 7};
    for (int i = 0; i < 2; i++) {
        struct data_folder folder;
        data_folder_create(&folder);
        data_folder_write_npy(&folder, "X.npy", i ? "F<f4" : "<f4", "(4, 2, 3)", i ? fortran : c, sizeof c);
        data_folder_write_npy(&folder, "y.npy", "<i8", "(4,)", labels, sizeof labels);
        struct data *data = data_folder_load(&folder, i ? "X.npy:split=1" : ":split=1");
        assert_int_equal(data->classes, 2);
        assert_string_equal(data->class_names[0], "-1");
        assert_int_equal(data->train.height * 10 + data->train.width, 23);
        for (uint32_t n = 0; n < 3; n++) {
            const float first = dataset_value(&data->train, n, 0);
            assert_int_equal(data->train.labels[n], first != 100.0f);
            for (size_t at = 0; at < 6; at++)
                assert_true(dataset_value(&data->train, n, at) == first + (float)(10 * (at / 3) + at % 3));
        }
        data_destroy(data);
        data_folder_destroy(&folder);
    }
}

static void four_dimensions_have_a_layout(void **state)
{
    (void)state;
    uint8_t pixels[2 * 5 * 4 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)i;
    static const uint8_t labels[] = {0, 1};
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_npy(&folder, "x_train.npy", "|u1", "(2, 5, 4, 3)", pixels, sizeof pixels);
    data_folder_write_npy(&folder, "Y_TRAIN.npy", "|u1", "(2, 1)", labels, sizeof labels);
    struct data *data = data_folder_load(&folder, ":split=1");
    assert_int_equal(data->train.channels * 100 + data->train.height * 10 + data->train.width, 354);
    assert_int_equal(data->train.pixels[1] - data->train.pixels[0], 3);
    assert_int_equal(data->train.pixels[20] - data->train.pixels[0], 1);
    assert_string_equal(data->scaling, "x / 255");
    data_destroy(data);
    data = data_folder_load(&folder, ":split=1,layout=nchw");
    assert_int_equal(data->train.channels * 100 + data->train.height * 10 + data->train.width, 543);
    data_destroy(data);
    data = data_folder_load(&folder, ":split=1,shape=6x10");
    assert_int_equal(data->train.channels * 1000 + data->train.height * 100 + data->train.width, 1610);
    data_destroy(data);
    data_folder_refuse(&folder, ":shape=7x10", "has 60 values a sample, no multiple of the 70 of shape=7x10");
    data_folder_destroy(&folder);
}

static void labels_may_be_targets(void **state)
{
    (void)state;
    static const double x[] = {1, 2, 3, 4}, fractions[] = {0.5, 1, 2, 3}, whole[] = {2, 0, 1, 2},
                        one_hot[] = {0, 1, 1, 0, 0, 1, 1, 0};
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_npy(&folder, "X.npy", "<f8", "(4,)", x, sizeof x);
    data_folder_write_npy(&folder, "y.npy", "<f8", "(4,)", fractions, sizeof fractions);
    struct data *data = data_folder_load(&folder, "");
    assert_int_equal(data->targets * 10 + data->classes, 10);
    assert_true(data->test.targets && !data->test.labels);
    data_destroy(data);
    data_folder_refuse(&folder, ":task=classify", "y.npy: label 0 is 0.5; expected whole numbers");
    data_folder_write_npy(&folder, "y.npy", "<f8", "(4,)", whole, sizeof whole);
    data = data_folder_load(&folder, "");
    assert_int_equal(data->classes, 3);
    data_destroy(data);
    data = data_folder_load(&folder, ":task=regress");
    assert_int_equal(data->targets, 1);
    data_destroy(data);
    data_folder_write_npy(&folder, "y.npy", "<f8", "(4, 2)", one_hot, sizeof one_hot);
    data = data_folder_load(&folder, ":split=1");
    assert_int_equal(data->classes, 2);
    for (uint32_t n = 0; n < 3; n++)
        assert_int_equal(data->train.labels[n], one_hot[2 * ((int)data->train.values[n] - 1) + 1] == 1.0);
    data_destroy(data);
    data_folder_destroy(&folder);
}

/* The rules for labels and for bytes are those of tables. */
static void numbers_mean_the_same_as_in_tables(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    float pixels[12 * 16];
    int64_t ids[12], labels[12];
    double mixed[24] = {0};
    for (int i = 0; i < 12 * 16; i++)
        pixels[i] = (float)(i * 5 % 256);
    for (int i = 0; i < 12; i++) {
        ids[i] = 100 + i;
        labels[i] = i % 3;
        mixed[2 * i] = 1.0;
    }
    data_folder_write_npy(&folder, "X.npy", "<f4", "(12, 4, 4)", pixels, sizeof pixels);
    data_folder_write_npy(&folder, "y.npy", "<i8", "(12,)", ids, sizeof ids);
    data_folder_refuse(&folder, "",
                       "y.npy: its 12 values would be 12 classes, about one sample each; if they");
    struct data *data = data_folder_load(&folder, ":task=regress");
    assert_int_equal(data->targets, 1);
    data_destroy(data);
    data_folder_write_npy(&folder, "y.npy", "<f8", "(12, 2)", mixed, sizeof mixed);
    data_folder_refuse(&folder, "", "y.npy: expected at least 2 classes, found 1: every value is \"0\"");
    mixed[1] = 0.5;
    data_folder_write_npy(&folder, "y.npy", "<f8", "(12, 2)", mixed, sizeof mixed);
    data = data_folder_load(&folder, "");
    assert_int_equal(data->targets, 2);
    data_destroy(data);
    data_folder_write_npy(&folder, "y.npy", "<i8", "(12,)", labels, sizeof labels);
    data = data_folder_load(&folder, ":split=2");
    assert_non_null(data->train.pixels);
    assert_non_null(
        strstr(data->summary, ": 3 classes; 1×4×4, scale=byte (whole numbers from 0 to 255"));
    data_destroy(data);
    data = data_folder_load(&folder, ":scale=none");
    assert_true(data->train.values && !data->train.pixels);
    data_destroy(data);
    pixels[7] += 0.5f; /* pictures that were resized: recognised by nobody, said to everybody */
    data_folder_write_npy(&folder, "X.npy", "<f4", "(12, 4, 4)", pixels, sizeof pixels);
    data = data_folder_load(&folder, "");
    assert_non_null(strstr(data->summary, "scale=none (values from 0 to 255: consider scale=byte)"));
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void wrong_pairs_are_named(void **state)
{
    (void)state;
    static const float x[] = {1, 2, 3, 4}, odd[] = {1, 2, NAN, 4};
    static const int32_t y[] = {0, 1, 0, 1, 0, 2};
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_npy(&folder, "X.npy", "<f4", "(4, 1)", x, sizeof x);
    data_folder_refuse(&folder, "", "expected arrays X and y (or x_train and y_train");
    data_folder_write_npy(&folder, "y.npy", "<i4", "(3,)", y, 12);
    data_folder_refuse(&folder, "", "y.npy: expected 4 labels, one for each sample, found 3");
    data_folder_write_npy(&folder, "y.npy", "<i4", "(4,)", y + 2, 16);
    data_folder_write_npy(&folder, "x_test.npy", "<f4", "(4, 1)", x, sizeof x);
    data_folder_refuse(&folder, "", "expected x_test and y_test, found only x_test");
    data_folder_write_npy(&folder, "y_test.npy", "<i4", "(4,)", y, 16);
    data_folder_refuse(&folder, ":split=2", "the data name their own test samples");
    data_folder_write_npy(&folder, "x_test.npy", "<f4", "(2, 2)", x, sizeof x);
    data_folder_refuse(&folder, "", "y_test.npy: expected 2 labels, one for each sample, found 4");
    data_folder_write_npy(&folder, "y_test.npy", "<i4", "(2,)", y, 8);
    data_folder_refuse(&folder, "", "training samples are 1×1×1, test samples 2×1×1");
    data_folder_write_npy(&folder, "x_test.npy", "<f4", "(2, 1)", odd + 2, 8);
    data_folder_refuse(&folder, "", "value 0 of test sample 0 is not a number");
    data_folder_write_npy(&folder, "x_test.npy", "<f4", "(0, 1)", odd, 0);
    data_folder_refuse(&folder, "", "expected at least one sample of one value, found float32 (0, 1)");
    data_folder_write_npy(&folder, "x_test.npy", "<f4", "(1, 1, 1, 1, 2)", x, 8);
    data_folder_refuse(&folder, "", "expected samples of 1 to 4 dimensions");
    data_folder_write_npy(&folder, "other.npy", "<f4", "(4, 1)", x, sizeof x);
    data_folder_refuse(&folder, "other.npy", "other.npy: expected X.npy with y.npy beside it");
    data_folder_destroy(&folder);
}

static void too_much_for_memory_is_refused_with_its_size(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_npy(&folder, "X.npy", "<f8", "(549755813888, 1)", "", 0);
    data_folder_write_npy(&folder, "y.npy", "|u1", "(2,)", "\0\1", 2);
    char *path = ls_sprintf("%s/X.npy", folder.path);
    struct stat info;
    /* Four tebibytes that take no room on the disk. */
    if (stat(path, &info) == 0 && truncate(path, info.st_size + (INT64_C(1) << 42)) == 0)
        data_folder_refuse(&folder, "", "X.npy: needs 4.0 TiB of memory, ");
    free(path);
    data_folder_destroy(&folder);
}

static void endless_arrays_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    data_folder_write_npy(&folder, "X.npy", "<f8", "(2, 1)", values_f8, 16);
    data_folder_write_npy(&folder, "y.npy", "|u1", "(2,)", "\0\1", 2);
    char *path = ls_sprintf("%s/X.npy", folder.path);
    assert_int_equal(truncate(path, INT64_C(60000000000)), 0); /* 60 GB that take no room on the disk */
    data_folder_refuse(&folder, "", "the file is too long");
    assert_int_equal(unlink(path) + symlink("/dev/zero", path), 0);
    data_folder_refuse(&folder, "", "X.npy: expected a file, found a device");
    assert_int_equal(unlink(path), 0);
    data_folder_write(&folder, "X.npy", "\x93NUMPY\x02\0\0\0\2\0", 12);
    assert_int_equal(truncate(path, 1 << 20), 0);
    data_folder_refuse(&folder, "", "X.npy: has a header of 131084 bytes; expected at most 65536");
    free(path);
    data_folder_destroy(&folder);
}

/* ---- archives ---- */

static void add_member(zip_t *zip, const char *name, struct file_bytes file)
{
    zip_source_t *source = zip_source_buffer(zip, file.bytes, file.size, 1);
    assert_non_null(source);
    assert_true(zip_file_add(zip, name, source, ZIP_FL_OVERWRITE) >= 0);
}

static char *write_archive(const struct data_folder *folder, const char *x_name, const char *y_name)
{
    char *path = ls_sprintf("%s/set.npz", folder->path);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    static const uint8_t labels[] = {0, 1, 2, 0, 1, 2};
    add_member(zip, x_name, npy_make_array("|u1", "(6, 1, 1)", values_u1, sizeof values_u1));
    add_member(zip, y_name, npy_make_array("|u1", "(6,)", labels, sizeof labels));
    assert_int_equal(zip_close(zip), 0);
    return path;
}

static void archives_are_read(void **state)
{
    (void)state;
    static const char *const names[][2] = {{"x_train.npy", "y_train.npy"},
                                           {"X.npy", "Y.npy"},
                                           {"arr_0.npy", "arr_1.npy"},
                                           {"data.npy", "target.npy"}};
    for (int i = 0; i < 4; i++) {
        struct data_folder folder;
        data_folder_create(&folder);
        free(write_archive(&folder, names[i][0], names[i][1]));
        struct data *data = data_folder_load(&folder, "set.npz:split=1");
        assert_string_equal(data->name, "set");
        assert_int_equal(data->classes, 3);
        assert_int_equal(data->train.count, 5);
        data_destroy(data);
        data_folder_destroy(&folder);
    }
}

/* The directory of an archive says how long the members are, and lies. */
static void archives_that_claim_too_much_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    char *path = write_archive(&folder, "X.npy", "y.npy");
    FILE *file = fopen(path, "r+b");
    uint8_t bytes[4096];
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    uint8_t *entry = memmem(bytes, size, "PK\1\2", 4);
    assert_non_null(entry);
    memcpy(entry + 24, "\xf0\xff\xff\x7f", 4); /* two gibibytes */
    rewind(file);
    fwrite(bytes, 1, size, file);
    fclose(file);
    data_folder_refuse(&folder, "set.npz", "set.npz: X: claims 2147483632 bytes, more than ");
    free(path);
    data_folder_destroy(&folder);
}

static void damaged_archives_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    char *path = write_archive(&folder, "X.npy", "y.npy");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t bytes[4096];
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    data_folder_write(&folder, "set.npz", bytes, size / 2);
    data_folder_refuse(&folder, "set.npz", "set.npz: is not a zip file that can be read (");
    bytes[60] ^= 0xff; /* inside the first member's data */
    data_folder_write(&folder, "set.npz", bytes, size);
    data_folder_refuse(&folder, "set.npz", "set.npz: X: the compressed data is damaged (");
    free(path);
    path = write_archive(&folder, "left.npy", "right.npy");
    data_folder_refuse(&folder, "set.npz", "expected arrays X and y (or x_train and y_train");
    free(path);
    data_folder_destroy(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(reads_other_headers),
        cmocka_unit_test(wrong_headers_are_named),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(both_orders_give_the_same_samples),
        cmocka_unit_test(four_dimensions_have_a_layout),
        cmocka_unit_test(labels_may_be_targets),
        cmocka_unit_test(numbers_mean_the_same_as_in_tables),
        cmocka_unit_test(wrong_pairs_are_named),
        cmocka_unit_test(too_much_for_memory_is_refused_with_its_size),
        cmocka_unit_test(archives_are_read),
        cmocka_unit_test(endless_arrays_are_refused),
        cmocka_unit_test(archives_that_claim_too_much_are_refused),
        cmocka_unit_test(damaged_archives_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
