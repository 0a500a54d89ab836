/* The curves of plots, drawn without a display and read back. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "canvas.h"
#include "view/plot.h"

enum { WIDTH = 400, HEIGHT = 300 };

static const struct color ink = {0.2f, 0.8f, 0.4f, 1.0f}, test_ink = {0.9f, 0.6f, 0.0f, 1.0f},
                          panel = {0, 0, 0, 1};

static struct plot_frame plot_frame_of(double steps, double low, double high, enum plot_series series)
{
    return (struct plot_frame){
        .width = WIDTH,
        .height = HEIGHT,
        .scale = 1.0f,
        .area = {50.0f, 40.0f, 300.0f, 200.0f},
        .series = series,
        .steps = {0.0, steps, false},
        .values = {low, high, false},
        .train = ink,
        .test = test_ink,
        .panel = panel,
    };
}

/* One sample per step, 300 steps over 300 pixels. */
static void plot_lines_gaps_and_edges(void **state)
{
    (void)state;
    struct error err = {0};
    struct metrics *metrics = metrics_create();
    for (uint32_t step = 1; step <= 300; step++)
        canvas_append(metrics, step, step > 100 && step <= 150 ? NAN : step > 200 ? 1e6f : 5.0f);
    struct plot *plot = plot_create(&err);
    assert_non_null(plot);
    assert_true(plot_update(plot, metrics, &(struct plot_smoothing){.beta = PLOT_BETA}));
    assert_false(plot_update(plot, metrics, &(struct plot_smoothing){.beta = PLOT_BETA}));

    struct canvas canvas;
    canvas_init(&canvas, WIDTH, HEIGHT);
    canvas_begin(&canvas);
    const struct plot_frame frame = plot_frame_of(300, 0, 10, PLOT_LOSS);
    plot_draw(plot, &frame);
    canvas_end(&canvas);

    for (int step = 5; step <= 195; step++) {
        const int x = 50 + step;
        if (step > 105 && step < 145) {
            for (int y = 0; y < HEIGHT; y++)
                assert_true(canvas_is_backdrop(&canvas, x, y));
        } else if (step < 95 || step > 155) {
            assert_true(canvas_is_color(&canvas, x, 140, ink) || canvas_is_color(&canvas, x, 139, ink));
            assert_true(canvas_is_backdrop(&canvas, x, 150));
            assert_true(canvas_is_backdrop(&canvas, x, 130));
        }
    }
    /* A million lies far above the axis: cut off there, not drawn along its edge. */
    for (int step = 205; step <= 295; step++) {
        for (int y = 0; y < HEIGHT; y++)
            assert_true(canvas_is_backdrop(&canvas, 50 + step, y));
    }
    for (int y = 0; y < 40; y++) {
        for (int x = 0; x < WIDTH; x++)
            assert_true(canvas_is_backdrop(&canvas, x, y));
    }
    canvas_deinit(&canvas);
    plot_destroy(plot);
    metrics_destroy(metrics);
}

/* One step alone, and one between gaps, are dots. */
static void plot_single_steps_show(void **state)
{
    (void)state;
    struct error err = {0};
    for (int gaps = 0; gaps < 2; gaps++) {
        struct metrics *metrics = metrics_create();
        if (gaps)
            canvas_append(metrics, 1, NAN);
        canvas_append(metrics, gaps ? 2 : 1, 5.0f);
        if (gaps)
            canvas_append(metrics, 3, NAN);
        struct plot *plot = plot_create(&err);
        assert_non_null(plot);
        plot_update(plot, metrics, &(struct plot_smoothing){.beta = PLOT_BETA});
        struct canvas canvas;
        canvas_init(&canvas, WIDTH, HEIGHT);
        canvas_begin(&canvas);
        const struct plot_frame frame = plot_frame_of(10, 0, 10, PLOT_LOSS);
        plot_draw(plot, &frame);
        canvas_end(&canvas);
        const int x = gaps ? 110 : 80;
        assert_true(canvas_is_color(&canvas, x, 140, ink));
        assert_true(canvas_is_backdrop(&canvas, x + 5, 140) && canvas_is_backdrop(&canvas, x - 5, 140));
        canvas_deinit(&canvas);
        plot_destroy(plot);
        metrics_destroy(metrics);
    }
}

/* Far more steps than pixels: each column shows its minimum and maximum, a single outlier among them. */
static void plot_bars_keep_outliers(void **state)
{
    (void)state;
    struct error err = {0};
    struct metrics *metrics = metrics_create();
    for (uint32_t step = 1; step <= 60000; step++)
        canvas_append(metrics, step, step == 30050 ? 9.0f : step % 2 == 0 ? 2.0f : 4.0f);
    struct plot *plot = plot_create(&err);
    assert_non_null(plot);
    plot_update(plot, metrics, &(struct plot_smoothing){.beta = PLOT_BETA});
    struct canvas canvas;
    canvas_init(&canvas, WIDTH, HEIGHT);
    canvas_begin(&canvas);
    const struct plot_frame frame = plot_frame_of(60000, 0, 10, PLOT_LOSS);
    plot_draw(plot, &frame);
    canvas_end(&canvas);
    int outliers = 0;
    const struct color faint = {PLOT_RAW_INK * ink.r, PLOT_RAW_INK * ink.g, PLOT_RAW_INK * ink.b, 1.0f};
    for (int x = 55; x < 345; x++) {
        assert_true(canvas_is_color(&canvas, x, 190, faint));
        assert_true(canvas_is_color(&canvas, x, 170, faint));
        assert_true(canvas_is_backdrop(&canvas, x, 210));
        outliers += canvas_is_color(&canvas, x, 80, faint);
    }
    assert_in_range(outliers, 1, 2);
    assert_true(canvas_is_color(&canvas, 200, 80, faint) || canvas_is_color(&canvas, 199, 80, faint) ||
                canvas_is_color(&canvas, 201, 80, faint));
    canvas_deinit(&canvas);
    plot_destroy(plot);
    metrics_destroy(metrics);
}

/* Shares of the line between two evaluations that are inked and empty. In grey the colours of train and
 * test are alike; a solid line and a dashed one with dots are not. */
static void check_dashes(const struct canvas *canvas, double high)
{
    int inked = 0, empty = 0;
    for (int x = 160; x < 240; x++) {
        const double value = 4.0 - 2.0 * (double)(x - 150) / 100.0;
        const int y = 240 - (int)lround(200.0 * value / high);
        bool any = false, all_empty = true;
        for (int dy = -1; dy <= 1; dy++) {
            any = any || canvas_is_color(canvas, x, y + dy, test_ink);
            all_empty = all_empty && canvas_is_backdrop(canvas, x, y + dy);
        }
        inked += any;
        empty += all_empty;
    }
    assert_in_range(inked, 25, 60);
    assert_in_range(empty, 15, 50);
}

static void plot_dots_stand_at_evaluations(void **state)
{
    (void)state;
    struct error err = {0};
    struct metrics *metrics = metrics_create();
    for (uint32_t step = 1; step <= 300; step++)
        canvas_append(metrics, step, 0.5f);
    const struct evaluation_sample evaluations[] = {
        {0, 8.0f, 0.1f, NAN}, {100, 4.0f, 0.5f, NAN}, {200, 2.0f, 0.75f, NAN}};
    for (int i = 0; i < 3; i++)
        metrics_append_evaluation(metrics, &evaluations[i]);
    struct plot *plot = plot_create(&err);
    assert_non_null(plot);
    plot_update(plot, metrics, &(struct plot_smoothing){.beta = PLOT_BETA});
    struct canvas canvas;
    canvas_init(&canvas, WIDTH, HEIGHT);
    for (int series = PLOT_LOSS; series <= PLOT_ACCURACY; series++) {
        canvas_begin(&canvas);
        const double high = series == PLOT_LOSS ? 10.0 : 1.0;
        const struct plot_frame frame = plot_frame_of(300, 0, high, (enum plot_series)series);
        plot_draw(plot, &frame);
        canvas_end(&canvas);
        for (int i = 0; i < 3; i++) {
            const double value =
                (double)(series == PLOT_LOSS ? evaluations[i].loss : evaluations[i].accuracy);
            const int x = 50 + (int)evaluations[i].step, y = 240 - (int)lround(200.0 * value / high);
            assert_true(canvas_is_color(&canvas, x, y, test_ink));
            assert_true(canvas_is_color(&canvas, x, y - 2, test_ink));
        }
        if (series == PLOT_LOSS)
            check_dashes(&canvas, high);
    }
    canvas_deinit(&canvas);
    plot_destroy(plot);
    metrics_destroy(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plot_lines_gaps_and_edges),
        cmocka_unit_test(plot_single_steps_show),
        cmocka_unit_test(plot_bars_keep_outliers),
        cmocka_unit_test(plot_dots_stand_at_evaluations),
    };
    return cmocka_run_group_tests(tests, canvas_open_context, canvas_close_context);
}
