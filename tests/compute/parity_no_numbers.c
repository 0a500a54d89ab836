/* Outputs that are no numbers: what the training's accuracy makes of them. */
#include "parity.h"

#include <math.h>
#include <stdio.h>

#include "builder.h"
#include "compute/program.h"

enum { MOST_OUTPUTS = 3, SAMPLES = 21 };

struct subject {
    const char *name;
    enum loss_kind loss;
    int outputs;
    bool softmax, sigmoid;
};

static struct program program_of(const struct subject *subject)
{
    struct builder builder;
    builder_init(&builder, (struct shape){subject->outputs, 1, 1});
    builder_flatten(&builder);
    if (subject->softmax)
        builder_softmax(&builder);
    if (subject->sigmoid)
        builder_activation(&builder, ACTIVATION_SIGMOID);
    return builder_finish(&builder, subject->loss);
}

/* Sample n is right, all of its numbers being numbers. */
static void fill(const struct subject *subject, float *values, int32_t *labels)
{
    for (int n = 0; n < SAMPLES; n++) {
        labels[n] = n % (subject->outputs == 1 ? 2 : subject->outputs);
        for (int i = 0; i < subject->outputs; i++)
            values[n * subject->outputs + i] =
                (subject->outputs == 1 ? labels[n] == 1 : i == labels[n]) ? 2.0f : -2.0f;
    }
}

static int count_right(const struct parity_target *target, const struct program *program,
                       const struct compute_data *data)
{
    const struct compute_desc desc = {.program = program, .max_batch = SAMPLES};
    struct error err = {0};
    struct compute *compute = target->create(target, &desc, &err);
    if (!compute) {
        printf("%s: %s\n", target->name, err.message);
        return -1;
    }
    struct batch_metrics metrics;
    const struct compute_batch batch = {.data = compute_bind_data(compute, data), .count = SAMPLES};
    compute_run(compute, COMPUTE_TRAIN, &batch, true, &metrics);
    compute_sync(compute);
    compute_destroy(compute);
    return metrics.correct;
}

int parity_no_numbers(const struct parity_target *target)
{
    static const struct subject subjects[] = {
        {"cross-entropy", LOSS_CROSS_ENTROPY, MOST_OUTPUTS, true, false},
        {"squared error", LOSS_MSE, MOST_OUTPUTS, false, false},
        {"squared error, one output", LOSS_MSE, 1, false, false},
        {"binary cross-entropy", LOSS_BINARY_CROSS_ENTROPY, MOST_OUTPUTS, false, true},
        {"binary cross-entropy, one output", LOSS_BINARY_CROSS_ENTROPY, 1, false, true},
    };
    int failures = 0;
    for (size_t s = 0; s < sizeof subjects / sizeof *subjects; s++) {
        const struct subject *subject = &subjects[s];
        float values[SAMPLES * MOST_OUTPUTS];
        int32_t labels[SAMPLES];
        const struct compute_data data = {.count = SAMPLES, .values = values, .labels = labels};
        struct program program = program_of(subject);
        int wrong = 0;
        fill(subject, values, labels);
        failures += count_right(target, &program, &data) != SAMPLES;
        for (int n = 0; n < SAMPLES; n += 4, wrong++)
            values[n * subject->outputs + n / 4 % subject->outputs] = NAN;
        const int right = count_right(target, &program, &data);
        if (right != SAMPLES - wrong) {
            printf("%s, %s: %d of %d are right, expected %d\n", target->name, subject->name, right, SAMPLES,
                   SAMPLES - wrong);
            failures++;
        }
        program_deinit(&program);
    }
    return failures;
}
