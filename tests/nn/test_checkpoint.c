/* Checkpoints: what comes back is what was saved, and nothing wrong is taken for it. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "nn/base64.h"
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

static void save_as(struct fixture *f, const struct checkpoint_values *values,
                    const struct checkpoint_info *info)
{
    struct error err = {0};
    if (!checkpoint_save(f->path, f->network, values, info, true, &err))
        fail_msg("%s", err.message);
}

/* Parameters alone. */
static void save(struct fixture *f)
{
    const struct checkpoint_values values = {.size = sizeof(float), .parameters = f->saved};
    const struct checkpoint_info info = {.step = 1234567890123, .seed = UINT64_MAX};
    save_as(f, &values, &info);
}

static bool load(struct fixture *f, const char *path, struct error *err)
{
    struct checkpoint checkpoint;
    if (!checkpoint_open(&checkpoint, path, err))
        return false;
    const bool ok = checkpoint_read_parameters(&checkpoint, f->network, f->loaded, NULL, sizeof(float), err);
    checkpoint_close(&checkpoint);
    return ok;
}

static void comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    save(f);
    struct checkpoint checkpoint;
    struct error err = {0};
    if (!checkpoint_open(&checkpoint, f->path, &err))
        fail_msg("%s", err.message);
    const struct checkpoint_info *info = &checkpoint.info;
    assert_true(info->step == 1234567890123 && info->seed == UINT64_MAX);
    assert_true(!info->has_training && !info->model && !info->data);
    assert_true(checkpoint_read_parameters(&checkpoint, f->network, f->loaded, NULL, sizeof(float), &err));
    assert_memory_equal(f->loaded, f->saved, f->count * sizeof *f->saved);
    double *doubles = ls_calloc(f->count, sizeof *doubles);
    assert_true(checkpoint_read_parameters(&checkpoint, f->network, doubles, NULL, sizeof(double), &err));
    for (size_t i = 0; i < f->count; i++)
        assert_true(doubles[i] == (double)f->saved[i]);
    free(doubles);
    checkpoint_close(&checkpoint);
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
    if (load(f, f->path, &err))
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
    char *bytes = file_read(f->path, SIZE_MAX, &size, &err);
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
    assert_true(load(f, f->path, &err));
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
        assert_false(load(f, path, &err));
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
    if (!load(f, f->path, &err))
        fail_msg("%s", err.message);
    for (int i = 0; i < 3; i++)
        assert_true(f->loaded[f->count - 3 + (size_t)i] == (float)values[i]);
}

static void an_existing_file_is_kept(void **state)
{
    struct fixture *f = *state;
    write_bytes(f->path, "old", 3);
    const struct checkpoint_values values = {.size = sizeof(float), .parameters = f->saved};
    const struct checkpoint_info info = {0};
    struct error err = {0};
    assert_false(checkpoint_save(f->path, f->network, &values, &info, false, &err));
    assert_non_null(strstr(err.message, "--overwrite"));
    expect_refusal(f, "is not a safetensors file");
}

/* ---- how it was trained ---- */

static const struct checkpoint_training adam = {
    .optimizer =
        {.kind = OPTIMIZER_ADAM, .beta1 = 0.85f, .beta2 = 0.995f, .epsilon = 1e-7f, .weight_decay = 0.015f},
    .learning_rate = 0.0012345678f,
    .batch = 17,
    .update = 123456789,
    .samples = 60000,
};

static void save_adam(struct fixture *f, const float *moments[2])
{
    const struct checkpoint_values values = {sizeof(float), f->saved, {moments[0], moments[1]}, NULL};
    const struct checkpoint_info info = {.step = 123456799,
                                         .seed = 3,
                                         .has_training = true,
                                         .training = adam,
                                         .model = "{\"é\": \"\\n\"}",
                                         .data = "circle:seed=3"};
    save_as(f, &values, &info);
}

static void training_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    const float *moments[2] = {f->saved + 1, f->saved};
    float *first = ls_calloc(f->count + 1, sizeof *first);
    memcpy(first, f->saved + 1, (f->count - 1) * sizeof *first);
    first[f->count - 1] = -0.0f;
    moments[0] = first;
    save_adam(f, moments);
    struct checkpoint checkpoint;
    struct error err = {0};
    if (!checkpoint_open(&checkpoint, f->path, &err))
        fail_msg("%s", err.message);
    const struct checkpoint_info *info = &checkpoint.info;
    const struct checkpoint_training *training = &info->training;
    assert_true(info->has_training && training->optimizer.kind == OPTIMIZER_ADAM);
    assert_true(training->optimizer.beta1 == 0.85f && training->optimizer.beta2 == 0.995f &&
                training->optimizer.epsilon == 1e-7f && training->optimizer.weight_decay == 0.015f &&
                training->learning_rate == 0.0012345678f);
    assert_true(training->batch == 17 && training->update == 123456789 && training->samples == 60000 &&
                training->value_size == sizeof(float));
    assert_string_equal(info->model, "{\"é\": \"\\n\"}");
    assert_string_equal(info->data, "circle:seed=3");
    for (int m = 0; m < 2; m++) {
        assert_true(checkpoint_read_moment(&checkpoint, m, f->loaded, f->count, sizeof(float), &err));
        assert_memory_equal(f->loaded, moments[m], f->count * sizeof(float));
    }
    double *doubles = ls_calloc(f->count, sizeof *doubles);
    assert_true(checkpoint_read_moment(&checkpoint, 1, doubles, f->count, sizeof(double), &err));
    for (size_t i = 0; i < f->count; i++)
        assert_true(doubles[i] == (double)f->saved[i]);
    assert_int_equal(checkpoint.file.count, 4); /* moments are no tensors: PyTorch would refuse them */
    checkpoint_close(&checkpoint);
    free(doubles);
    free(first);
}

static void replace_metadata(struct fixture *f, const char *key, const char *value)
{
    struct safetensors file;
    struct error err = {0};
    assert_true(safetensors_read(&file, f->path, &err));
    for (int i = 0; i < file.metadata_count; i++)
        if (strcmp(file.metadata[i][0], key) == 0) {
            free(file.metadata[i][value ? 1 : 0]);
            file.metadata[i][value ? 1 : 0] = ls_strdup(value ? value : "nothing");
        }
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
}

static void wrong_training_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *json, *expected;
    } wrong[] = {
        {"", "metadata \"training\": expected a JSON object"},
        {"[1]", "metadata \"training\": expected a JSON object, found"},
        {"{}", "metadata \"training\": \"version\": expected a whole number from 1 to"},
        {"{\"version\": 2}",
         "was saved by a newer Layerscope: expected version 1 of a checkpoint or older, found 2"},
        {"{\"version\": 1}",
         "\"optimizer\": expected sgd, momentum, nesterov, rmsprop, adam or adamw, found nothing"},
        {"{\"version\": 1, \"optimizer\": \"lion\"}", "adam or adamw, found \"lion\""},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"weight_decay\": -1}",
         "\"weight_decay\": expected a number"},
        {"{\"version\": 1, \"optimizer\": \"momentum\"}", "\"momentum\": expected a number from 1e-30 to 1"},
        {"{\"version\": 1, \"optimizer\": \"momentum\", \"momentum\": -1}",
         "\"momentum\": expected a number"},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"learning_rate\": \"1\"}", "\"learning_rate\": expected"},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"learning_rate\": 1, \"updates\": 0.5}",
         "\"updates\": expected a whole number from 0"},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"learning_rate\": 1, \"updates\": 1, \"batch\": 0}",
         "\"batch\": expected a whole number from 1 to 65536, found 0"},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"learning_rate\": 1, \"updates\": 1, \"batch\": 1, "
         "\"samples\": 1e99}",
         "\"samples\": expected a whole number"},
        {"{\"version\": 1, \"optimizer\": \"sgd\", \"learning_rate\": 1, \"updates\": 1, \"batch\": 1, "
         "\"samples\": 1, \"values\": \"F16\"}",
         "\"values\": expected F32 or F64"},
    };
    const float *moments[2] = {f->saved, f->saved};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        save_adam(f, moments);
        replace_metadata(f, "training", wrong[i].json);
        expect_refusal(f, wrong[i].expected);
    }
}

static void expect_wrong_moment(struct fixture *f, int moment, const char *text)
{
    struct checkpoint checkpoint;
    struct error err = {0};
    assert_true(checkpoint_open(&checkpoint, f->path, &err));
    assert_false(checkpoint_read_moment(&checkpoint, moment, f->loaded, f->count, sizeof(float), &err));
    if (!strstr(err.message, text) || strncmp(err.message, f->path, strlen(f->path)) != 0)
        fail_msg("expected \"%s: …%s\", found \"%s\"", f->path, text, err.message);
    checkpoint_close(&checkpoint);
}

static void wrong_moments_are_refused(void **state)
{
    struct fixture *f = *state;
    const float *moments[2] = {f->saved, f->saved};
    save_adam(f, moments);
    replace_metadata(f, "optimizer.exp_avg_sq", NULL);
    expect_wrong_moment(f, 1,
                        "metadata \"optimizer.exp_avg_sq\" is missing; expected the state of adam after "
                        "123456789 updates");
    save_adam(f, moments);
    replace_metadata(f, "optimizer.exp_avg", "AAAA");
    expect_wrong_moment(f, 0, "metadata \"optimizer.exp_avg\": expected 71 F32 values in base64, found 4");
    save_adam(f, moments);
    struct safetensors file;
    struct error err = {0};
    assert_true(safetensors_read(&file, f->path, &err));
    char *text = ls_strdup(safetensors_metadata(&file, "optimizer.exp_avg"));
    safetensors_deinit(&file);
    text[strlen(text) / 2] = '*';
    replace_metadata(f, "optimizer.exp_avg", text);
    expect_wrong_moment(f, 0, "expected 71 F32 values in base64");
    free(text);
}

/* Too long for a header, moments are tensors of their own. */
static void moments_may_be_tensors(void **state)
{
    struct fixture *f = *state;
    const float *moments[2] = {f->saved, f->saved};
    save_adam(f, moments);
    replace_metadata(f, "optimizer.exp_avg", NULL);
    struct safetensors file;
    struct error err = {0};
    assert_true(safetensors_read(&file, f->path, &err));
    const uint64_t count = f->count;
    safetensors_add(&file, "optimizer.exp_avg", TENSOR_F32, 1, &count, f->saved);
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
    struct checkpoint checkpoint;
    assert_true(checkpoint_open(&checkpoint, f->path, &err));
    assert_true(checkpoint_read_moment(&checkpoint, 0, f->loaded, f->count, sizeof(float), &err));
    assert_memory_equal(f->loaded, f->saved, f->count * sizeof(float));
    if (!checkpoint_read_parameters(&checkpoint, f->network, f->loaded, NULL, sizeof(float), &err))
        fail_msg("%s", err.message);
    assert_false(checkpoint_read_moment(&checkpoint, 0, f->loaded, f->count - 1, sizeof(float), &err));
    assert_non_null(
        strstr(err.message, "tensor \"optimizer.exp_avg\": expected 70 F32 values, found 284 bytes"));
    checkpoint_close(&checkpoint);
}

static void many_moments_become_tensors(void **state)
{
    (void)state;
    static const char wide[] = "{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"name\": \"wide\", "
                               "\"units\": null, \"activation\": \"softmax\"}}]}";
    struct error err = {0};
    struct network *network = network_parse(wide, "wide", (struct shape){4096, 1, 1}, 3200, &err);
    assert_non_null(network);
    const size_t count = network->program.parameter_count;
    float *values = ls_calloc(count, sizeof *values), *moment = ls_calloc(count, sizeof *moment);
    values[count - 1] = 3.0f;
    const struct checkpoint_values saved = {sizeof(float), values, {values, values}, NULL};
    const struct checkpoint_info info = {.has_training = true, .training = adam};
    char path[] = "/tmp/layerscope-checkpoint-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    assert_true(checkpoint_save(path, network, &saved, &info, true, &err));
    struct checkpoint checkpoint;
    assert_true(checkpoint_open(&checkpoint, path, &err));
    unlink(path);
    assert_int_equal(checkpoint.file.count, 4);
    assert_non_null(safetensors_find(&checkpoint.file, "optimizer.exp_avg_sq"));
    assert_true(checkpoint_read_moment(&checkpoint, 1, moment, count, sizeof(float), &err));
    assert_true(moment[count - 1] == 3.0f && moment[0] == 0.0f);
    assert_true(checkpoint_read_parameters(&checkpoint, network, moment, NULL, sizeof(float), &err));
    checkpoint_close(&checkpoint);
    free(values);
    free(moment);
    network_destroy(network);
}

/* ---- names of others ---- */

struct foreign {
    const char *name;
    int rank;
    uint64_t dims[4];
    size_t from; /* the place of its values in the flat vector */
};

static void write_foreign(struct fixture *f, const struct foreign *tensors, int count)
{
    struct safetensors file = {0};
    struct error err = {0};
    const int64_t batches = 5;
    for (int i = 0; i < count; i++)
        safetensors_add(&file, tensors[i].name, TENSOR_F32, tensors[i].rank, tensors[i].dims,
                        f->saved + tensors[i].from);
    safetensors_add(&file, "9.num_batches_tracked", TENSOR_I64, 0, NULL, &batches);
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
}

static void other_names_are_taken_by_order_and_shape(void **state)
{
    struct fixture *f = *state;
    /* As PyTorch writes them: sorted as text. */
    const struct foreign sorted[] = {{"net.10.bias", 1, {3}, 68},
                                     {"net.10.weight", 2, {3, 18}, 14},
                                     {"net.2.bias", 1, {2}, 12},
                                     {"net.2.weight", 4, {2, 1, 3, 2}, 0}};
    const int warnings = log_warning_count();
    write_foreign(f, sorted, 4);
    struct error err = {0};
    if (!load(f, f->path, &err))
        fail_msg("%s", err.message);
    assert_memory_equal(f->loaded, f->saved, f->count * sizeof(float));
    assert_int_equal(log_warning_count(), warnings + 1);
    save(f);
    assert_true(load(f, f->path, &err));
    assert_int_equal(log_warning_count(), warnings + 1);

    struct foreign other[4];
    memcpy(other, sorted, sizeof other);
    other[1].dims[0] = 18, other[1].dims[1] = 3;
    write_foreign(f, other, 4);
    expect_refusal(f, "none that is left has the shapes of layer \"out\": expected a weight of (3, 18)");
    memcpy(other, sorted, sizeof other);
    write_foreign(f, other, 3);
    expect_refusal(f, "the shapes of layer \"conv\": expected a weight of (2, 1, 3, 2)");
    const struct foreign more[] = {sorted[0], sorted[1], sorted[2], sorted[3], {"net.11.bias", 1, {3}, 0}};
    write_foreign(f, more, 5);
    expect_refusal(f, "tensor \"net.11.bias\" belongs to no parameter of tiny");
}

/* Layers of one shape: numbers count as numbers, "2" before "10". */
static void equal_shapes_keep_their_order(void **state)
{
    struct fixture *f = *state;
    static const char deep[] =
        "{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"units\": 2}},"
        "{\"class_name\": \"Dense\", \"config\": {\"units\": 2}},"
        "{\"class_name\": \"Dense\", \"config\": {\"units\": null, \"activation\": \"softmax\"}}]}";
    static const char *const names[] = {"0", "2", "10"};
    struct error err = {0};
    struct network *network = network_parse(deep, "deep", (struct shape){2, 1, 1}, 2, &err);
    assert_non_null(network);
    float values[18], loaded[18];
    for (int i = 0; i < 18; i++)
        values[i] = (float)i;
    struct safetensors file = {0};
    for (int i = 2; i >= 0; i--) {
        const uint64_t dims[2] = {2, 2};
        char name[32];
        snprintf(name, sizeof name, "%s.bias", names[i]);
        safetensors_add(&file, name, TENSOR_F32, 1, dims, values + 6 * i + 4);
        snprintf(name, sizeof name, "%s.weight", names[i]);
        safetensors_add(&file, name, TENSOR_F32, 2, dims, values + 6 * i);
    }
    assert_true(safetensors_write(&file, f->path, true, &err));
    safetensors_deinit(&file);
    struct checkpoint checkpoint;
    assert_true(checkpoint_open(&checkpoint, f->path, &err));
    if (!checkpoint_read_parameters(&checkpoint, network, loaded, NULL, sizeof(float), &err))
        fail_msg("%s", err.message);
    assert_memory_equal(loaded, values, sizeof values);
    checkpoint_close(&checkpoint);
    network_destroy(network);
}

static void base64_is_that_of_the_standard(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}}; /* RFC 4648, section 10 */
    char bytes[8];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const size_t size = strlen(pairs[i][0]);
        char *text = base64_encode(pairs[i][0], size);
        assert_string_equal(text, pairs[i][1]);
        assert_true(base64_decode(text, bytes, size));
        assert_memory_equal(bytes, pairs[i][0], size);
        assert_false(base64_decode(text, bytes, size + 3));
        free(text);
    }
    static const char *const wrong[] = {
        "Zg=", "Zg=A", "Z===", "====", "Zh==", "Z*==", "Zg==Zg==", "Zg =", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(base64_decode(wrong[i], bytes, 1));
    assert_false(base64_decode("Zm9=", bytes, 2));
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FILE(comes_back_as_it_was),
        WITH_FILE(has_pytorch_names_and_shapes),
        WITH_FILE(every_truncation_is_refused),
        WITH_FILE(wrong_tensors_are_named),
        WITH_FILE(unknown_tensors_are_refused),
        WITH_FILE(doubles_are_converted),
        WITH_FILE(an_existing_file_is_kept),
        WITH_FILE(training_comes_back_as_it_was),
        WITH_FILE(wrong_training_is_refused),
        WITH_FILE(wrong_moments_are_refused),
        WITH_FILE(moments_may_be_tensors),
        cmocka_unit_test(many_moments_become_tensors),
        WITH_FILE(other_names_are_taken_by_order_and_shape),
        WITH_FILE(equal_shapes_keep_their_order),
        cmocka_unit_test(base64_is_that_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
