/* The first 50 losses on MNIST, for each model and backend, against curves kept in tests/golden/.
 * The curves come from the reference backend. LAYERSCOPE_REGENERATE=1 in the environment writes them
 * anew; do that only when a change of the numbers is meant. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/atomic_file.h"
#include "base/file.h"
#include "nn/trainer.h"

/* The reference is slow; where it agrees with its own curve for a while, it does so to the end. */
enum { STEPS = 50, REFERENCE_STEPS = 10 };

static struct data *mnist;

static int load_data(void **state)
{
    (void)state;
    struct error err = {0};
    mnist = data_load("mnist", &err);
    if (!mnist)
        print_error("%s\n", err.message);
    return mnist ? 0 : -1;
}

static int free_data(void **state)
{
    (void)state;
    data_destroy(mnist);
    return 0;
}

static void train(const char *model, enum backend_kind backend, double *losses, int steps)
{
    struct error err = {0};
    const struct dataset *split = &mnist->train;
    const struct shape input = {split->channels, split->height, split->width};
    struct network *network = network_load(model, input, mnist->classes, &err);
    assert_non_null(network);
    const struct trainer_desc desc = {.network = network,
                                      .data = mnist,
                                      .backend = backend,
                                      .threads = 2,
                                      .seed = 1,
                                      .optimizer = {.kind = OPTIMIZER_ADAM}};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    for (int i = 0; i < steps; i++) {
        struct step_sample sample;
        trainer_step(trainer, &sample);
        losses[i] = (double)sample.loss;
    }
    trainer_destroy(trainer);
    network_destroy(network);
}

static char *curve_path(const char *model)
{
    char relative[64];
    snprintf(relative, sizeof relative, "tests/golden/loss_%s.csv", model);
    return file_resource(relative);
}

static void write_curve(const char *model, const double *losses)
{
    struct error err = {0};
    struct atomic_file file = {0};
    char *path = curve_path(model);
    assert_true(atomic_file_open(&file, path, true, &err));
    fprintf(file.stream, "step,loss\n");
    for (int i = 0; i < STEPS; i++)
        fprintf(file.stream, "%d,%.9g\n", i + 1, losses[i]);
    assert_true(atomic_file_commit(&file, &err));
    print_message("wrote %s\n", path);
    free(path);
}

static void read_curve(const char *model, double *losses)
{
    char *path = curve_path(model);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    char header[32];
    assert_non_null(fgets(header, sizeof header, file));
    for (int i = 0; i < STEPS; i++) {
        int step = 0;
        assert_int_equal(fscanf(file, "%d,%lf", &step, &losses[i]), 2);
        assert_int_equal(step, i + 1);
    }
    fclose(file);
    free(path);
}

static void check_model(const char *model)
{
    double expected[STEPS], losses[STEPS];
    const char *regenerate = getenv("LAYERSCOPE_REGENERATE");
    if (regenerate && *regenerate == '1') {
        train(model, BACKEND_REFERENCE, losses, STEPS);
        write_curve(model, losses);
    }
    read_curve(model, expected);
    for (int backend = BACKEND_REFERENCE; backend <= BACKEND_CUDA; backend++) {
        if (!compute_backend_available((enum backend_kind)backend))
            continue;
        const int steps = backend == BACKEND_REFERENCE ? REFERENCE_STEPS : STEPS;
        train(model, (enum backend_kind)backend, losses, steps);
        double worst = 0.0;
        for (int i = 0; i < steps; i++) {
            const double difference = fabs(losses[i] - expected[i]) / expected[i];
            worst = fmax(worst, difference);
            if (!(difference <= 1e-3))
                fail_msg("%s, %s, step %d: expected %.6f, found %.6f", model,
                         compute_backend_name((enum backend_kind)backend), i + 1, expected[i], losses[i]);
        }
        print_message("%s, %s: largest relative difference %.1e\n", model,
                      compute_backend_name((enum backend_kind)backend), worst);
    }
}

static void lenet5_follows_its_curve(void **state)
{
    (void)state;
    check_model("lenet5");
}

static void mlp_follows_its_curve(void **state)
{
    (void)state;
    check_model("mlp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet5_follows_its_curve),
        cmocka_unit_test(mlp_follows_its_curve),
    };
    return cmocka_run_group_tests(tests, load_data, free_data);
}
