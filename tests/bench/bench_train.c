/* Measures CPU training on request, so that tests/bench/run can take turns between this program and
 * others. Reads one request a line, answers one line:
 *
 *     sgemm SECONDS                       GFLOP/s of OpenBLAS, best thread count; 0 without OpenBLAS
 *     train NETWORK OPTIMIZER SECONDS     steps per second; NETWORK mlp, lenet5 or resnet, OPTIMIZER sgd or
 * adam flops NETWORK                       floating-point operations of one step device the CPU in words
 *
 * Without standard input from a pipe it makes five rounds by itself and prints a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/rng.h"
#include "compute/compute.h"
#include "compute/program.h"
#include "networks.h"
#include "sgemm.h"

enum {
    BATCH = 64,
    SAMPLES = 6400,
    PIXELS = 28 * 28,
    ROUNDS = 5,
    MAX_CORES = 64,
    NETWORKS = 3,
    OPTIMIZERS = 2
};

static const char *const network_names[NETWORKS] = {"mlp", "lenet5", "resnet"};
static const char *const optimizer_names[OPTIMIZERS] = {"sgd", "adam"};

struct bench {
    struct sgemm *sgemm; /* NULL without OpenBLAS */
    int threads;
    uint8_t *pixels;
    int32_t *labels;
    struct program programs[NETWORKS];
    struct compute *computes[NETWORKS];
    uint64_t steps[NETWORKS];
};

static void make_data(struct bench *bench)
{
    bench->pixels = ls_calloc((size_t)SAMPLES * PIXELS, 1);
    bench->labels = ls_calloc(SAMPLES, sizeof *bench->labels);
    for (size_t i = 0; i < (size_t)SAMPLES * PIXELS; i++)
        bench->pixels[i] = (uint8_t)(rng_word(1, RNG_TEST, 0, i) >> 24);
    for (size_t i = 0; i < SAMPLES; i++)
        bench->labels[i] = (int32_t)(rng_word(1, RNG_TEST, 1, i) % 10);
}

static bool make_network(struct bench *bench, int network, struct error *err)
{
    struct program *program = &bench->programs[network];
    if (!bench_network(network_names[network], program, err))
        return false;
    const struct compute_desc desc = {
        .program = program, .backend = BACKEND_CPU, .max_batch = BATCH, .optimizer = {.kind = OPTIMIZER_SGD}};
    struct compute *compute = compute_create(&desc, err);
    if (!compute)
        return false;
    bench->computes[network] = compute;
    bench->threads = compute_threads(compute);
    float *parameters = ls_calloc(program->parameter_count, sizeof *parameters);
    for (size_t i = 0; i < program->parameter_count; i++)
        parameters[i] = (rng_uniform(1, RNG_INIT, 0, i) - 0.5f) * 0.1f;
    compute_write_parameters(compute, parameters);
    free(parameters);
    const struct compute_data data = {.count = SAMPLES, .bytes = bench->pixels, .labels = bench->labels};
    compute_bind_data(compute, &data);
    return true;
}

static double measure_training(struct bench *bench, int network, int optimizer, double seconds)
{
    struct compute *compute = bench->computes[network];
    const struct optimizer settings = {.kind = optimizer == 0 ? OPTIMIZER_SGD : OPTIMIZER_ADAM,
                                       .beta1 = 0.9f,
                                       .beta2 = 0.999f,
                                       .epsilon = 1e-8f};
    compute_set_optimizer(compute, &settings);
    uint32_t indices[BATCH];
    int steps = 0;
    double start = 0.0, now = 0.0;
    const int warm_up = 20;
    do {
        if (steps == warm_up)
            start = clock_seconds();
        for (uint32_t i = 0; i < BATCH; i++)
            indices[i] = (uint32_t)(bench->steps[network] * BATCH + i * 37u) % SAMPLES;
        const struct compute_batch batch = {.indices = indices, .count = BATCH};
        const struct compute_update update = {.learning_rate = 1e-4f, .step = ++bench->steps[network]};
        struct batch_metrics metrics;
        compute_step(compute, &batch, &update, &metrics);
        compute_sync(compute);
        now = clock_seconds();
    } while (++steps <= warm_up || now - start < seconds);
    return (double)(steps - warm_up) / (now - start);
}

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static double measure_roof(struct bench *bench, double seconds)
{
    if (!bench->sgemm)
        return 0.0;
    const double rate = sgemm_measure(bench->sgemm, bench->threads, seconds);
    /* OpenBLAS's threads keep spinning for some 30 ms. */
    clock_sleep(0.06);
    return rate;
}

static void answer(struct bench *bench)
{
    char line[256], word[3][32];
    double seconds;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "sgemm %lf", &seconds) == 1)
            printf("%.3f\n", measure_roof(bench, seconds));
        else if (sscanf(line, "train %31s %31s %lf", word[0], word[1], &seconds) == 3 &&
                 find(network_names, NETWORKS, word[0]) >= 0 &&
                 find(optimizer_names, OPTIMIZERS, word[1]) >= 0)
            printf("%.3f\n", measure_training(bench, find(network_names, NETWORKS, word[0]),
                                              find(optimizer_names, OPTIMIZERS, word[1]), seconds));
        else if (sscanf(line, "flops %31s", word[0]) == 1 && find(network_names, NETWORKS, word[0]) >= 0)
            printf("%.0f\n",
                   bench_step_flops(&bench->programs[find(network_names, NETWORKS, word[0])], BATCH));
        else if (strcmp(line, "device\n") == 0)
            printf("%s; sgemm: OpenBLAS %s\n", compute_device_name(bench->computes[0]),
                   bench->sgemm ? sgemm_core_name(bench->sgemm) : "missing");
        else
            printf("error: unknown request: %s", line);
        fflush(stdout);
    }
}

static double median(double *values)
{
    for (int i = 1; i < ROUNDS; i++)
        for (int j = i; j > 0 && values[j - 1] > values[j]; j--) {
            const double swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    return values[ROUNDS / 2];
}

static void print_table(struct bench *bench)
{
    double roof[ROUNDS], rate[NETWORKS][OPTIMIZERS][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        roof[round] = measure_roof(bench, 0.4);
        for (int network = 0; network < NETWORKS; network++)
            for (int optimizer = 0; optimizer < OPTIMIZERS; optimizer++)
                rate[network][optimizer][round] = measure_training(bench, network, optimizer, 0.5);
    }
    const double roof_median = median(roof);
    printf("%s\nsgemm 1024³: %.1f GFLOP/s\n\n", compute_device_name(bench->computes[0]), roof_median);
    printf("network  optimizer  steps/s  GFLOP/s  of sgemm\n");
    for (int network = 0; network < NETWORKS; network++)
        for (int optimizer = 0; optimizer < OPTIMIZERS; optimizer++) {
            const double steps = median(rate[network][optimizer]);
            const double gflops = steps * bench_step_flops(&bench->programs[network], BATCH) * 1e-9;
            printf("%-8s %-9s %8.0f %8.1f", network_names[network], optimizer_names[optimizer], steps,
                   gflops);
            if (roof_median > 0.0)
                printf("      %.2f", gflops / roof_median);
            printf("\n");
        }
}

int main(void)
{
    struct error err = {0};
    struct bench bench = {0};
    bench.sgemm = sgemm_create(&err);
    if (!bench.sgemm)
        fprintf(stderr, "%s (measuring without it)\n", err.message);
    err = (struct error){0};
    make_data(&bench);
    bool ok = true;
    for (int network = 0; ok && network < NETWORKS; network++)
        ok = make_network(&bench, network, &err);
    if (!ok)
        fprintf(stderr, "layerscope_bench_train: %s\n", err.message);
    else if (isatty(STDIN_FILENO))
        print_table(&bench);
    else
        answer(&bench);
    for (int network = 0; network < NETWORKS; network++) {
        compute_destroy(bench.computes[network]);
        program_deinit(&bench.programs[network]);
    }
    sgemm_destroy(bench.sgemm);
    free(bench.pixels);
    free(bench.labels);
    return ok ? 0 : 1;
}
