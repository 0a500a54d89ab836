/* The selection of a backend, and the checks on what it is given. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder.h"
#include "compute/compute.h"
#include "compute/program.h"
#include "parity.h"

static void names_and_kinds_match(void **state)
{
    (void)state;
    for (int kind = BACKEND_REFERENCE; kind <= BACKEND_CUDA; kind++) {
        enum backend_kind found;
        assert_true(compute_backend_from_name(compute_backend_name((enum backend_kind)kind), &found));
        assert_int_equal(found, kind);
    }
    enum backend_kind found;
    assert_true(compute_backend_from_name("auto", &found));
    assert_int_equal(found, BACKEND_AUTO);
    assert_true(compute_backend_available(compute_choose_backend(found, 0)));
    assert_false(compute_backend_from_name("gpu", &found));
    assert_false(compute_backend_from_name("", &found));
}

static struct program one_dense(void)
{
    struct builder b;
    builder_init(&b, (struct shape){3, 1, 1});
    builder_dense(&b, 2, ACTIVATION_TANH, true);
    return builder_finish(&b, LOSS_MSE);
}

static void an_absent_backend_says_what_to_do(void **state)
{
    (void)state;
    if (compute_backend_available(BACKEND_CUDA))
        skip();
    struct program program = one_dense();
    const struct compute_desc desc = {.program = &program, .backend = BACKEND_CUDA, .max_batch = 1};
    struct error err = {0};
    assert_null(compute_create(&desc, &err));
    assert_int_equal(err.class_, ERROR_FAILED);
    assert_non_null(strstr(err.message, "--backend cpu"));
    program_deinit(&program);
}

static void the_program_is_copied(void **state)
{
    (void)state;
    struct program program = one_dense();
    const struct compute_desc desc = {.program = &program, .backend = BACKEND_CPU, .max_batch = 2};
    struct error err = {0};
    struct compute *compute = compute_create(&desc, &err);
    assert_non_null(compute);
    memset(program.ops, 0xff, sizeof *program.ops);
    memset(program.tensors, 0xff, 2 * sizeof *program.tensors);
    const float parameters[8] = {1, 0, 0, 0, 1, 0, 0, 0}, input[] = {0.5f, -0.25f, 9.0f};
    const int32_t labels[] = {0};
    const struct compute_data data = {.count = 1, .values = input, .labels = labels};
    compute_write_parameters(compute, parameters);
    const struct compute_batch batch = {.data = compute_bind_data(compute, &data), .count = 1};
    compute_run(compute, COMPUTE_PROBE, &batch, true, NULL);
    float output[2];
    compute_read_tensor(compute, COMPUTE_PROBE, 1, output);
    compute_sync(compute);
    assert_true(output[0] > 0.46f && output[0] < 0.47f && output[1] < -0.24f && output[1] > -0.25f);
    assert_true(strlen(compute_device_name(compute)) > 0);
    assert_true(compute_threads(compute) > 0);
    compute_destroy(compute);
    compute_destroy(NULL);
    program_deinit(&program);
}

/* Does `act` stop the process with an assertion? */
static bool aborts(void (*act)(struct program *program))
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        signal(SIGABRT, SIG_DFL);
        struct program program = one_dense();
        act(&program);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void create(struct program *program)
{
    const struct compute_desc desc = {.program = program, .backend = BACKEND_REFERENCE, .max_batch = 1};
    compute_create(&desc, NULL);
}

static void wrong_shape(struct program *program)
{
    program->tensors[1].width = 2;
    create(program);
}

static void parameters_outside(struct program *program)
{
    program->parameter_count--;
    create(program);
}

static void cross_entropy_without_softmax(struct program *program)
{
    program->loss = LOSS_CROSS_ENTROPY;
    create(program);
}

static void tensor_written_by_nobody(struct program *program)
{
    program->ops[0].input = 1;
    create(program);
}

static void label_out_of_range(struct program *program)
{
    const struct compute_desc desc = {.program = program, .backend = BACKEND_REFERENCE, .max_batch = 1};
    const float input[3] = {0};
    const int32_t labels[] = {2};
    const struct compute_data data = {.count = 1, .values = input, .labels = labels};
    compute_bind_data(compute_create(&desc, NULL), &data);
}

static void sample_out_of_range(struct program *program)
{
    const struct compute_desc desc = {.program = program, .backend = BACKEND_REFERENCE, .max_batch = 1};
    const float input[3] = {0};
    const int32_t labels[] = {1};
    const struct compute_data data = {.count = 1, .values = input, .labels = labels};
    struct compute *compute = compute_create(&desc, NULL);
    const struct compute_batch batch = {.data = compute_bind_data(compute, &data), .first = 1, .count = 1};
    compute_run(compute, COMPUTE_TRAIN, &batch, false, NULL);
}

static void mistakes_are_caught(void **state)
{
    (void)state;
    assert_false(aborts(create));
    assert_true(aborts(wrong_shape));
    assert_true(aborts(parameters_outside));
    assert_true(aborts(cross_entropy_without_softmax));
    assert_true(aborts(tensor_written_by_nobody));
    assert_true(aborts(label_out_of_range));
    assert_true(aborts(sample_out_of_range));
}

/* On every backend and with every instruction set. */
static void an_answer_that_is_no_number_is_wrong(void **state)
{
    (void)state;
    struct parity_target targets[PARITY_MAX_TARGETS];
    const int count = parity_targets(targets);
    const struct parity_target reference = {
        .name = "reference", .create = parity_create, .backend = BACKEND_REFERENCE};
    assert_int_equal(parity_no_numbers(&reference), 0);
    for (int t = 0; t < count; t++)
        assert_int_equal(parity_no_numbers(&targets[t]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_kinds_match),
        cmocka_unit_test(an_absent_backend_says_what_to_do),
        cmocka_unit_test(the_program_is_copied),
        cmocka_unit_test(mistakes_are_caught),
        cmocka_unit_test(an_answer_that_is_no_number_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
