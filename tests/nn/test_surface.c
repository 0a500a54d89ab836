/* A network's answers over the plane of its samples: which plane, which answers, and that asking for them
 * leaves training alone. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "fake_publisher.h"
#include "nn/training_thread.h"

static const char plane_model[] =
    "{\"loss\":\"categorical_crossentropy\",\"layers\":["
    "{\"class_name\":\"Dense\",\"config\":{\"units\":8,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";
static const char line_model[] =
    "{\"loss\":\"mean_squared_error\",\"layers\":["
    "{\"class_name\":\"Dense\",\"config\":{\"units\":8,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null}}]}";

struct world {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
};

static void world_init(struct world *w, const char *data, const char *model, enum backend_kind backend)
{
    struct error err = {0};
    w->data = data_load(data, &err);
    if (!w->data)
        fail_msg("%s", err.message);
    const struct dataset *train = &w->data->train;
    w->network = network_parse(model, "test", (struct shape){train->channels, train->height, train->width},
                               data_outputs(w->data), &err);
    if (!w->network)
        fail_msg("%s", err.message);
    const struct trainer_desc desc = {.network = w->network,
                                      .data = w->data,
                                      .backend = backend,
                                      .batch = 16,
                                      .threads = 1,
                                      .optimizer = {.kind = OPTIMIZER_ADAM}};
    w->trainer = trainer_create(&desc, &err);
    if (!w->trainer)
        fail_msg("%s", err.message);
}

static void world_deinit(struct world *w)
{
    trainer_destroy(w->trainer);
    network_destroy(w->network);
    data_destroy(w->data);
}

static void the_plane_holds_all_samples(void **state)
{
    (void)state;
    static const char *const sets[] = {"circle", "xor:noise=0.3", "gaussians:classes=5", "plane"};
    for (int i = 0; i < 4; i++) {
        struct world w;
        world_init(&w, sets[i], i == 3 ? line_model : plane_model, BACKEND_CPU);
        struct surface surface;
        surface_init(&surface, w.data, w.network);
        assert_int_equal(surface.inputs, 2);
        assert_int_equal(surface.columns, SURFACE_SIDE_MOST);
        assert_int_equal(surface.rows, SURFACE_SIDE_MOST);
        assert_int_equal(surface.outputs, data_outputs(w.data));
        for (int axis = 0; axis < 2; axis++)
            for (uint32_t n = 0; n < w.data->test.count; n++) {
                const double x = (double)dataset_value(&w.data->test, n, (size_t)axis);
                assert_true(x > surface.low[axis] && x < surface.high[axis]);
            }
        /* A circle is a circle. */
        assert_true(fabs((surface.high[0] - surface.low[0]) - (surface.high[1] - surface.low[1])) < 1e-9);
        surface_deinit(&surface);
        world_deinit(&w);
    }
}

/* What one and the same batch of samples gives, each place by itself. */
static void places_have_the_answers_of_their_samples(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "spiral:samples=200,classes=3", plane_model, BACKEND_CPU);
    struct step_sample sample;
    for (int i = 0; i < 20; i++)
        trainer_step(w.trainer, &sample);
    assert_true(trainer_survey(w.trainer));
    assert_false(trainer_survey(w.trainer));
    struct surface surface = {0};
    assert_true(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    assert_false(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    assert_int_equal(surface.step, 20);
    assert_int_equal(surface.version, 1);
    static const int places[][2] = {{0, 0}, {63, 0}, {0, 63}, {63, 63}, {31, 7}, {12, 50}};
    struct compute *compute = trainer_compute(w.trainer);
    float inputs[6][2], outputs[6][3];
    int32_t labels[6] = {0};
    for (int i = 0; i < 6; i++) {
        inputs[i][0] = (float)surface_place(&surface, 0, places[i][1]);
        inputs[i][1] = (float)surface_place(&surface, 1, places[i][0]);
    }
    const struct compute_data data = {.count = 6, .values = inputs[0], .labels = labels};
    const struct compute_batch batch = {.data = compute_bind_data(compute, &data), .count = 6};
    struct batch_metrics metrics;
    compute_evaluate(compute, &batch, &metrics, outputs[0]);
    compute_sync(compute);
    for (int i = 0; i < 6; i++)
        for (int c = 0; c < 3; c++)
            assert_true(fabsf(surface_at(&surface, places[i][0], places[i][1])[c] - outputs[i][c]) < 1e-6f);
    surface_deinit(&surface);
    world_deinit(&w);
}

static void surveys_leave_training_alone(void **state)
{
    (void)state;
    struct world a, b;
    world_init(&a, "xor:samples=100", plane_model, BACKEND_CPU);
    world_init(&b, "xor:samples=100", plane_model, BACKEND_CPU);
    const size_t count = a.network->program.parameter_count;
    float *of_a = ls_calloc(count, sizeof *of_a), *of_b = ls_calloc(count, sizeof *of_b);
    for (int i = 0; i < 12; i++) {
        struct step_sample sa, sb;
        trainer_step(a.trainer, &sa);
        trainer_step(b.trainer, &sb);
        assert_true(trainer_survey(a.trainer));
        assert_memory_equal(&sa, &sb, sizeof sa);
        compute_read_parameter_gradients(trainer_compute(a.trainer), COMPUTE_TRAIN, of_a);
        compute_read_parameter_gradients(trainer_compute(b.trainer), COMPUTE_TRAIN, of_b);
        compute_sync(trainer_compute(a.trainer));
        compute_sync(trainer_compute(b.trainer));
        assert_memory_equal(of_a, of_b, count * sizeof *of_a);
    }
    trainer_read_parameters(a.trainer, of_a);
    trainer_read_parameters(b.trainer, of_b);
    assert_memory_equal(of_a, of_b, count * sizeof *of_a);
    free(of_a);
    free(of_b);
    world_deinit(&a);
    world_deinit(&b);
}

/* The parameters change without a step: what was shown is no longer true. */
static void a_restart_asks_anew(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "circle:samples=100", plane_model, BACKEND_CPU);
    assert_true(trainer_survey(w.trainer));
    assert_false(trainer_survey(w.trainer));
    struct surface surface = {0};
    assert_true(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    trainer_restart(w.trainer);
    assert_true(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    assert_true(surface.version == 0);
    assert_false(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    assert_true(trainer_survey(w.trainer));
    assert_true(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    assert_true(surface.version > 0);
    surface_deinit(&surface);
    world_deinit(&w);
}

/* R² of the test split, and of a batch against the variance of all training targets. */
static void targets_are_scored(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "plane:samples=200", line_model, BACKEND_CPU);
    struct step_sample sample;
    struct evaluation_sample evaluation;
    for (int i = 0; i < 150; i++)
        trainer_step(w.trainer, &sample);
    trainer_evaluate(w.trainer, &evaluation);
    const struct dataset *const splits[] = {&w.data->train, &w.data->test};
    double variance[2] = {0.0, 0.0};
    for (int i = 0; i < 2; i++) {
        double mean = 0.0;
        for (uint32_t n = 0; n < splits[i]->count; n++)
            mean += (double)splits[i]->targets[n] / splits[i]->count;
        for (uint32_t n = 0; n < splits[i]->count; n++)
            variance[i] += pow((double)splits[i]->targets[n] - mean, 2.0) / splits[i]->count;
    }
    assert_true(isnan(sample.accuracy) && isnan(evaluation.accuracy));
    assert_true(fabs((double)sample.r2 - (1.0 - (double)sample.loss / variance[0])) < 1e-5);
    assert_true(fabs((double)evaluation.r2 - (1.0 - (double)evaluation.loss / variance[1])) < 1e-5);
    assert_true(isfinite(evaluation.r2) && evaluation.r2 < 1.0f);
    struct predictions predictions = {0};
    assert_true(metrics_read_predictions(trainer_metrics(w.trainer), &predictions));
    assert_true((float)predictions.r2 == evaluation.r2);
    predictions_deinit(&predictions);
    world_deinit(&w);
}

/* Whoever asks for a snapshot gets a surface, too, and while training rests that of the last step. */
static void the_trainers_thread_makes_surfaces(void **state)
{
    (void)state;
    struct world w;
    struct error err = {0};
    struct fake_publisher fake;
    struct surface surface = {0};
    world_init(&w, "circle:samples=100", plane_model, BACKEND_CPU);
    fake_publisher_init(&fake, trainer_snapshot_layout(w.trainer), 1);
    struct training_thread *thread = training_thread_create(w.trainer, &fake.publisher, false, 30, &err);
    assert_non_null(thread);
    while (surface.version == 0 || surface.step < 30) {
        training_thread_request_publish(thread);
        metrics_read_surface(trainer_metrics(w.trainer), &surface);
        clock_sleep(1e-3);
    }
    assert_int_equal(surface.step, 30);
    training_thread_destroy(thread);
    surface_deinit(&surface);
    fake_publisher_deinit(&fake);
    world_deinit(&w);
}

static void samples_of_many_values_have_none(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, "random:samples=50", line_model, BACKEND_CPU);
    assert_false(trainer_survey(w.trainer));
    struct surface surface = {0};
    assert_false(metrics_read_surface(trainer_metrics(w.trainer), &surface));
    world_deinit(&w);
}

static void costly_networks_get_a_coarser_grid(void **state)
{
    (void)state;
    struct world w;
    struct error err = {0};
    world_init(&w, "circle:samples=50", plane_model, BACKEND_CPU);
    struct network *large = network_parse(
        "{\"layers\":[{\"class_name\":\"Dense\",\"config\":{\"units\":400,\"activation\":\"relu\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":400,\"activation\":\"relu\"}},"
        "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}",
        "test", (struct shape){2, 1, 1}, 2, &err);
    struct surface surface;
    surface_init(&surface, w.data, large);
    const double products = (double)large->program.parameter_count * (double)surface_places(&surface);
    assert_true(surface.rows < SURFACE_SIDE_MOST && surface.rows >= 24 && products <= 268435456.0);
    surface_deinit(&surface);
    network_destroy(large);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plane_holds_all_samples),
        cmocka_unit_test(places_have_the_answers_of_their_samples),
        cmocka_unit_test(surveys_leave_training_alone),
        cmocka_unit_test(a_restart_asks_anew),
        cmocka_unit_test(targets_are_scored),
        cmocka_unit_test(the_trainers_thread_makes_surfaces),
        cmocka_unit_test(samples_of_many_values_have_none),
        cmocka_unit_test(costly_networks_get_a_coarser_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
