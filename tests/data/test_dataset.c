/* Data sets: the one that ships, others of any shape, and the answer to every mistake in a folder. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/dataset.h"
#include "idx_files.h"

static void loads_mnist_by_name(void **state)
{
    (void)state;
    struct error err = {0};
    struct data *data = data_load("mnist", &err);
    if (!data)
        fail_msg("%s", err.message);
    assert_string_equal(data->name, "MNIST");
    assert_int_equal(data->train.count, 60000);
    assert_int_equal(data->test.count, 10000);
    assert_int_equal(data->train.channels * 10000 + data->train.height * 100 + data->train.width, 12828);
    assert_int_equal(data->classes, 10);
    assert_string_equal(data->class_names[7], "7");
    static const int32_t first_train[] = {5, 0, 4, 1, 9}, first_test[] = {7, 2, 1, 0, 4};
    assert_memory_equal(data->train.labels, first_train, sizeof first_train);
    assert_memory_equal(data->test.labels, first_test, sizeof first_test);
    uint64_t sum = 0;
    for (size_t i = 0; i < (size_t)60000 * 784; i++)
        sum += data->train.pixels[i];
    assert_true(sum == 1567298545); /* a mean of 33.318, as published for MNIST */
    data_destroy(data);
}

static void loads_folders(void **state)
{
    (void)state;
    static const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        struct idx_folder folder = {.ending = endings[i], .classes = 6};
        idx_folder_create(&folder);
        char *slash = ls_sprintf("%s/", folder.path);
        struct error err = {0};
        struct data *data = data_load(slash, &err);
        if (!data)
            fail_msg("%s", err.message);
        assert_string_equal(data->name, folder.path + strlen("/tmp/"));
        assert_int_equal(data->train.count, 40);
        assert_int_equal(data->test.count, 20);
        assert_int_equal(data->train.height, 12);
        assert_int_equal(data->train.width, 10);
        assert_int_equal(data->classes, 6);
        assert_string_equal(data->class_names[5], "5");
        assert_int_equal(data->train.labels[8], 2);
        assert_int_equal(data->train.pixels[8 * 120 + 2], 230);
        data_destroy(data);
        free(slash);
        idx_folder_destroy(&folder);
    }
}

static void images_may_have_channels(void **state)
{
    (void)state;
    struct idx_folder folder = {0};
    idx_folder_create(&folder);
    const uint32_t train[] = {40, 3, 5, 4}, test[] = {20, 3, 5, 4};
    struct idx_bytes a = idx_bytes_make(4, train, NULL, 0), b = idx_bytes_make(4, test, NULL, 0);
    idx_folder_replace(&folder, "train-images-idx3-ubyte", a.bytes, a.size);
    idx_folder_replace(&folder, "t10k-images-idx3-ubyte", b.bytes, b.size);
    struct error err = {0};
    struct data *data = data_load(folder.path, &err);
    if (!data)
        fail_msg("%s", err.message);
    assert_int_equal(data->test.channels * 100 + data->test.height * 10 + data->test.width, 354);
    data_destroy(data);
    free(a.bytes);
    free(b.bytes);
    idx_folder_destroy(&folder);
}

static void classes_have_names(void **state)
{
    (void)state;
    struct idx_folder folder = {0};
    idx_folder_create(&folder);
    static const char text[] = "T-shirt\r\nTrouser\nPullover\nDress\n\nNever seen\n";
    folder.ending = "";
    idx_folder_replace(&folder, "classes.txt", (const uint8_t *)text, sizeof text - 1);
    struct error err = {0};
    struct data *data = data_load(folder.path, &err);
    if (!data)
        fail_msg("%s", err.message);
    assert_int_equal(data->classes, 5);
    assert_string_equal(data->class_names[0], "T-shirt");
    assert_string_equal(data->class_names[4], "Never seen");
    data_destroy(data);
    idx_folder_destroy(&folder);
}

/* Replaces a file of the folder by what never ends, or would not for long: a link to a device, a pipe, or the
 * file itself with 60 GB of nothing behind it. */
enum endless { DEVICE, PIPE, SPARSE };

static void make_endless(const char *path, enum endless kind)
{
    struct stat info = {0};
    const bool there = stat(path, &info) == 0;
    if (kind == SPARSE) {
        assert_true(there && truncate(path, info.st_size + INT64_C(60000000000)) == 0);
        return;
    }
    assert_true(!there || unlink(path) == 0);
    assert_int_equal(kind == PIPE ? mkfifo(path, 0600) : symlink("/dev/zero", path), 0);
}

static void endless_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum endless kind;
        const char *expected;
    } cases[] = {
        {"classes.txt", DEVICE, "classes.txt: expected a file, found a device"},
        {"classes.txt", PIPE, "classes.txt: expected a file, found a pipe"},
        {"classes.txt", SPARSE, "classes.txt: expected a file of at most 1048576 bytes, found 60000000008"},
        {"train-images-idx3-ubyte", DEVICE, "train-images-idx3-ubyte: expected a file, found a device"},
        {"t10k-labels-idx1-ubyte", PIPE, "t10k-labels-idx1-ubyte: expected a file, found a pipe"},
        {"train-images-idx3-ubyte", SPARSE, "found 60000004800; the file is too long"},
        {"train-labels-idx1-ubyte", SPARSE, "found 60000000040; the file is too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct idx_folder folder = {.ending = ""};
        idx_folder_create(&folder);
        idx_folder_replace(&folder, "classes.txt", (const uint8_t *)"a\nb\nc\nd\n", 8);
        char *path = idx_folder_file(&folder, cases[i].file);
        make_endless(path, cases[i].kind);
        struct error err = {0};
        assert_null(data_load(folder.path, &err));
        if (!strstr(err.message, cases[i].expected))
            fail_msg("%s: expected \"%s\", found \"%s\"", cases[i].file, cases[i].expected, err.message);
        free(path);
        idx_folder_destroy(&folder);
    }
}

/* The labels' file is right, and the one of the names says fewer. */
static void too_few_names_are_the_names_fault(void **state)
{
    (void)state;
    struct idx_folder folder = {.ending = ""};
    idx_folder_create(&folder);
    idx_folder_replace(&folder, "classes.txt", (const uint8_t *)"a\nb\nc\n", 6);
    struct error err = {0};
    assert_null(data_load(folder.path, &err));
    assert_int_equal(strncmp(err.message, folder.path, strlen(folder.path)), 0);
    if (!strstr(err.message, "/classes.txt: names 3 classes, but label ") ||
        !strstr(err.message, "train-labels-idx1-ubyte is 3: expected at least 4 names, one a line"))
        fail_msg("%s", err.message);
    char many[2 * 257 + 1];
    for (int i = 0; i < 257; i++)
        memcpy(many + 2 * i, "n\n", 2);
    idx_folder_replace(&folder, "classes.txt", (const uint8_t *)many, 2 * 257);
    struct error more = {0};
    assert_null(data_load(folder.path, &more));
    assert_non_null(strstr(more.message, "/classes.txt: expected at most 256 names, one a line, found 257"));
    idx_folder_destroy(&folder);
}

/* A compressed file of labels that says it has two thousand million is refused by its header. */
static void labels_are_counted_before_they_are_inflated(void **state)
{
    (void)state;
    struct idx_folder folder = {.ending = ".gz"};
    idx_folder_create(&folder);
    static const uint8_t header[] = {0, 0, 8, 1, 0x7f, 0xff, 0xff, 0xff, 0, 1};
    idx_folder_replace(&folder, "train-labels-idx1-ubyte", header, sizeof header);
    struct error err = {0};
    assert_null(data_load(folder.path, &err));
    assert_non_null(strstr(err.message, "expected 40 labels, one for each image of"));
    assert_non_null(strstr(err.message, "found 2147483647"));
    idx_folder_destroy(&folder);
}

struct mistake {
    const char *name;
    const char *file; /* replaced by the file described next, or removed when rank is 0 */
    int rank;
    uint32_t dims[4];
    uint8_t values[4]; /* repeated */
    const char *expected;
};

static const struct mistake mistakes[] = {
    {"no images", "train-images-idx3-ubyte", 0, {0}, {0}, "expected a file train-images-idx3-ubyte or"},
    {"no labels", "t10k-labels-idx1-ubyte", 0, {0}, {0}, "expected a file t10k-labels-idx1-ubyte or"},
    {"images of rank 2",
     "train-images-idx3-ubyte",
     2,
     {40, 120},
     {0},
     "train-images-idx3-ubyte: expected images of 3 dimensions"},
    {"labels of rank 2",
     "train-labels-idx1-ubyte",
     2,
     {40, 1},
     {0},
     "train-labels-idx1-ubyte: expected labels of 1 dimension, found 2"},
    {"fewer labels", "train-labels-idx1-ubyte", 1, {39}, {0, 1, 2, 3}, "expected 40 labels"},
    {"more labels", "t10k-labels-idx1-ubyte", 1, {21}, {0, 1, 2, 3}, "expected 20 labels"},
    {"label of no class",
     "t10k-labels-idx1-ubyte",
     1,
     {20},
     {0, 1, 9, 3},
     "t10k-labels-idx1-ubyte: label 2 is 9; expected 0 to 3"},
    {"one class", "train-labels-idx1-ubyte", 1, {40}, {0, 0, 0, 0}, "expected at least 2 classes, found 1"},
    {"test images of another size",
     "t10k-images-idx3-ubyte",
     3,
     {20, 12, 11},
     {0},
     "training samples are 1×12×10, test samples 1×12×11"},
    {"enormous images", "train-images-idx3-ubyte", 3, {1, 1, 5000}, {0}, "has size 5000"},
};

static void mistakes_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *m = &mistakes[i];
        struct idx_folder folder = {0};
        idx_folder_create(&folder);
        if (m->rank == 0) {
            char *path = idx_folder_file(&folder, m->file);
            assert_int_equal(unlink(path), 0);
            free(path);
        } else {
            struct idx_bytes idx = idx_bytes_make(m->rank, m->dims, m->values, 4);
            idx_folder_replace(&folder, m->file, idx.bytes, idx.size);
            free(idx.bytes);
        }
        struct error err = {0};
        struct data *data = data_load(folder.path, &err);
        if (data)
            fail_msg("%s: was accepted", m->name);
        if (!strstr(err.message, m->expected) || strncmp(err.message, folder.path, strlen(folder.path)) != 0)
            fail_msg("%s: expected \"%s…%s\", found \"%s\"", m->name, folder.path, m->expected, err.message);
        idx_folder_destroy(&folder);
    }
}

static void paths_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *expected;
    } wrong[] = {
        {"mnst", "mnst: there is no such file or folder; expected one, or mnist, circle, xor"},
        {"/nowhere/data", "/nowhere/data: there is no such file or folder"},
        {"/dev/null", "/dev/null: expected a file, found a device"},
        {"/dev/zero", "/dev/zero: expected a file, found a device"},
        {"", "there is no such file or folder"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        assert_null(data_load(wrong[i].path, &err));
        if (!strstr(err.message, wrong[i].expected))
            fail_msg("expected \"%s\", found \"%s\"", wrong[i].expected, err.message);
    }
}

static void a_folder_in_place_of_a_file_is_refused(void **state)
{
    (void)state;
    struct idx_folder folder = {0};
    idx_folder_create(&folder);
    char *path = idx_folder_file(&folder, "train-images-idx3-ubyte");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    struct error err = {0};
    assert_null(data_load(folder.path, &err));
    assert_non_null(strstr(err.message, "expected a file train-images-idx3-ubyte"));
    free(path);
    idx_folder_destroy(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_mnist_by_name),
        cmocka_unit_test(loads_folders),
        cmocka_unit_test(images_may_have_channels),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(endless_files_are_refused),
        cmocka_unit_test(too_few_names_are_the_names_fault),
        cmocka_unit_test(labels_are_counted_before_they_are_inflated),
        cmocka_unit_test(paths_that_lead_nowhere_are_refused),
        cmocka_unit_test(a_folder_in_place_of_a_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
