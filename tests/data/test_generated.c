/* Generated data, and what all data share: the split, scaling, options. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/dataset.h"
#include "data/picture.h"

static struct data *load(const char *spec)
{
    struct error err = {0};
    struct data *data = data_load(spec, &err);
    if (!data)
        fail_msg("%s: %s", spec, err.message);
    return data;
}

static bool fits_circle(float x, float y, int label)
{
    const float radius = hypotf(x, y);
    return label ? radius <= 0.4501f : radius >= 0.5999f && radius <= 0.9501f;
}

static bool fits_xor(float x, float y, int label)
{
    return fabsf(x) >= 0.0499f && fabsf(y) >= 0.0499f && fabsf(x) <= 0.9501f &&
           (x * y < 0.0f) == (label == 1);
}

/* The angle along the arm grows with the radius: 1.75 turns to 0.95. */
static bool fits_spiral(float x, float y, int label)
{
    const float pi = 3.14159265f, along = hypotf(x, y) / 0.95f;
    const float angle = atan2f(x, y) - (1.75f * along + 0.5f * (float)label) * 2.0f * pi;
    return along < 0.02f || fabsf(remainderf(angle, 2.0f * pi)) < 0.02f;
}

static bool fits_gaussians(float x, float y, int label)
{
    const float sign = label ? -1.0f : 1.0f;
    return hypotf(x - sign * 0.3889f, y - sign * 0.3889f) < 0.15f * 5.5f;
}

static void points_lie_where_they_should(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool (*fits)(float x, float y, int label);
    } sets[] = {
        {"circle", fits_circle}, {"xor", fits_xor}, {"spiral", fits_spiral}, {"gaussians", fits_gaussians}};
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        struct data *data = load(sets[s].name);
        assert_string_equal(data->name, sets[s].name);
        assert_int_equal(data->train.count, 800);
        assert_int_equal(data->test.count, 200);
        assert_int_equal(data->classes, 2);
        assert_int_equal(data->train.channels * 100 + data->train.height * 10 + data->train.width, 211);
        assert_false(dataset_has_picture(&data->train));
        int ones = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            const struct dataset *set = i < 800 ? &data->train : &data->test;
            const uint32_t n = i < 800 ? i : i - 800;
            const float x = dataset_value(set, n, 0), y = dataset_value(set, n, 1);
            if (!sets[s].fits(x, y, set->labels[n]))
                fail_msg("%s: sample %u of class %d lies at (%f, %f)", sets[s].name, i, set->labels[n],
                         (double)x, (double)y);
            ones += set->labels[n];
        }
        assert_in_range(ones, 440, 560);
        data_destroy(data);
    }
}

static void targets_follow_the_plane(void **state)
{
    (void)state;
    struct data *data = load("plane:samples=50,split=10");
    assert_int_equal(data->targets, 1);
    assert_int_equal(data->classes, 0);
    assert_int_equal(data_outputs(data), 1);
    assert_null(data->train.labels);
    assert_int_equal(data->test.count, 10);
    for (uint32_t i = 0; i < data->train.count; i++) {
        const float *x = data->train.values + 2 * i;
        assert_true(fabsf(data->train.targets[i] - 0.5f * (x[0] + x[1])) < 1e-6f);
    }
    data_destroy(data);
    data = load("random");
    assert_int_equal(data->train.channels, 10);
    data_destroy(data);
}

static void classes_and_noise_are_options(void **state)
{
    (void)state;
    struct data *data = load("spiral:classes=5,samples=500");
    assert_int_equal(data->classes, 5);
    assert_string_equal(data->class_names[4], "4");
    data_destroy(data);
    struct data *clean = load("circle:samples=4000,split=1"),
                *noisy = load("circle:samples=4000,split=1,noise=0.3");
    double squares = 0.0;
    for (size_t i = 0; i < 2 * 3999; i++) {
        const double difference = (double)(noisy->train.values[i] - clean->train.values[i]);
        squares += difference * difference;
    }
    assert_memory_equal(noisy->train.labels, clean->train.labels, 3999 * sizeof(int32_t));
    assert_true(fabs(sqrt(squares / (2 * 3999)) - 0.3) < 0.01);
    data_destroy(clean);
    data_destroy(noisy);
}

static void the_same_seed_gives_the_same_samples(void **state)
{
    (void)state;
    struct data *a = load("gaussians"), *b = load("gaussians:seed=1"), *c = load("gaussians:seed=2");
    assert_memory_equal(a->train.values, b->train.values, 800 * 2 * sizeof(float));
    assert_memory_equal(a->test.values, b->test.values, 200 * 2 * sizeof(float));
    assert_memory_not_equal(a->train.values, c->train.values, 800 * 2 * sizeof(float));
    data_destroy(a);
    data_destroy(b);
    data_destroy(c);
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Every sample is in exactly one of the two splits, whatever the split is. */
static void splits_lose_nothing(void **state)
{
    (void)state;
    static const char *const specs[] = {"xor:split=1", "xor:split=999", "xor:split=0.35", "xor:split=0.2"};
    static const uint32_t tests[] = {1, 999, 350, 200};
    float *reference = NULL;
    for (int s = 0; s < 4; s++) {
        struct data *data = load(specs[s]);
        assert_int_equal(data->test.count, tests[s]);
        assert_int_equal(data->train.count, 1000 - tests[s]);
        float *all = malloc(1000 * sizeof *all);
        for (uint32_t i = 0; i < 1000; i++)
            all[i] = i < data->train.count ? dataset_value(&data->train, i, 0)
                                           : dataset_value(&data->test, i - data->train.count, 0);
        qsort(all, 1000, sizeof *all, compare_floats);
        if (reference)
            assert_memory_equal(all, reference, 1000 * sizeof *all);
        free(reference);
        reference = all;
        data_destroy(data);
    }
    free(reference);
}

static void scaling_is_measured_on_training_samples(void **state)
{
    (void)state;
    struct data *data = load("gaussians:scale=standard");
    for (size_t feature = 0; feature < 2; feature++) {
        double sum = 0.0, squares = 0.0;
        for (uint32_t i = 0; i < 800; i++) {
            const double x = (double)dataset_value(&data->train, i, feature);
            sum += x;
            squares += x * x;
        }
        assert_true(fabs(sum / 800) < 1e-5 && fabs(squares / 800 - 1.0) < 1e-4);
    }
    data_destroy(data);
    data = load("gaussians:scale=unit");
    float least = 9.0f, most = -9.0f;
    for (uint32_t i = 0; i < 800; i++) {
        least = fminf(least, dataset_value(&data->train, i, 1));
        most = fmaxf(most, dataset_value(&data->train, i, 1));
    }
    assert_true(fabsf(least) < 1e-6f && fabsf(most - 1.0f) < 1e-6f);
    assert_non_null(strstr(data->scaling, "0 … 1"));
    data_destroy(data);
}

static void bytes_may_be_widened(void **state)
{
    (void)state;
    struct data *data = load("mnist:scale=none");
    assert_null(data->train.pixels);
    assert_true(dataset_value(&data->train, 0, 5 * 28 + 12) == 3.0f); /* the first 5's first grey pixel */
    uint8_t rgb[28 * 28 * 3];
    dataset_picture(&data->train, 0, rgb, 28 * 3);
    assert_int_equal(rgb[3 * (5 * 28 + 12)], 3); /* its values go from 0 to 255 */
    data_destroy(data);
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *expected;
    } wrong[] = {
        {"circle:split=1000", "circle: cannot keep 1000 of 1000 samples for testing"},
        {"circle:samples=1", "circle: samples: expected a whole number from 2 to 100000000, found \"1\""},
        {"circle:seed=-1", "circle: seed: expected a whole number"},
        {"circle:scale=zscore", "scale: expected auto, none, byte, unit or standard, found \"zscore\""},
        {"spiral:classes=11", "spiral: classes: expected a whole number from 2 to 10"},
        {"plane:classes=3", "plane: classes belongs to gaussians and spiral; plane has targets"},
        {"circle:split=1.5", "split: expected a share such as 0.2 or a number of samples"},
        {"circle:", "circle: \"\": expected NAME=VALUE"},
        {"circle:shape=2x1", "shape is no option of generated data; it belongs to: .npy files, an .npz file"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        assert_null(data_load(wrong[i].spec, &err));
        if (!strstr(err.message, wrong[i].expected))
            fail_msg("%s: expected \"%s\", found \"%s\"", wrong[i].spec, wrong[i].expected, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_lie_where_they_should),
        cmocka_unit_test(targets_follow_the_plane),
        cmocka_unit_test(classes_and_noise_are_options),
        cmocka_unit_test(the_same_seed_gives_the_same_samples),
        cmocka_unit_test(splits_lose_nothing),
        cmocka_unit_test(scaling_is_measured_on_training_samples),
        cmocka_unit_test(bytes_may_be_widened),
        cmocka_unit_test(wrong_options_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
