/* Dense products by cuBLASLt: found, missing, and computed by a library that stands in for it. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/rng.h"
#include "builder.h"
#include "compute/cuda/cublaslt.h"
#include "compute/program.h"
#include "constant_rate.h"
#include "parity.h"
#include "report.h"
#include "runtime_shim.h"

static void it_is_found_or_said_to_be_missing(void **state)
{
    (void)state;
    char text[256];
    struct cublaslt *lt = cublaslt_open(text, sizeof text);
    assert_non_null(lt);
    assert_string_equal(text, FAKE_CUBLASLT ", version 13.0.2");
    cublaslt_close(lt);
    setenv("LAYERSCOPE_CUBLASLT_LIBRARY", "/nowhere/libcublasLt.so", 1);
    assert_null(cublaslt_open(text, sizeof text));
    assert_non_null(strstr(text, "/nowhere/libcublasLt.so"));
    setenv("LAYERSCOPE_CUBLASLT_LIBRARY", "libm.so.6", 1); /* some other library */
    assert_null(cublaslt_open(text, sizeof text));
    assert_non_null(strstr(text, "cublasLtGetVersion"));
    setenv("LAYERSCOPE_CUBLASLT", "off", 1);
    assert_null(cublaslt_open(text, sizeof text));
    assert_string_equal(text, "LAYERSCOPE_CUBLASLT=off");
    unsetenv("LAYERSCOPE_CUBLASLT");
    setenv("LAYERSCOPE_CUBLASLT_LIBRARY", FAKE_CUBLASLT, 1);
}

/* Training along a schedule, smaller last batches among it, against the reference. */
static void its_products_agree_with_the_reference(void **state)
{
    (void)state;
    const struct parity_target target = {
        .name = "cuda, cuBLASLt", .create = parity_create, .backend = BACKEND_CUDA, .threads = 1};
    struct parity_report report = {0};
    setenv("LAYERSCOPE_CUBLASLT", "always", 1);
    const long before = shim_single_launches();
    for (int i = 0; i < parity_case_count(); i++) {
        struct parity_case c;
        parity_case_init(&c, i, true);
        bool dense = false;
        for (int op = 0; op < c.program.op_count; op++)
            dense |= c.program.ops[op].kind == OP_DENSE;
        if (dense)
            parity_run(&target, &c, &report);
        parity_case_deinit(&c);
    }
    unsetenv("LAYERSCOPE_CUBLASLT");
    report_print(&report);
    assert_true(shim_single_launches() > before);
    assert_true(report.checks > 1000);
    assert_int_equal(report.failures, 0);
}

struct fixture {
    struct program program;
    float *values, *parameters;
    int32_t labels[10];
};

enum { IN = 70, HIDDEN = 50, BATCH = 4, STEPS = 5, OUT_OF_MEMORY = 2 };

static void fixture_init(struct fixture *f)
{
    struct builder b;
    builder_init(&b, (struct shape){IN, 1, 1});
    builder_dense(&b, HIDDEN, ACTIVATION_TANH, true);
    builder_dense(&b, 3, ACTIVATION_LINEAR, true);
    builder_softmax(&b);
    f->program = builder_finish(&b, LOSS_CROSS_ENTROPY);
    f->values = ls_calloc((size_t)10 * IN, sizeof(float));
    for (size_t i = 0; i < (size_t)10 * IN; i++)
        f->values[i] = rng_uniform(1, RNG_TEST, 0, i);
    for (int i = 0; i < 10; i++)
        f->labels[i] = i % 3;
    f->parameters = ls_calloc(f->program.parameter_count, sizeof(float));
    for (size_t i = 0; i < f->program.parameter_count; i++)
        f->parameters[i] = rng_uniform(1, RNG_TEST, 1, i) - 0.5f;
}

static void fixture_deinit(struct fixture *f)
{
    program_deinit(&f->program);
    free(f->values);
    free(f->parameters);
}

static struct compute *begin(const struct fixture *f)
{
    const struct compute_desc desc = {.program = &f->program, .backend = BACKEND_CUDA, .max_batch = BATCH};
    struct error err = {0};
    struct compute *compute = compute_create(&desc, &err);
    assert_non_null(compute);
    const struct compute_data data = {.count = 10, .values = f->values, .labels = f->labels};
    compute_bind_data(compute, &data);
    compute_write_parameters(compute, f->parameters);
    const struct compute_schedule schedule = {.batch = BATCH, .seed = 2};
    compute_set_schedule(compute, &schedule);
    return compute;
}

static void end(struct compute *compute, float *parameters)
{
    compute_read_parameters(compute, parameters);
    compute_sync(compute);
    assert_null(compute_problem(compute));
    compute_destroy(compute);
}

static void train(const struct fixture *f, float *parameters)
{
    struct compute *compute = begin(f);
    train_at(compute, STEPS, 0.1f, NULL);
    end(compute, parameters);
}

/* Small products are never its; the choice is ours again when it is off. */
static void small_products_stay_ours(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const size_t count = f.program.parameter_count;
    float *ours = ls_calloc(count, sizeof *ours), *usual = ls_calloc(count, sizeof *usual),
          *theirs = ls_calloc(count, sizeof *theirs);
    setenv("LAYERSCOPE_CUBLASLT", "off", 1);
    train(&f, ours);
    unsetenv("LAYERSCOPE_CUBLASLT");
    train(&f, usual);
    assert_memory_equal(ours, usual, count * sizeof *ours);
    setenv("LAYERSCOPE_CUBLASLT", "always", 1);
    train(&f, theirs);
    train(&f, usual);
    unsetenv("LAYERSCOPE_CUBLASLT");
    assert_memory_equal(theirs, usual, count * sizeof *theirs);
    assert_memory_not_equal(ours, theirs, count * sizeof *ours); /* sums in another order */
    free(ours);
    free(usual);
    free(theirs);
    fixture_deinit(&f);
}

/* Without room for its workspace our own kernels make all products. */
static void a_full_device_goes_without(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    const size_t count = f.program.parameter_count;
    float *ours = ls_calloc(count, sizeof *ours), *found = ls_calloc(count, sizeof *found);
    setenv("LAYERSCOPE_CUBLASLT", "off", 1);
    train(&f, ours);
    setenv("LAYERSCOPE_CUBLASLT", "always", 1);
    bool went_without = false;
    for (long call = 0; call < 10 && !went_without; call++) {
        struct compute *compute = begin(&f);
        shim_fail(call, OUT_OF_MEMORY, false);
        train_at(compute, STEPS, 0.1f, NULL);
        shim_fail(-1, 0, false);
        went_without = !compute_problem(compute);
        if (went_without)
            end(compute, found);
        else
            compute_destroy(compute);
    }
    unsetenv("LAYERSCOPE_CUBLASLT");
    assert_true(went_without);
    assert_memory_equal(ours, found, count * sizeof *ours);
    free(ours);
    free(found);
    fixture_deinit(&f);
}

/* The lines of the file of measurements; `choice`, '0' or '1', is written into each of them, 0: as it is. */
static int visit_choices(const char *path, char choice)
{
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    int lines = 0, previous = '\n';
    for (int c = fgetc(file); c != EOF; previous = c, c = fgetc(file)) {
        if (previous != '\n')
            continue;
        lines++;
        assert_true(c == '0' || c == '1');
        if (!choice)
            continue;
        fseek(file, -1, SEEK_CUR);
        fputc(choice, file);
        fseek(file, 0, SEEK_CUR);
    }
    fclose(file);
    return lines;
}

static void what_was_measured_is_kept(void **state)
{
    (void)state;
    char folder[] = "/tmp/layerscope-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    setenv("XDG_CACHE_HOME", folder, 1);
    char *path = ls_sprintf("%s/layerscope/products", folder);
    struct fixture f;
    fixture_init(&f);
    const size_t count = f.program.parameter_count;
    float *first = ls_calloc(count, sizeof *first), *second = ls_calloc(count, sizeof *second);
    setenv("LAYERSCOPE_CUBLASLT", "100", 1);
    train(&f, first);
    assert_int_equal(visit_choices(path, 0), 5); /* nobody wants the gradient of the network's input */
    train(&f, second);
    assert_int_equal(visit_choices(path, 0), 5);
    assert_memory_equal(first, second, count * sizeof *first);
    const char *const same[] = {"off", "always"};
    for (int choice = 0; choice < 2; choice++) {
        visit_choices(path, (char)('0' + choice));
        setenv("LAYERSCOPE_CUBLASLT", "100", 1);
        train(&f, first);
        setenv("LAYERSCOPE_CUBLASLT", same[choice], 1);
        train(&f, second);
        assert_memory_equal(first, second, count * sizeof *first);
    }
    unsetenv("LAYERSCOPE_CUBLASLT");
    unsetenv("XDG_CACHE_HOME");
    unlink(path);
    char *inner = ls_sprintf("%s/layerscope", folder);
    rmdir(inner);
    rmdir(folder);
    free(inner);
    free(path);
    free(first);
    free(second);
    fixture_deinit(&f);
}

int main(void)
{
    log_set_level(LOG_WARNING);
    setenv("LAYERSCOPE_CUBLASLT_LIBRARY", FAKE_CUBLASLT, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_or_said_to_be_missing),
        cmocka_unit_test(its_products_agree_with_the_reference),
        cmocka_unit_test(small_products_stay_ours),
        cmocka_unit_test(a_full_device_goes_without),
        cmocka_unit_test(what_was_measured_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
