/* Measures training on a CUDA device on request; tests/bench/compare_pytorch_gpu.py asks. Reads one request a
 * line, answers one line:
 *
 *     train NETWORK OPTIMIZER SECONDS     steps per second; NETWORK mlp, lenet5 or wide, OPTIMIZER sgd or
 * adam
 *
 * The data lie on the device, and steps run as the backend makes them: many in one go. Exit status 77 where
 * there is no device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/rng.h"
#include "compute/compute.h"
#include "compute/program.h"
#include "networks.h"
#include "constant_rate.h"

enum { SAMPLES = 12800, PIXELS = 28 * 28, STEPS_AT_ONCE = 64, WARM_UP_STEPS = 256, NO_DEVICE = 77 };

static const struct {
    const char *name;
    int batch;
} networks[] = {{"mlp", 64}, {"lenet5", 64}, {"wide", 1024}};

struct samples {
    uint8_t *pixels;
    int32_t *labels;
};

static void samples_init(struct samples *samples)
{
    samples->pixels = ls_calloc((size_t)SAMPLES * PIXELS, 1);
    samples->labels = ls_calloc(SAMPLES, sizeof *samples->labels);
    for (size_t i = 0; i < (size_t)SAMPLES * PIXELS; i++)
        samples->pixels[i] = (uint8_t)(rng_word(1, RNG_TEST, 0, i) >> 24);
    for (size_t i = 0; i < SAMPLES; i++)
        samples->labels[i] = (int32_t)(rng_word(1, RNG_TEST, 1, i) % 10);
}

static void write_parameters(struct compute *compute, size_t count)
{
    float *parameters = ls_calloc(count, sizeof *parameters);
    for (size_t i = 0; i < count; i++)
        parameters[i] = (rng_uniform(1, RNG_INIT, 0, i) - 0.5f) * 0.05f;
    compute_write_parameters(compute, parameters);
    free(parameters);
}

/* Metrics are asked for, so that the clock is read when the steps are done. */
static double measure(struct compute *compute, double seconds)
{
    struct batch_metrics metrics[STEPS_AT_ONCE];
    for (int steps = 0; steps < WARM_UP_STEPS; steps += STEPS_AT_ONCE)
        train_at(compute, STEPS_AT_ONCE, 1e-4f, metrics);
    compute_sync(compute);
    const double begin = clock_seconds();
    double now, steps = 0.0;
    do {
        train_at(compute, STEPS_AT_ONCE, 1e-4f, metrics);
        compute_sync(compute);
        steps += STEPS_AT_ONCE;
        now = clock_seconds();
    } while (now - begin < seconds);
    return steps / (now - begin);
}

static void train(const struct samples *samples, const char *name, int batch, enum optimizer_kind kind,
                  double seconds)
{
    struct error err = {0};
    struct program program;
    if (!bench_network(name, &program, &err)) {
        printf("error: %s\n", err.message);
        return;
    }
    const struct compute_desc desc = {.program = &program,
                                      .backend = BACKEND_CUDA,
                                      .max_batch = batch,
                                      .optimizer = {kind, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f}};
    struct compute *compute = compute_create(&desc, &err);
    if (compute) {
        write_parameters(compute, program.parameter_count);
        const struct compute_data data = {
            .count = SAMPLES, .bytes = samples->pixels, .labels = samples->labels};
        const struct compute_schedule schedule = {
            .data = compute_bind_data(compute, &data), .batch = batch, .seed = 1};
        compute_set_schedule(compute, &schedule);
        const double rate = measure(compute, seconds);
        const char *problem = compute_problem(compute);
        if (problem)
            printf("error: %s\n", problem);
        else
            printf("%.3f\n", rate);
    } else {
        printf("error: %s\n", err.message);
    }
    compute_destroy(compute);
    program_deinit(&program);
}

static void answer(const struct samples *samples, const char *line)
{
    char name[32], optimizer[32];
    double seconds;
    if (sscanf(line, "train %31s %31s %lf", name, optimizer, &seconds) == 3)
        for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
            if (strcmp(networks[i].name, name) == 0) {
                train(samples, name, networks[i].batch,
                      strcmp(optimizer, "sgd") == 0 ? OPTIMIZER_SGD : OPTIMIZER_ADAM, seconds);
                return;
            }
    printf("error: unknown request: %s", line);
}

int main(void)
{
    if (!compute_backend_available(BACKEND_CUDA)) {
        printf("skipped: no GPU\n");
        return NO_DEVICE;
    }
    struct samples samples;
    samples_init(&samples);
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        answer(&samples, line);
        fflush(stdout);
    }
    free(samples.pixels);
    free(samples.labels);
    return 0;
}
