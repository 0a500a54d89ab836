/* Checkpoints: what comes back is what was saved, and nothing wrong is taken for it. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "nn/safetensors.h"

static const char model[] =
    "{\"name\": \"tiny\", \"layers\": ["
    "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"conv\", \"filters\": 2, \"kernel_size\": [3, 2]}},"
    "{\"class_name\": \"Flatten\"},"
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"out\", \"units\": null, \"activation\": "
    "\"softmax\"}}]}";

struct fixture {
    struct network *network;
    size_t count;
    float *saved, *loaded;
    char path[64];
};

static int set_up(void **state)
{
    struct fixture *f = ls_calloc(1, sizeof *f);
    struct error err = {0};
    f->network = network_parse(model, "tiny", (struct shape){1, 5, 4}, 3, &err);
    if (!f->network) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    f->count = f->network->program.parameter_count;
    f->saved = ls_calloc(f->count, sizeof *f->saved);
    f->loaded = ls_calloc(f->count, sizeof *f->loaded);
    network_initialize(f->network, 5, f->saved);
    snprintf(f->path, sizeof f->path, "/tmp/layerscope-checkpoint-XXXXXX");
    const int file = mkstemp(f->path);
    if (file < 0)
        return -1;
    close(file);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    network_destroy(f->network);
    free(f->saved);
    free(f->loaded);
    unlink(f->path);
    free(f);
    return 0;
}

static void save(struct fixture *f)
{
    const struct checkpoint_info info = {1234567890123, UINT64_MAX};
    struct error err = {0};
    if (!checkpoint_save(f->path, f->network, f->saved, &info, true, &err))
        fail_msg("%s", err.message);
}

static void comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    save(f);
    struct checkpoint_info info = {0};
    struct error err = {0};
    if (!checkpoint_load(f->path, f->network, f->loaded, &info, &err))
        fail_msg("%s", err.message);
    assert_memory_equal(f->loaded, f->saved, f->count * sizeof *f->saved);
    assert_true(info.step == 1234567890123 && info.seed == UINT64_MAX);
    assert_true(checkpoint_load(f->path, f->network, f->loaded, NULL, &err));
}

static void has_pytorch_names_and_shapes(void **state)
{
    struct fixture *f = *state;
    save(f);
    struct safetensors file;
    struct error err = {0};
    assert_true(safetensors_read(&file, f->path, &err));
    static const struct {
        const char *name;
        int rank;
        uint64_t dims[4];
    } expected[] = {{"conv.weight", 4, {2, 1, 3, 2}},
                    {"conv.bias", 1, {2}},
                    {"out.weight", 2, {3, 18}},
                    {"out.bias", 1, {3}}};
    assert_int_equal(file.count, 4);
    for (int i = 0; i < 4; i++) {
        const struct tensor *tensor = safetensors_find(&file, expected[i].name);
        assert_non_null(tensor);
        assert_string_equal(tensor->type_name, "F32");
        assert_int_equal(tensor->rank, expected[i].rank);
        assert_memory_equal(tensor->dims, expected[i].dims, sizeof *tensor->dims * (size_t)tensor->rank);
    }
    assert_string_equal(safetensors_metadata(&file, "format"), "pt");
    assert_null(safetensors_metadata(&file, "nothing"));
    safetensors_deinit(&file);
}

/* Loading must fail, name the file and `text`, and leave the parameters alone. */
static void expect_refusal(struct fixture *f, const char *text)
{
    for (size_t i = 0; i < f->count; i++)
        f->loaded[i] = 7;
    struct error err = {0};
    if (checkpoint_load(f->path, f->network, f->loaded, NULL, &err))
        fail_msg("accepted; expected \"…%s\"", text);
    if (!strstr(err.message, text) || strncmp(err.message, f->path, strlen(f->path)) != 0)
        fail_msg("expected \"%s: …%s\", found \"%s\"", f->path, text, err.message);
    for (size_t i = 0; i < f->count; i++)
        assert_true(f->loaded[i] == 7);
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void every_truncation_is_refused(void **state)
{
    struct fixture *f = *state;
    save(f);
    struct error err = {0};
    size_t size;
    char *bytes = file_read(f->path, &size, &err);
    assert_non_null(bytes);
    for (size_t cut = 0; cut < size; cut++) {
        write_bytes(f->path, bytes, cut);
        expect_refusal(f, "truncated");
    }
    write_bytes(f->path, bytes, size - 1);
    expect_refusal(f, "tensor \"out.bias\": its data ends at byte");
    bytes = ls_realloc(bytes, size + 1);
    write_bytes(f->path, bytes, size + 1);
    expect_refusal(f, "is too long");
    free(bytes);
}

/* Writes the four tensors, one of them otherwise; a NULL name leaves it out. */
static void write_variant(struct fixture *f, int which, const char *name, enum tensor_type type, int rank,
                          const uint64_t *dims)
{
    static const struct {
        const char *name;
        int rank;
        uint64_t dims[4];
    } usual[] = {{"conv.weight", 4, {2, 1, 3, 2}},
                 {"conv.bias", 1, {2}},
                 {"out.weight", 2, {3, 18}},
                 {"out.bias", 1, {3}}};
    struct safetensors file = {0};
    double *zeros = ls_calloc(1024, sizeof *zeros);
    for (int i = 0; i < 4; i++) {
        if (i != which)
            safetensors_add(&file, usual[i].name, TENSOR_F32, usual[i].rank, usual[i].dims, zeros);
        else if (name)
            safetensors_add(&file, name, type, rank, dims, zeros);
    }
    struct error err = {0};
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
    free(zeros);
}

static void wrong_tensors_are_named(void **state)
{
    struct fixture *f = *state;
    const uint64_t two[] = {2}, three[] = {3}, row[] = {1, 3}, matrix[] = {3, 18}, turned[] = {18, 3};
    write_variant(f, 1, NULL, TENSOR_F32, 0, NULL);
    expect_refusal(f, "tensor \"conv.bias\" is missing");
    write_variant(f, 1, "conv.bais", TENSOR_F32, 1, two);
    expect_refusal(f, "tensor \"conv.bias\" is missing");
    write_variant(f, 1, "conv.bias", TENSOR_F32, 1, three);
    expect_refusal(f, "tensor \"conv.bias\": expected shape (2), found (3)");
    write_variant(f, 2, "out.weight", TENSOR_F32, 2, turned);
    expect_refusal(f, "tensor \"out.weight\": expected shape (3, 18), found (18, 3)");
    write_variant(f, 3, "out.bias", TENSOR_F32, 2, row);
    expect_refusal(f, "tensor \"out.bias\": expected shape (3), found (1, 3)");
    write_variant(f, 2, "out.weight", TENSOR_I64, 2, matrix);
    expect_refusal(f, "tensor \"out.weight\": expected F32 or F64 values, found I64");
    write_variant(f, 4, NULL, TENSOR_F32, 0, NULL);
    struct error err = {0};
    assert_true(checkpoint_load(f->path, f->network, f->loaded, NULL, &err));
}

static void unknown_tensors_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"conv.scale", "other.weight", "weight", "conv.", ".weight"};
    save(f);
    for (int i = 0; i < 5; i++) {
        struct safetensors file;
        struct error err = {0};
        assert_true(safetensors_read(&file, f->path, &err));
        const float value = 0;
        safetensors_add(&file, names[i], TENSOR_F32, 0, NULL, &value);
        char path[96], text[96];
        snprintf(path, sizeof path, "%s.more", f->path);
        assert_true(safetensors_write(&file, path, true, &err));
        safetensors_deinit(&file);
        snprintf(text, sizeof text, "tensor \"%s\" belongs to no parameter of tiny", names[i]);
        assert_false(checkpoint_load(path, f->network, f->loaded, NULL, &err));
        assert_non_null(strstr(err.message, text));
        unlink(path);
    }
}

static void doubles_are_converted(void **state)
{
    struct fixture *f = *state;
    save(f);
    struct safetensors file;
    struct error err = {0};
    assert_true(safetensors_read(&file, f->path, &err));
    const double values[] = {0.5, -1e-3, 3.25};
    struct tensor *bias = &file.tensors[3];
    assert_string_equal(bias->name, "out.bias");
    bias->type = TENSOR_F64;
    snprintf(bias->type_name, sizeof bias->type_name, "F64");
    bias->values = values;
    bias->size = sizeof values;
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
    if (!checkpoint_load(f->path, f->network, f->loaded, NULL, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < 3; i++)
        assert_true(f->loaded[f->count - 3 + (size_t)i] == (float)values[i]);
}

static void an_existing_file_is_kept(void **state)
{
    struct fixture *f = *state;
    write_bytes(f->path, "old", 3);
    const struct checkpoint_info info = {0};
    struct error err = {0};
    assert_false(checkpoint_save(f->path, f->network, f->saved, &info, false, &err));
    assert_non_null(strstr(err.message, "--overwrite"));
    expect_refusal(f, "is not a safetensors file");
}

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

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FILE(comes_back_as_it_was),        WITH_FILE(has_pytorch_names_and_shapes),
        WITH_FILE(every_truncation_is_refused), WITH_FILE(wrong_tensors_are_named),
        WITH_FILE(unknown_tensors_are_refused), WITH_FILE(doubles_are_converted),
        WITH_FILE(an_existing_file_is_kept),    cmocka_unit_test(wrong_headers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
