/* Predictions of an evaluation: answers, confusion, areas, dead units, and how they reach other threads. */
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "nn/metrics.h"
#include "nn/predictions.h"
#include "nn/trainer.h"
#include "synthetic.h"

enum { SIZE = 8, CLASSES = 4, TRAIN_COUNT = 64, TEST_COUNT = 150, CHANNELS = 3, NEURONS = 40 };

static const char model[] =
    "{\"layers\":["
    "{\"class_name\":\"Conv2D\",\"config\":{\"filters\":3,\"kernel_size\":3,\"activation\":\"relu\"}},"
    "{\"class_name\":\"MaxPooling2D\"},{\"class_name\":\"Flatten\"},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":40,\"activation\":\"relu\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":8,\"activation\":\"tanh\"}},"
    "{\"class_name\":\"Dense\",\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

static const char plain_model[] = "{\"layers\":[{\"class_name\":\"Flatten\"},{\"class_name\":\"Dense\","
                                  "\"config\":{\"units\":null,\"activation\":\"softmax\"}}]}";

static struct network *parse(const char *json, int classes)
{
    struct error err = {0};
    struct network *network = network_parse(json, "test", (struct shape){1, SIZE, SIZE}, classes, &err);
    if (!network)
        fail_msg("%s", err.message);
    return network;
}

/* Random outputs; every third sample leans to its label. Scores of few levels make ties. */
static void draw(float *outputs, int32_t *labels, uint32_t samples, int classes, int used_classes)
{
    for (uint32_t n = 0; n < samples; n++) {
        labels[n] = (int32_t)(rng_word(3, RNG_TEST, 0, n) % (uint32_t)used_classes);
        for (int c = 0; c < classes; c++) {
            const uint64_t at = n * (uint64_t)classes + (uint64_t)c;
            outputs[at] = floorf(rng_uniform(3, RNG_TEST, 1, at) * 20.0f) / 20.0f;
        }
        if (n % 3 != 0)
            outputs[n * (uint32_t)classes + (uint32_t)labels[n]] += 0.4f;
    }
}

static double slow_auc(const float *outputs, const int32_t *labels, uint32_t samples, int classes, int class_)
{
    double wins = 0.0, pairs = 0.0;
    for (uint32_t p = 0; p < samples; p++) {
        for (uint32_t n = 0; n < samples; n++) {
            if (labels[p] != class_ || labels[n] == class_)
                continue;
            const float a = outputs[p * (uint32_t)classes + (uint32_t)class_];
            const float b = outputs[n * (uint32_t)classes + (uint32_t)class_];
            wins += a > b ? 1.0 : a == b ? 0.5 : 0.0;
            pairs += 1.0;
        }
    }
    return wins / pairs;
}

/* Everything by its definition. Returns the mean area. */
static double check(const struct predictions *p, const float *outputs, const int32_t *labels)
{
    const uint32_t classes = (uint32_t)p->classes;
    uint32_t correct = 0, total = 0, *confusion = ls_calloc(classes * classes, sizeof *confusion);
    for (uint32_t n = 0; n < p->samples; n++) {
        const float *output = outputs + n * classes;
        uint32_t best = 0;
        for (uint32_t c = 1; c < classes; c++)
            best = output[c] > output[best] ? c : best;
        assert_int_equal(p->predicted[n], best);
        assert_true(p->confidence[n] == output[best]);
        correct += (int32_t)best == labels[n];
        confusion[(uint32_t)labels[n] * classes + best]++;
    }
    assert_int_equal(p->correct, correct);
    assert_memory_equal(p->confusion, confusion, classes * classes * sizeof *confusion);
    for (uint32_t i = 0; i < classes * classes; i++)
        total += p->confusion[i];
    assert_int_equal(total, p->samples);
    free(confusion);

    double sum = 0.0, worst = INFINITY;
    int count = 0;
    for (int c = 0; c < p->classes; c++) {
        const double auc = slow_auc(outputs, labels, p->samples, p->classes, c);
        assert_true(isnan(auc) ? isnan(p->curves[c].auc) : fabs(p->curves[c].auc - auc) < 1e-12);
        if (isnan(auc))
            continue;
        sum += auc;
        count++;
        worst = fmin(worst, auc);
    }
    assert_true(fabs(p->curves[p->worst_class].auc - worst) < 1e-12);
    return sum / count;
}

static void answers_equal_the_slow_reference(void **state)
{
    (void)state;
    enum { SAMPLES = 400, MOST_CLASSES = 7 };
    static float outputs[SAMPLES * MOST_CLASSES];
    static int32_t labels[SAMPLES];
    const int classes[] = {2, 4, 7, 5}, used[] = {2, 4, 7, 3};
    for (int i = 0; i < 4; i++) {
        struct network *network = parse(plain_model, classes[i]);
        struct predictions p;
        predictions_init(&p, network, SAMPLES);
        draw(outputs, labels, SAMPLES, classes[i], used[i]);
        predictions_compute(&p, outputs, labels);
        assert_int_equal(p.classes, classes[i]);
        assert_int_equal(p.unanswered, 0);
        assert_true(fabs(check(&p, outputs, labels) - p.mean_auc) < 1e-12);
        for (int c = 0; c < classes[i]; c++)
            assert_int_equal(p.curves[c].count > 0, c < used[i]);
        predictions_deinit(&p);
        network_destroy(network);
    }
}

/* One output y answers as the two outputs (1 − y, y) would. */
static void one_output_stands_for_two(void **state)
{
    (void)state;
    struct network *one = parse("{\"loss\":\"binary_crossentropy\",\"layers\":[{\"class_name\":\"Flatten\"},"
                                "{\"class_name\":\"Dense\",\"config\":{\"units\":1,"
                                "\"activation\":\"sigmoid\"}}]}",
                                2);
    struct network *two = parse(plain_model, 2);
    float single[TEST_COUNT], both[2 * TEST_COUNT];
    int32_t labels[TEST_COUNT];
    for (uint32_t n = 0; n < TEST_COUNT; n++) {
        labels[n] = (int32_t)(rng_word(5, RNG_TEST, 0, n) % 2);
        single[n] = 0.7f * rng_uniform(5, RNG_TEST, 1, n) + 0.3f * (float)labels[n];
        both[2 * n] = 1.0f - single[n];
        both[2 * n + 1] = single[n];
    }
    single[7] = both[14] = both[15] = NAN;
    struct predictions a, b;
    predictions_init(&a, one, TEST_COUNT);
    predictions_init(&b, two, TEST_COUNT);
    assert_int_equal(a.classes, 2);
    predictions_compute(&a, single, labels);
    predictions_compute(&b, both, labels);
    assert_memory_equal(a.predicted, b.predicted, sizeof labels);
    assert_memory_equal(a.confidence, b.confidence, sizeof single);
    assert_memory_equal(a.confusion, b.confusion, 4 * sizeof *a.confusion);
    assert_int_equal(a.correct, b.correct);
    assert_int_equal(a.unanswered, 1);
    assert_int_equal(a.predicted[7], PREDICTIONS_NO_ANSWER);
    /* The positive class alone has a curve. */
    assert_int_equal(a.curves[0].count, 0);
    assert_int_equal(a.worst_class, 1);
    assert_memory_equal(&a.curves[1], &b.curves[1], sizeof a.curves[1]);
    assert_true(a.mean_auc == b.curves[1].auc);
    /* Exactly one half is the first class, as an accuracy counts it. */
    const float half = 0.5f;
    assert_int_equal(answer_class(&half, 1), 0);
    predictions_deinit(&a);
    predictions_deinit(&b);
    network_destroy(one);
    network_destroy(two);
}

/* Two targets a sample; by hand: errors .25 + 0 + 1 + .25 and 0 + 1 + 0 + 1, spreads 5 and 0 around the means
 * 2.5 and 1. */
static void targets_have_a_coefficient_of_determination(void **state)
{
    (void)state;
    struct error err = {0};
    struct network *network = network_parse("{\"loss\":\"mean_squared_error\",\"layers\":["
                                            "{\"class_name\":\"Dense\",\"config\":{\"units\":null}}]}",
                                            "test", (struct shape){3, 1, 1}, 2, &err);
    assert_non_null(network);
    const float targets[] = {1.0f, 1.0f, 2.0f, 1.0f, 3.0f, 1.0f, 4.0f, 1.0f};
    float outputs[] = {1.5f, 1.0f, 2.0f, 2.0f, 2.0f, 1.0f, 4.5f, 0.0f};
    struct predictions p, copy = {0};
    predictions_init_targets(&p, network, 4);
    assert_int_equal(p.classes, 0);
    predictions_compute_targets(&p, outputs, targets);
    assert_true(fabs(p.r2 - (1.0 - 3.5 / 5.0)) < 1e-12);
    assert_true(fabs(p.mean_absolute_error - 4.0 / 8.0) < 1e-12);
    predictions_copy(&copy, &p);
    for (int n = 0; n < 4; n++)
        assert_true(copy.values[n] == outputs[2 * n]);
    outputs[3] = NAN;
    predictions_compute_targets(&p, outputs, targets);
    assert_true(isnan(p.r2));
    predictions_deinit(&p);
    predictions_deinit(&copy);
    network_destroy(network);
}

static void outputs_that_are_no_numbers_are_wrong(void **state)
{
    (void)state;
    struct network *network = parse(plain_model, 3);
    struct predictions p;
    predictions_init(&p, network, 4);
    float outputs[] = {NAN, 0.1f, 0.2f, 0.8f, 0.1f, NAN, 0.2f, 0.7f, 0.1f, 0.1f, 0.2f, INFINITY};
    const int32_t labels[] = {0, 0, 1, 2};
    predictions_compute(&p, outputs, labels);
    assert_int_equal(p.correct, 2);
    assert_int_equal(p.unanswered, 2);
    assert_int_equal(p.predicted[0], PREDICTIONS_NO_ANSWER);
    assert_int_equal(p.predicted[1], PREDICTIONS_NO_ANSWER);
    assert_int_equal(p.confusion[0] + p.confusion[1] + p.confusion[2], 0);
    assert_int_equal(p.confusion[4], 1);
    assert_int_equal(p.confusion[8], 1);
    assert_true(p.curves[0].auc == 0.0 && p.curves[1].auc == 1.0 && p.worst_class == 0);

    for (int i = 0; i < 12; i++)
        outputs[i] = NAN;
    predictions_compute(&p, outputs, labels);
    assert_int_equal(p.unanswered, 4);
    assert_int_equal(p.correct, 0);
    assert_true(p.mean_auc == 0.5);
    predictions_deinit(&p);
    network_destroy(network);
}

static struct trainer *create(const struct network *network, const struct data *data, int batch)
{
    struct error err = {0};
    const struct trainer_desc desc = {
        .network = network, .data = data, .backend = BACKEND_CPU, .batch = batch, .threads = 2, .seed = 1};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    return trainer;
}

static void an_evaluation_publishes_its_answers(void **state)
{
    (void)state;
    struct data *data = synthetic_create(SIZE, CLASSES, TRAIN_COUNT, TEST_COUNT);
    struct network *network = parse(model, CLASSES);
    struct trainer *trainer = create(network, data, 16);
    struct predictions p = {0};
    assert_false(metrics_read_predictions(trainer_metrics(trainer), &p));
    for (int i = 0; i < 3; i++) {
        struct step_sample step;
        trainer_step(trainer, &step);
    }
    struct evaluation_sample evaluation;
    trainer_evaluate(trainer, &evaluation);
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_false(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_true(p.version == 1 && p.step == 3 && p.samples == TEST_COUNT);
    assert_true(evaluation.accuracy == (float)p.correct / TEST_COUNT);

    const struct compute_batch batch = {.data = 1, .count = TEST_COUNT};
    float *outputs = ls_calloc(TEST_COUNT * CLASSES, sizeof *outputs);
    struct batch_metrics metrics;
    compute_evaluate(trainer_compute(trainer), &batch, &metrics, outputs);
    check(&p, outputs, data->test.labels);
    assert_int_equal(p.correct, metrics.correct);

    trainer_evaluate(trainer, &evaluation);
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_true(p.version == 2 && p.step == 3);

    /* Of a run that is over nothing stays, neither for who has read it nor for who comes later. */
    trainer_restart(trainer);
    struct predictions late = {0};
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_true(p.version == 0);
    assert_false(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_false(metrics_read_predictions(trainer_metrics(trainer), &late));
    trainer_evaluate(trainer, &evaluation);
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &p));
    assert_true(metrics_read_predictions(trainer_metrics(trainer), &late));
    assert_true(p.version > 0 && p.step == 0 && late.version == p.version);
    predictions_deinit(&late);
    free(outputs);
    predictions_deinit(&p);
    trainer_destroy(trainer);
    network_destroy(network);
    synthetic_destroy(data);
}

/* By the probe, one sample after the other. */
static bool is_dead(struct trainer *trainer, const struct layer *layer, int unit)
{
    static float values[4096];
    const size_t plane = (size_t)layer->output.height * (size_t)layer->output.width;
    for (uint32_t n = 0; n < TEST_COUNT; n++) {
        trainer_set_probe(trainer, n);
        struct batch_metrics metrics;
        trainer_run_probe(trainer, &metrics);
        compute_read_tensor(trainer_compute(trainer), COMPUTE_PROBE, layer->tensor, values);
        for (size_t i = 0; i < plane; i++)
            if (values[(size_t)unit * plane + i] != 0.0f)
                return false;
    }
    return true;
}

/* Biases far below zero kill channel 1 and every fifth neuron; others may die by themselves. Neuron 7 lives
 * on a NaN. */
static void dead_units_are_found(void **state)
{
    (void)state;
    struct data *data = synthetic_create(SIZE, CLASSES, TRAIN_COUNT, TEST_COUNT);
    struct network *network = parse(model, CLASSES);
    const struct layer *conv = &network->layers[1], *dense = &network->layers[4];
    const int batches[] = {16, 64, 7};
    for (int i = 0; i < 3; i++) {
        struct trainer *trainer = create(network, data, batches[i]);
        float *parameters = ls_calloc(network->program.parameter_count, sizeof *parameters);
        trainer_read_parameters(trainer, parameters);
        parameters[conv->parameters[1].offset + 1] = -1e6f;
        for (size_t n = 0; n < NEURONS; n += 5)
            parameters[dense->parameters[1].offset + n] = -1e6f;
        parameters[dense->parameters[1].offset + 7] = NAN;
        compute_write_parameters(trainer_compute(trainer), parameters);
        struct evaluation_sample evaluation;
        trainer_evaluate(trainer, &evaluation);
        struct predictions p = {0};
        assert_true(metrics_read_predictions(trainer_metrics(trainer), &p));
        assert_int_equal(p.dead_samples, TEST_COUNT);
        assert_int_equal(p.layers, network->layer_count);
        int channels = 0, neurons = 0;
        for (int unit = 0; unit < CHANNELS; unit++) {
            const bool dead = is_dead(trainer, conv, unit);
            assert_int_equal(predictions_is_dead(&p, 1, unit), dead);
            channels += dead;
        }
        for (int unit = 0; unit < NEURONS; unit++) {
            const bool dead = is_dead(trainer, dense, unit);
            assert_int_equal(predictions_is_dead(&p, 4, unit), dead);
            neurons += dead;
        }
        assert_true(channels >= 1 && channels < CHANNELS && neurons >= 8 && neurons < NEURONS);
        assert_int_equal(predictions_dead_count(&p, 1), channels);
        assert_int_equal(predictions_dead_count(&p, 4), neurons);
        for (int layer = 0; layer < network->layer_count; layer++)
            assert_int_equal(predictions_dead_count(&p, layer) >= 0, layer == 1 || layer == 4);
        predictions_deinit(&p);
        free(parameters);
        trainer_destroy(trainer);
    }
    network_destroy(network);
    synthetic_destroy(data);
}

enum { PUBLISHED = 300, HANDED_SAMPLES = 500 };

struct hand_over {
    struct metrics *metrics;
    struct network *network;
};

/* Every array of version v says v. */
static void *publish_many(void *argument)
{
    const struct hand_over *h = argument;
    struct predictions p;
    predictions_init(&p, h->network, HANDED_SAMPLES);
    for (uint32_t v = 1; v <= PUBLISHED; v++) {
        p.step = v;
        for (uint32_t n = 0; n < HANDED_SAMPLES; n++) {
            p.predicted[n] = (int32_t)v;
            p.confidence[n] = (float)v;
        }
        p.confusion[CLASSES * CLASSES - 1] = v;
        p.curves[CLASSES - 1].auc = v;
        metrics_publish_predictions(h->metrics, &p);
    }
    predictions_deinit(&p);
    return NULL;
}

static void readers_see_whole_evaluations(void **state)
{
    (void)state;
    struct hand_over h = {metrics_create(), parse(model, CLASSES)};
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, publish_many, &h), 0);
    struct predictions p = {0};
    uint64_t last = 0;
    while (last < PUBLISHED) {
        if (!metrics_read_predictions(h.metrics, &p))
            continue;
        assert_true(p.version > last && p.version == p.step);
        last = p.version;
        for (uint32_t n = 0; n < HANDED_SAMPLES; n++)
            assert_true(p.predicted[n] == (int32_t)last && p.confidence[n] == (float)last);
        assert_int_equal(p.confusion[CLASSES * CLASSES - 1], last);
        assert_true(p.curves[CLASSES - 1].auc == (double)last);
    }
    pthread_join(writer, NULL);
    predictions_deinit(&p);
    network_destroy(h.network);
    metrics_destroy(h.metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_the_slow_reference),
        cmocka_unit_test(one_output_stands_for_two),
        cmocka_unit_test(targets_have_a_coefficient_of_determination),
        cmocka_unit_test(outputs_that_are_no_numbers_are_wrong),
        cmocka_unit_test(an_evaluation_publishes_its_answers),
        cmocka_unit_test(dead_units_are_found),
        cmocka_unit_test(readers_see_whole_evaluations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
