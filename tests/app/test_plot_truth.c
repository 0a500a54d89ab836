/* The curves of a screenshot against the log of the same run (`train --log`): where they are, that they are
 * nowhere else, and that training and test can be told apart without colour. */
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "media/png.h"
#include "view/plot.h"
#include "view/theme.h"
#include "workplace.h"

enum { STEPS = 400, COLUMNS = 4 };

static const double TOLERANCE_PX = 1.5;

/* The log: loss, accuracy, learning rate and gradient norm of each step; the last row has the evaluation. */
static double logged[STEPS][COLUMNS], evaluated[2];

static void read_log(const char *model)
{
    char *command =
        ls_sprintf("$LAYERSCOPE train --steps %d --model %s --log run.csv --quiet --overwrite", STEPS, model);
    workplace_expect(0, NULL, command);
    free(command);
    char *text = workplace_read("run.csv"), *rest = text;
    strsep(&rest, "\n");
    int rows = 0;
    for (char *line; rows < STEPS && (line = strsep(&rest, "\n")) && *line; rows++) {
        double *row = logged[rows];
        const int got = sscanf(line, "%*u,%*f,%lf,%lf,%lf,%lf,%lf,%lf", &row[0], &row[1], &row[2], &row[3],
                               &evaluated[0], &evaluated[1]);
        assert_int_equal(got, rows + 1 == STEPS ? 6 : 4);
    }
    assert_int_equal(rows, STEPS);
    free(text);
}

struct plot {
    const char *series;
    int column;
    double left, top, width, height, first, last, low, high;
    bool logarithmic;
};

struct shown {
    cJSON *json;
    uint8_t *pixels;
    int width, height;
    double beta;
};

static double member(const cJSON *item, const char *name, int index)
{
    const cJSON *number = cJSON_GetArrayItem(cJSON_GetObjectItem(item, name), index);
    if (!cJSON_IsNumber(number))
        fail_msg("\"%s\" is missing", name);
    return number->valuedouble;
}

static struct plot find_plot(const struct shown *shown, const char *series, int column)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(shown->json, "plots"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "series"));
        if (name && strcmp(name, series) == 0)
            return (struct plot){series,
                                 column,
                                 member(item, "area", 0),
                                 member(item, "area", 1),
                                 member(item, "area", 2),
                                 member(item, "area", 3),
                                 member(item, "steps", 0),
                                 member(item, "steps", 1),
                                 member(item, "values", 0),
                                 member(item, "values", 1),
                                 cJSON_IsTrue(cJSON_GetObjectItem(item, "logarithmic"))};
    }
    fail_msg("no plot of %s", series);
    return (struct plot){0};
}

static void show(struct shown *shown, const char *model, const char *theme)
{
    char *command =
        ls_sprintf("$LAYERSCOPE screenshot p.png --size 1920x1080 --hud full --steps %d --model %s "
                   "--theme %s --json p.json --overwrite --quiet",
                   STEPS, model, theme);
    workplace_expect(0, NULL, command);
    free(command);
    struct error err = {0};
    char *text = workplace_read("p.json"), *path = ls_sprintf("%s/p.png", workplace_path());
    shown->json = cJSON_Parse(text);
    shown->pixels = png_read(path, &shown->width, &shown->height, &err);
    if (!shown->json || !shown->pixels)
        fail_msg("p.json or p.png cannot be read: %s", err.message);
    const cJSON *beta = cJSON_GetObjectItem(shown->json, "smoothing");
    assert_true(cJSON_IsNumber(beta));
    shown->beta = beta->valuedouble;
    free(text);
    free(path);
}

static void forget(struct shown *shown)
{
    cJSON_Delete(shown->json);
    free(shown->pixels);
}

static double place_x(const struct plot *plot, double step)
{
    return plot->left + (step - plot->first) / (plot->last - plot->first) * plot->width;
}

static double place_y(const struct plot *plot, double value)
{
    const double t = plot->logarithmic ? log(value / plot->low) / log(plot->high / plot->low)
                                       : (value - plot->low) / (plot->high - plot->low);
    return plot->top + (1.0 - t) * plot->height;
}

/* Of the largest channel, 0 … 255. */
static int away(const struct shown *shown, int x, int y, struct color color)
{
    const uint8_t *p = shown->pixels + 4 * ((size_t)y * (size_t)shown->width + (size_t)x);
    const float wanted[] = {color.r, color.g, color.b};
    int largest = 0;
    for (int i = 0; i < 3; i++) {
        const int difference = abs((int)p[i] - (int)lroundf(255.0f * wanted[i]));
        largest = difference > largest ? difference : largest;
    }
    return largest;
}

/* Whether a pixel of that colour is within the tolerance of (x, y), straight above or below. */
static bool stands_at(const struct shown *shown, double x, double y, struct color color)
{
    for (int row = (int)floor(y - TOLERANCE_PX); row <= (int)floor(y + TOLERANCE_PX); row++)
        if (fabs(row + 0.5 - y) <= TOLERANCE_PX + 0.5 && away(shown, (int)x, row, color) < 24)
            return true;
    return false;
}

/* In the scale of the axis. */
static void smooth(const struct shown *shown, const struct plot *plot, double out[STEPS])
{
    double sum = 0.0, weight = 0.0;
    for (int i = 0; i < STEPS; i++) {
        const double value = logged[i][plot->column];
        sum = shown->beta * sum + (1.0 - shown->beta) * (plot->logarithmic ? log(value) : value);
        weight = shown->beta * weight + (1.0 - shown->beta);
        out[i] = plot->logarithmic ? exp(sum / weight) : sum / weight;
    }
}

static struct color series_color(const struct theme *theme, int column)
{
    const struct color colors[COLUMNS] = {theme->train, theme->train, theme->learning_rate, theme->gradient};
    return colors[column];
}

/* Dots and dashes of the evaluations lie over the curve. */
static bool is_covered(const struct shown *shown, const struct plot *plot, double x, double y,
                       const struct theme *theme)
{
    for (int row = (int)y - 6; row <= (int)y + 6; row++)
        for (int column = (int)x - 2; column <= (int)x + 2; column++)
            if (plot->column < 2 && away(shown, column, row, theme->test) < 60)
                return true;
    return false;
}

/* At every step that the axis holds, the thick line runs through the logged value. */
static void check_curve(const struct shown *shown, const struct plot *plot, const struct theme *theme)
{
    double mean[STEPS];
    int seen = 0;
    smooth(shown, plot, mean);
    for (int step = 3; step < STEPS; step++) {
        const double value = plot->column == 2 ? logged[step - 1][2] : mean[step - 1];
        const double x = place_x(plot, step), y = place_y(plot, value);
        if (y < plot->top + 3.0 || y > plot->top + plot->height - 3.0 || is_covered(shown, plot, x, y, theme))
            continue;
        seen++;
        if (!stands_at(shown, x, y, series_color(theme, plot->column)))
            fail_msg("%s at step %d: no curve at %.1f, %.1f", plot->series, step, x, y);
    }
    if (seen < STEPS / 8)
        fail_msg("%s: only %d steps can be seen", plot->series, seen);
}

/* Nothing of the curve's colour is anywhere else between the axes, but for the key above the loss. */
static void check_rest(const struct shown *shown, const struct plot *plot, const struct theme *theme)
{
    double mean[STEPS];
    smooth(shown, plot, mean);
    const struct color color = series_color(theme, plot->column);
    for (int x = (int)plot->left + 12; x < (int)(plot->left + plot->width) - 1; x++) {
        double low = INFINITY, high = -INFINITY;
        for (int step = 1; step <= STEPS; step++) {
            if (fabs(place_x(plot, step) - (x + 0.5)) > 2.5)
                continue;
            const double y = place_y(plot, plot->column == 2 ? logged[step - 1][2] : mean[step - 1]);
            low = fmin(low, y);
            high = fmax(high, y);
        }
        for (int y = (int)plot->top; y < (int)(plot->top + plot->height); y++) {
            const bool key =
                plot->column == 0 && y < plot->top + 36.0 && x > plot->left + plot->width - 140.0;
            if (key || away(shown, x, y, color) > 12)
                continue;
            if (y + 0.5 < low - 3.0 || y + 0.5 > high + 3.0)
                fail_msg("%s: a curve at %d, %d; the log says %.1f … %.1f", plot->series, x, y, low, high);
        }
    }
}

/* The thin line of single steps: a share of the ink, or what lies over it. */
static void check_raw(const struct shown *shown, const struct plot *plot, const struct theme *theme)
{
    const struct color ink = series_color(theme, plot->column), panel = theme->panel;
    const struct color faint = {panel.r + PLOT_RAW_INK * (ink.r - panel.r),
                                panel.g + PLOT_RAW_INK * (ink.g - panel.g),
                                panel.b + PLOT_RAW_INK * (ink.b - panel.b), 1.0f};
    int seen = 0, found = 0;
    for (int step = 3; step < STEPS; step++) {
        const double x = place_x(plot, step), y = place_y(plot, logged[step - 1][plot->column]);
        if (y < plot->top + 2.0 || y > plot->top + plot->height - 2.0)
            continue;
        seen++;
        found += stands_at(shown, x, y, faint) || stands_at(shown, x, y, ink) ||
                 stands_at(shown, x, y, theme->test);
    }
    assert_true(seen > STEPS / 4);
    if (found < 0.97 * seen)
        fail_msg("%s: %d of %d raw values are drawn", plot->series, found, seen);
}

/* The last evaluation is a dot at its logged value; the line to it has gaps, the training line has none. */
static void check_test(const struct shown *shown, const struct plot *plot, const struct theme *theme)
{
    const double x = place_x(plot, STEPS), y = place_y(plot, evaluated[plot->column]);
    for (int dx = -2; dx <= 1; dx++)
        for (int dy = -2; dy <= 1; dy++)
            assert_true(away(shown, (int)round(x) + dx, (int)round(y) + dy, theme->test) < 24);
    int dashes = 0, gaps = 0;
    bool on = true;
    for (int column = (int)x - 8; column > (int)x - 110; column--) {
        bool inked = false;
        for (int row = (int)plot->top; row < (int)(plot->top + plot->height); row++) {
            const bool key = plot->column == 0 && row < plot->top + 36.0;
            inked = inked || (!key && away(shown, column, row, theme->test) < 60);
        }
        dashes += inked && !on;
        gaps += !inked && on;
        on = inked;
    }
    assert_true(dashes >= 5 && gaps >= 5);
}

static void check_picture(const char *model, const char *theme_name)
{
    enum theme_name name;
    assert_true(theme_from_name(theme_name, &name));
    const struct theme *theme = theme_get(name);
    struct shown shown;
    read_log(model);
    show(&shown, model, theme_name);
    static const char *const series[COLUMNS] = {"loss", "accuracy", "learning_rate", "gradient_norm"};
    for (int column = 0; column < COLUMNS; column++) {
        const struct plot plot = find_plot(&shown, series[column], column);
        check_curve(&shown, &plot, theme);
        check_rest(&shown, &plot, theme);
        if (column != 2)
            check_raw(&shown, &plot, theme);
        if (column < 2)
            check_test(&shown, &plot, theme);
    }
    forget(&shown);
}

static void dark(void **state)
{
    (void)state;
    check_picture("mlp", "dark");
}

static void light(void **state)
{
    (void)state;
    check_picture("mlp", "light");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dark), cmocka_unit_test(light)};
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
