/* Whole files are read; those that ship with the program are found. Each test has a folder of its own. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/memory.h"

struct folder {
    char path[64];
    char file[96]; /* PATH/out.bin */
};

static int make_folder(void **state)
{
    struct folder *folder = ls_calloc(1, sizeof *folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/layerscope-test-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/out.bin", folder->path);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    const int left = rmdir(folder->path); /* fails when a test left something behind */
    free(folder);
    return left;
}

static void write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

static void expect_text(const char *path, const char *text)
{
    struct error err = {0};
    size_t size = 0;
    char *found = file_read(path, SIZE_MAX, &size, &err);
    assert_non_null(found);
    assert_int_equal(size, strlen(text));
    assert_string_equal(found, text); /* a zero byte follows */
    free(found);
}

static void reads_files_of_any_size(void **state)
{
    const struct folder *folder = *state;
    const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *text = ls_calloc(sizes[i] + 1, 1);
        for (size_t j = 0; j < sizes[i]; j++)
            text[j] = (char)('a' + j % 26);
        write_text(folder->file, text);
        expect_text(folder->file, text);
        free(text);
    }
}

static void unreadable_files_are_named(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0};
    size_t size;
    assert_null(file_read(folder->file, SIZE_MAX, &size, &err));
    assert_non_null(strstr(err.message, folder->file));
    assert_non_null(strstr(err.message, "No such file"));
}

/* Folders, devices and pipes may have no end, and a pipe without a writer none of its beginning. */
static void only_regular_files_are_read(void **state)
{
    const struct folder *folder = *state;
    const struct {
        const char *path, *kind;
    } strangers[] = {{folder->path, "a folder"}, {"/dev/zero", "a device"}, {folder->file, "a pipe"}};
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        struct error err = {0};
        size_t size;
        char expected[160];
        snprintf(expected, sizeof expected, "%s: expected a file, found %s", strangers[i].path,
                 strangers[i].kind);
        assert_null(file_read(strangers[i].path, SIZE_MAX, &size, &err));
        assert_string_equal(err.message, expected);
    }
}

static void files_beyond_the_limit_are_refused(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0};
    size_t size;
    write_text(folder->file, "ten bytes.");
    char *text = file_read(folder->file, 10, &size, &err);
    assert_non_null(text);
    free(text);
    assert_null(file_read(folder->file, 9, &size, &err));
    assert_non_null(strstr(err.message, "expected a file of at most 9 bytes, found 10"));
    if (truncate(folder->file, (off_t)60 << 30) != 0)
        skip(); /* a file system without holes */
    struct error sparse = {0};
    assert_null(file_read(folder->file, 1 << 20, &size, &sparse));
    assert_non_null(strstr(sparse.message, "at most 1048576 bytes, found 64424509440"));
}

static void resources_are_found(void **state)
{
    (void)state;
    char *cmake = file_resource("CMakeLists.txt");
    assert_int_equal(access(cmake, F_OK), 0);
    free(cmake);
    assert_int_equal(access(file_resource_root(), F_OK), 0);
    size_t size = 0;
    assert_null(embedded_find("no/such/file", &size));
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(reads_files_of_any_size),     WITH_FOLDER(unreadable_files_are_named),
        WITH_FOLDER(only_regular_files_are_read), WITH_FOLDER(files_beyond_the_limit_are_refused),
        cmocka_unit_test(resources_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
