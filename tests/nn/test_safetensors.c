/* safetensors files: wrong ones are refused before there is memory for what they claim. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "nn/safetensors.h"

struct header {
    const char *json;
    size_t data;
    const char *expected;
};

static const struct header headers[] = {
    {"", 0, "not valid JSON"},
    {"{", 0, "not valid JSON"},
    {"[]", 0, "not a JSON object"},
    {"3", 0, "not a JSON object"},
    {"{\"a\": 3}", 0, "tensor \"a\": unknown dtype"},
    {"{\"a\": {\"dtype\": \"F31\", \"shape\": [], \"data_offsets\": [0, 4]}}", 4, "unknown dtype F31"},
    {"{\"a\": {\"dtype\": \"F32\", \"data_offsets\": [0, 4]}}", 4, "expected a shape"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1,1,1,1,1,1,1,1,1], \"data_offsets\": [0, 4]}}", 4,
     "expected a shape of at most 8"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}", 4, "not a list of whole"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [0.5], \"data_offsets\": [0, 4]}}", 4, "not a list of whole"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1e15,1e15], \"data_offsets\": [0, 4]}}", 4,
     "impossibly large"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}", 4, "data_offsets are not"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 0]}}", 4, "data_offsets are not"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 8]}}", 8, "needs 4 bytes"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}", 4, "truncated"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
     " \"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [2, 6]}}",
     6, "\"a\" and \"b\" overlap"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}", 8, "belong to no tensor"},
    {"{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
     " \"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]}}",
     8, "appears twice"},
    {"{\"__metadata__\": [\"a\"]}", 0, "must map texts"},
    {"{\"__metadata__\": {\"a\": 1}}", 0, "must map texts"},
};

static void wrong_headers_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const size_t length = strlen(headers[i].json), size = 8 + length + headers[i].data;
        char *bytes = ls_calloc(size, 1);
        bytes[0] = (char)length;
        bytes[1] = (char)(length >> 8);
        memcpy(bytes + 8, headers[i].json, length);
        struct safetensors file;
        struct error err = {0};
        if (safetensors_parse(&file, bytes, size, "ORIGIN", &err))
            fail_msg("accepted: %s", headers[i].json);
        if (!strstr(err.message, headers[i].expected) || strncmp(err.message, "ORIGIN: ", 8) != 0)
            fail_msg("%s: expected \"…%s\", found \"%s\"", headers[i].json, headers[i].expected, err.message);
        free(bytes);
    }
}

/* A header, and `size` bytes of file of which the rest is a hole; a NULL header is one as well. */
static void make_sparse(char path[64], const char *header, off_t size)
{
    snprintf(path, 64, "/tmp/layerscope-safetensors-XXXXXX");
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    const uint64_t length = header ? strlen(header) : 0;
    if (header) {
        assert_int_equal(write(descriptor, &length, 8), 8);
        assert_int_equal(write(descriptor, header, (size_t)length), (ssize_t)length);
    }
    const int holes = ftruncate(descriptor, size);
    close(descriptor);
    if (holes != 0) {
        unlink(path);
        skip(); /* a file system without holes */
    }
}

static void endless_files_are_refused_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *header, *expected;
    } cases[] = {
        {NULL, "expected at most 4294967296 bytes of tensors, found 64424509432"},
        {"{\"a\": {\"dtype\": \"U8\", \"shape\": [64424509368], \"data_offsets\": [0, 64424509368]}}",
         "expected at most 4294967296 bytes of tensors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        struct safetensors file;
        struct error err = {0};
        make_sparse(path, cases[i].header, (off_t)60 << 30);
        assert_false(safetensors_read(&file, path, &err));
        unlink(path);
        if (!strstr(err.message, cases[i].expected) || strncmp(err.message, path, strlen(path)) != 0)
            fail_msg("expected \"%s\", found \"%s\"", cases[i].expected, err.message);
    }
    /* Within the limit, but nothing says that these bytes are tensors. */
    char path[64];
    struct safetensors file;
    struct error err = {0};
    make_sparse(path, "{}", (off_t)3 << 30);
    assert_false(safetensors_read(&file, path, &err));
    unlink(path);
    assert_non_null(strstr(err.message, "is too long: the tensors end at byte 0 of the data"));
}

/* 200,000 numbers would be 16 MB once they are parsed, and 100 MB of them 8 GB. */
static void headers_of_too_many_values_are_not_parsed(void **state)
{
    (void)state;
    enum { COUNT = 200000 };
    char *bytes = ls_calloc(2 * COUNT + 64, 1);
    strcpy(bytes + 8, "{\"a\":[0");
    for (int i = 0; i < COUNT; i++)
        memcpy(bytes + 15 + 2 * i, ",0", 2);
    strcpy(bytes + 15 + 2 * COUNT, "]}");
    const uint64_t length = strlen(bytes + 8);
    memcpy(bytes, &length, 8);
    struct safetensors file;
    struct error err = {0};
    assert_false(safetensors_parse(&file, bytes, (size_t)length + 8, "ORIGIN", &err));
    assert_string_equal(err.message, "ORIGIN: its header is not a JSON object of at most 4096 tensors");
    free(bytes);
}

static void a_name_stands_once(void **state)
{
    (void)state;
    static const float value = 1;
    struct safetensors file = {0};
    struct error err = {0};
    safetensors_add(&file, "a.b", TENSOR_F32, 0, NULL, &value);
    safetensors_add(&file, "a.c", TENSOR_F32, 0, NULL, &value);
    safetensors_add(&file, "a.b", TENSOR_F32, 0, NULL, &value);
    assert_false(safetensors_write(&file, "/tmp/layerscope-never.safetensors", false, &err));
    assert_non_null(strstr(err.message, "two tensors are called \"a.b\""));
    assert_int_not_equal(access("/tmp/layerscope-never.safetensors", F_OK), 0);
    safetensors_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_headers_are_refused),
        cmocka_unit_test(endless_files_are_refused_at_once),
        cmocka_unit_test(headers_of_too_many_values_are_not_parsed),
        cmocka_unit_test(a_name_stands_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
