/* IDX files: what is read, and the answer to every damage, from memory and through zlib. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/idx.h"
#include "idx_files.h"

static const uint8_t small[] = {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60};

static void expect_small(const struct idx *idx)
{
    assert_int_equal(idx->rank, 2);
    assert_int_equal(idx->dims[0], 2);
    assert_int_equal(idx->dims[1], 3);
    assert_memory_equal(idx->values, small + 12, 6);
}

static void reads_values_and_sizes(void **state)
{
    (void)state;
    struct error err = {0};
    struct idx idx;
    assert_true(idx_parse(&idx, small, sizeof small, "small", &err));
    expect_small(&idx);
    idx_deinit(&idx);
}

static void reads_plain_and_compressed_files(void **state)
{
    (void)state;
    static const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/layerscope-idx-%d%s", (int)getpid(), endings[i]);
        idx_write_bytes(path, small, sizeof small);
        struct error err = {0};
        struct idx idx;
        assert_true(idx_read(&idx, path, NULL, NULL, &err));
        expect_small(&idx);
        idx_deinit(&idx);
        unlink(path);
    }
}

struct damage {
    const char *name;
    size_t size; /* bytes kept, or all when it is larger than the file */
    int at;      /* byte replaced, or −1 */
    uint8_t value;
    const char *expected; /* in the error */
};

static const struct damage damages[] = {
    {"empty", 0, -1, 0, "expected an IDX header of at least 4 bytes, found 0"},
    {"three bytes", 3, -1, 0, "at least 4 bytes, found 3"},
    {"first magic byte", 99, 0, 1, "expected it to begin with bytes 00 00, found 01 00"},
    {"second magic byte", 99, 1, 0xff, "found 00 ff"},
    {"floats", 99, 2, 0x0d, "unsigned bytes (type 08), found type 0d"},
    {"no dimension", 99, 3, 0, "expected 1 to 4 dimensions, found 0"},
    {"many dimensions", 99, 3, 200, "found 200"},
    {"ends in the sizes", 9, -1, 0, "ends inside its header: expected 12 bytes, found 9"},
    {"size 0", 99, 7, 0, "dimension 0 has size 0"},
    {"one value short", 17, -1, 0, "expected 6 values after the header, found 5"},
    {"no values", 12, -1, 0, "expected 6 values after the header, found 0"},
    {"claims fewer", 99, 11, 2, "expected 4 values after the header, found"},
    {"claims more", 99, 11, 200, "expected 400 values after the header, found 6"},
    {"claims a lot", 99, 4, 0x10, "expected 805306374 values after the header, found 6"},
};

static void expect_refusal(const uint8_t *bytes, size_t size, const struct damage *damage)
{
    static const char *const endings[] = {"", ".gz"};
    struct idx idx;
    struct error err = {0};
    assert_false(idx_parse(&idx, bytes, size, "ORIGIN", &err));
    if (!strstr(err.message, damage->expected) || strncmp(err.message, "ORIGIN: ", 8) != 0)
        fail_msg("%s: expected \"ORIGIN: …%s\", found \"%s\"", damage->name, damage->expected, err.message);
    for (int i = 0; i < 2; i++) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/layerscope-idx-%d%s", (int)getpid(), endings[i]);
        idx_write_bytes(path, bytes, size);
        struct error from_file = {0};
        assert_false(idx_read(&idx, path, NULL, NULL, &from_file));
        unlink(path);
        if (!strstr(from_file.message, damage->expected) ||
            strncmp(from_file.message, path, strlen(path)) != 0)
            fail_msg("%s: expected \"%s: …%s\", found \"%s\"", damage->name, path, damage->expected,
                     from_file.message);
        assert_null(idx.values);
    }
}

static void damage_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        uint8_t bytes[sizeof small];
        memcpy(bytes, small, sizeof small);
        if (damages[i].at >= 0)
            bytes[damages[i].at] = damages[i].value;
        const size_t size = damages[i].size < sizeof small ? damages[i].size : sizeof small;
        expect_refusal(bytes, size, &damages[i]);
    }
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0, 0, 8, 4};
    memset(bytes + 4, 0xff, 16);
    const struct damage damage = {"overflow", 0, 0, 0, "claims more than 8589934592 values"};
    expect_refusal(bytes, sizeof bytes, &damage);
}

static void bytes_after_the_end_are_refused(void **state)
{
    (void)state;
    uint8_t bytes[sizeof small + 1] = {0};
    memcpy(bytes, small, sizeof small);
    const struct damage damage = {"trailing", 0, 0, 0, "expected 6 values after the header, found "};
    expect_refusal(bytes, sizeof bytes, &damage);
}

/* Cuts a gzip file at every length, and flips each of its bytes: never a crash, never wrong values. */
static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/layerscope-idx-%d.gz", (int)getpid());
    idx_write_bytes(path, small, sizeof small);
    uint8_t packed[256];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(packed, 1, sizeof packed, file);
    fclose(file);
    assert_in_range(size, 20, sizeof packed - 1);
    for (size_t cut = 0; cut < size; cut++) {
        file = fopen(path, "wb");
        assert_int_equal(fwrite(packed, 1, cut, file), cut);
        fclose(file);
        struct idx idx;
        struct error err = {0};
        if (idx_read(&idx, path, NULL, NULL, &err))
            fail_msg("a gzip file cut to %zu of %zu bytes was read", cut, size);
        assert_int_equal(strncmp(err.message, path, strlen(path)), 0);
    }
    for (size_t at = 0; at < size; at++) {
        packed[at] ^= 0x5a;
        file = fopen(path, "wb");
        assert_int_equal(fwrite(packed, 1, size, file), size);
        fclose(file);
        packed[at] ^= 0x5a;
        struct idx idx;
        struct error err = {0};
        if (idx_read(&idx, path, NULL, NULL, &err)) /* time stamp, system and flags may change without harm */
            expect_small(&idx);
        idx_deinit(&idx);
    }
    unlink(path);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    struct idx idx;
    struct error err = {0};
    assert_false(idx_read(&idx, "/nowhere/images.gz", NULL, NULL, &err));
    assert_non_null(strstr(err.message, "/nowhere/images.gz: cannot be opened: No such file"));
    struct error folder = {0};
    assert_false(idx_read(&idx, "/tmp", NULL, NULL, &folder));
    assert_int_equal(strncmp(folder.message, "/tmp: ", 6), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_values_and_sizes),
        cmocka_unit_test(reads_plain_and_compressed_files),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(bytes_after_the_end_are_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(unreadable_files_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
