/* The panel "fit": what was predicted for each test sample against its target, or, where a sample is one
 * number, the targets over it and the network's curve through them. */
#include "base/number_text.h"
#include "view/hud_paint.h"
#include "view/plot_axis.h"
#include "view/value_name.h"

#include <math.h>
#include <stdio.h>

enum { DOTS_MOST = 2048, TICKS = 4 };

struct fit_plot {
    struct rect area;
    struct plot_axis x, y;
};

struct range {
    double low, high;
};

static void extend(struct range *range, double value)
{
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

/* A margin on both sides. */
static struct plot_axis axis_of(struct range range)
{
    if (!(range.low <= range.high))
        return (struct plot_axis){0.0, 1.0, false};
    const double spread = range.high > range.low ? range.high - range.low : fmax(fabs(range.low), 1.0);
    return (struct plot_axis){range.low - 0.06 * spread, range.high + 0.06 * spread, false};
}

static double target_of(const struct data *data, const struct dataset *set, uint32_t index)
{
    return (double)set->targets[(size_t)index * (size_t)data->targets];
}

static bool is_curve(const struct paint *paint)
{
    return paint->surface->surface.version > 0 && paint->surface->surface.inputs == 1;
}

static struct fit_plot place_plot(const struct paint *paint, struct rect rect)
{
    const struct data *data = paint->desc->data;
    const struct surface *surface = &paint->surface->surface;
    const float left = paint_px(paint, 70.0f), right = paint_px(paint, 20.0f);
    const float top = paint_px(paint, 42.0f), bottom = paint_px(paint, 44.0f);
    struct fit_plot plot = {.area = {roundf(rect.x + left), roundf(rect.y + top),
                                     roundf(rect.width - left - right), roundf(rect.height - top - bottom)}};
    struct range targets = {INFINITY, -INFINITY}, answers = {INFINITY, -INFINITY};
    for (uint32_t n = 0; n < data->test.count; n++)
        extend(&targets, target_of(data, &data->test, n));
    if (is_curve(paint)) {
        for (int i = 0; i < surface->columns; i++)
            extend(&targets, (double)surface_at(surface, 0, i)[0]);
        plot.x = (struct plot_axis){surface->low[0], surface->high[0], false};
        plot.y = axis_of(targets);
        return plot;
    }
    /* Predictions far off are cut: the targets say what matters. */
    answers = targets;
    const double reach = targets.high - targets.low;
    for (uint32_t n = 0; n < paint->predictions->samples; n++) {
        const double value = (double)paint->predictions->values[n];
        extend(&answers, fmin(fmax(value, targets.low - reach), targets.high + reach));
    }
    plot.x = axis_of(targets);
    plot.y = axis_of(answers);
    return plot;
}

static float x_of(const struct fit_plot *plot, double value)
{
    return plot->area.x + (float)plot_axis_position(&plot->x, value) * plot->area.width;
}

static float y_of(const struct fit_plot *plot, double value)
{
    return plot->area.y + (1.0f - (float)plot_axis_position(&plot->y, value)) * plot->area.height;
}

static void paint_axes(const struct paint *paint, const struct fit_plot *plot, struct rect rect)
{
    const struct rect area = plot->area;
    const struct theme *theme = paint->theme;
    const struct color grid = paint_fade(theme->border, 0.7f);
    const float thin = paint_px(paint, 1.0f), bottom = area.y + area.height;
    double ticks[PLOT_MAX_TICKS];
    char text[NUMBER_TEXT_SIZE];
    int count = plot_axis_ticks(&plot->x, 2 * TICKS, ticks);
    for (int i = 0; i < count; i++) {
        const float x = floorf(x_of(plot, ticks[i])) + 0.5f * thin;
        plot_axis_format(ticks[i], false, text);
        ui_line(paint->ui, x, area.y, x, bottom, thin, grid);
        paint_text(paint, UI_MONO, UI_TICK, x, bottom + paint_px(paint, 4.0f), ALIGN_CENTER, theme->muted,
                   text);
    }
    count = plot_axis_ticks(&plot->y, TICKS, ticks);
    for (int i = 0; i < count; i++) {
        const float y = floorf(y_of(plot, ticks[i])) + 0.5f * thin;
        plot_axis_format(ticks[i], false, text);
        ui_line(paint->ui, area.x, y, area.x + area.width, y, thin, grid);
        paint_text(paint, UI_MONO, UI_TICK, area.x - paint_px(paint, 7.0f), y - paint_px(paint, 8.0f),
                   ALIGN_RIGHT, theme->muted, text);
    }
    const bool curve = is_curve(paint);
    const struct data *data = paint->desc->data;
    char whole[VALUE_NAME_SIZE], name[64], target[VALUE_NAME_SIZE + 16];
    value_name_target(whole, data, 0);
    snprintf(target, sizeof target, data_target_name(data, 0) ? "target: %s" : "target", whole);
    paint_shorten(paint, UI_SANS, UI_TICK, curve ? value_name_feature(whole, data, 0) : target, area.width,
                  name);
    paint_text(paint, UI_SANS, UI_TICK, area.x + 0.5f * area.width,
               rect.y + rect.height - paint_px(paint, 21.0f), ALIGN_CENTER, theme->muted, name);
    paint_shorten(paint, UI_SANS, UI_TICK, curve ? value_name_target(whole, data, 0) : "predicted",
                  area.height, name);
    const float length = paint_text_width(paint, UI_SANS, UI_TICK, name);
    ui_text_upward(paint->ui, UI_SANS, UI_TICK, rect.x + paint_px(paint, 9.0f),
                   area.y + 0.5f * (area.height + length), theme->muted, name);
}

static void paint_dots(const struct paint *paint, const struct fit_plot *plot)
{
    const struct data *data = paint->desc->data;
    const struct dataset *test = &data->test;
    const struct theme *theme = paint->theme;
    const uint32_t stride = (test->count + DOTS_MOST - 1) / DOTS_MOST;
    const float radius = paint_px(paint, 2.6f) * (test->count / stride > 600 ? 0.75f : 1.0f);
    for (uint32_t n = 0; n < test->count; n += stride) {
        const double target = target_of(data, test, n), value = (double)paint->predictions->values[n];
        if (!isfinite(value))
            continue;
        if (is_curve(paint))
            ui_disc(paint->ui, x_of(plot, (double)dataset_value(test, n, 0)), y_of(plot, target), radius,
                    theme->test);
        else
            ui_disc(paint->ui, x_of(plot, target), y_of(plot, value), radius, theme->test);
    }
}

/* The network's curve, or the line on which every prediction would be right. */
static void paint_line(const struct paint *paint, const struct fit_plot *plot)
{
    const struct surface *surface = &paint->surface->surface;
    if (!is_curve(paint)) {
        const double low = fmax(plot->x.low, plot->y.low), high = fmin(plot->x.high, plot->y.high);
        ui_line(paint->ui, x_of(plot, low), y_of(plot, low), x_of(plot, high), y_of(plot, high),
                paint_px(paint, 1.5f), paint->theme->muted);
        return;
    }
    float points[2 * SURFACE_CURVE];
    int count = 0;
    for (int i = 0; i < surface->columns; i++) {
        const double value = (double)surface_at(surface, 0, i)[0];
        if (isfinite(value)) {
            points[2 * count] = x_of(plot, surface_place(surface, 0, i));
            points[2 * count + 1] = y_of(plot, value);
            count++;
        }
    }
    if (count > 1)
        ui_polyline(paint->ui, points, count, paint_px(paint, 2.0f), paint->theme->train);
}

/* What the network says of the probe now, which may be newer than the evaluation. */
static void paint_probe(const struct paint *paint, const struct fit_plot *plot)
{
    const struct data *data = paint->desc->data;
    const struct snapshot_info *info = paint->frame->info;
    if (info == NULL || info->probe_index >= data->test.count || !isfinite(info->output[0]))
        return;
    const double target = target_of(data, &data->test, info->probe_index);
    const bool curve = is_curve(paint);
    const double x = curve ? (double)dataset_value(&data->test, info->probe_index, 0) : target;
    const double y = curve ? target : (double)info->output[0];
    ui_ring(paint->ui, x_of(plot, x), y_of(plot, y), paint_px(paint, 6.0f), paint_px(paint, 2.0f),
            paint->theme->text);
}

static void describe_errors(const struct predictions *p, char *text, size_t size)
{
    char r2[NUMBER_TEXT_SIZE], error[NUMBER_TEXT_SIZE];
    const char *const shown = p->outputs > 1 ? "y1 shown; " : "";
    if (isnan(p->mean_absolute_error))
        snprintf(text, size, "%soutputs are not numbers", shown);
    else
        snprintf(text, size, "%sR² %s, mean absolute error %s", shown,
                 number_fixed(r2, p->r2, 4, NUMBER_MINUS),
                 number_text(error, p->mean_absolute_error, 3, NUMBER_MINUS));
}

void hud_paint_fit(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    const float title = paint_title(paint, rect, "fit");
    if (paint->predictions == NULL) {
        paint_empty(paint, rect, "no evaluation yet");
        return;
    }
    const struct predictions *p = paint->predictions;
    char text[96], step[40];
    describe_errors(p, text, sizeof text);
    /* The curve is newer than the evaluation. */
    if (is_curve(paint))
        snprintf(step, sizeof step, "step %llu, curve %llu", (unsigned long long)p->step,
                 (unsigned long long)paint->surface->surface.step);
    else
        snprintf(step, sizeof step, "step %llu", (unsigned long long)p->step);
    const float top = rect.y + paint_px(paint, 13.0f);
    const float right = rect.x + rect.width - paint_px(paint, 14.0f);
    const float width = paint_text(paint, UI_SANS, UI_TICK, title + paint_px(paint, 10.0f), top, ALIGN_LEFT,
                                   paint->theme->secondary, text);
    if (title + width + paint_px(paint, 30.0f) + paint_text_width(paint, UI_MONO, UI_TICK, step) < right)
        paint_text(paint, UI_MONO, UI_TICK, right, top, ALIGN_RIGHT, paint->theme->muted, step);
    const struct fit_plot plot = place_plot(paint, rect);
    paint_axes(paint, &plot, rect);
    ui_clip(paint->ui, plot.area);
    if (!is_curve(paint))
        paint_line(paint, &plot);
    paint_dots(paint, &plot);
    if (is_curve(paint))
        paint_line(paint, &plot);
    paint_probe(paint, &plot);
    ui_unclip(paint->ui);
}
