/* The panels around the plots: titles, the newest figures, grid lines and ticks. The curves themselves are
 * drawn over them by plot.c. */
#include "view/hud_plots.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "view/plot_reading.h"

struct series_style {
    const char *title;
    enum panel panel;
    bool percent, logarithmic, smoothed, evaluated;
};

static const struct series_style styles[PLOT_SERIES_COUNT] = {
    [PLOT_LOSS] = {"loss", PANEL_LOSS, false, true, true, true},
    [PLOT_ACCURACY] = {"accuracy", PANEL_ACCURACY, true, false, true, true},
    [PLOT_LEARNING_RATE] = {"learning rate", PANEL_LEARNING_RATE, false, false, false, false},
    [PLOT_GRADIENT_NORM] = {"gradient norm", PANEL_GRADIENT_NORM, false, true, true, false},
};

/* What takes the place of the accuracy where samples have targets. */
static const struct series_style r2_style = {"R²", PANEL_ACCURACY, false, false, true, true};

static const struct series_style *style_of(const struct paint *paint, enum plot_series series)
{
    return series == PLOT_ACCURACY && paint->desc->data->targets > 0 ? &r2_style : &styles[series];
}

static bool is_logarithmic(const struct display *display, enum plot_series series)
{
    return styles[series].logarithmic && !display->linear[series];
}

static struct color series_color(const struct theme *theme, enum plot_series series)
{
    switch (series) {
    case PLOT_LEARNING_RATE:
        return theme->learning_rate;
    case PLOT_GRADIENT_NORM:
        return theme->gradient;
    default:
        return theme->train;
    }
}

void hud_format_figure(char text[NUMBER_TEXT_SIZE], float value, bool percent)
{
    if (percent)
        number_percent(text, (double)value, 1, NUMBER_MINUS);
    else
        number_fixed(text, (double)value, fabsf(value) < 1.0f ? 4 : 3, NUMBER_MINUS);
}

/* "train 0.0670" with its right end at `x`; returns its left end. Nothing when it would pass `limit`. */
static float paint_figure(const struct paint *paint, float x, float y, float limit, const char *name,
                          struct color color, const char *text)
{
    const float gap = paint_px(paint, 6.0f);
    /* "not a number" is a word. */
    const enum ui_size size = isalpha((unsigned char)text[0]) ? UI_BODY : UI_FIGURE;
    const float figure = paint_text_width(paint, UI_MONO, size, text);
    const float label = name[0] == '\0' ? 0.0f : paint_text_width(paint, UI_SANS, UI_TICK, name) + gap;
    if (x - figure - label < limit)
        return x;
    paint_text(paint, UI_MONO, size, x, size == UI_BODY ? y + paint_px(paint, 7.0f) : y, ALIGN_RIGHT, color,
               text);
    if (label > 0.0f)
        paint_text(paint, UI_SANS, UI_TICK, x - figure - gap, y + paint_px(paint, 9.0f), ALIGN_RIGHT,
                   paint->theme->secondary, name);
    return x - figure - label - paint_px(paint, 12.0f);
}

static void paint_figures(const struct paint *paint, struct rect rect, const struct plot_history *history,
                          enum plot_series series)
{
    const struct series_style *style = style_of(paint, series);
    const float pad = paint_px(paint, 14.0f);
    const float limit = paint_title(paint, rect, style->title) + paint_px(paint, 10.0f);
    float x = rect.x + rect.width - pad;
    const float y = rect.y + paint_px(paint, 4.0f);
    char text[NUMBER_TEXT_SIZE];
    if (style->evaluated && history->evaluation_count > 0) {
        const struct evaluation_sample *newest = &history->evaluations[history->evaluation_count - 1];
        hud_format_figure(text, series == PLOT_LOSS ? newest->loss : newest->accuracy, style->percent);
        x = paint_figure(paint, x, y, limit, "test", paint->theme->test, text);
    }
    if (history->count > 0) {
        const struct plot_cell *newest = plot_history_cell(history, history->count - 1, series);
        if (style->smoothed)
            hud_format_figure(text, newest->smooth, style->percent);
        else
            number_text(text, (double)newest->last, 3, NUMBER_MINUS);
        paint_figure(paint, x, y, limit, style->evaluated ? "train" : "", series_color(paint->theme, series),
                     text);
    }
}

/* Horizontal lines with their values on the left. */
static void paint_value_ticks(const struct paint *paint, struct rect area, const struct plot_axis *axis,
                              bool percent)
{
    double ticks[PLOT_MAX_TICKS];
    const int room = (int)(area.height / paint_px(paint, 18.0f));
    const int most = axis->logarithmic ? 9 : 6;
    const int count = plot_axis_ticks(axis, room < 2 ? 2 : room > most ? most : room, ticks);
    const float thin = paint_px(paint, 1.0f);
    for (int i = 0; i < count; i++) {
        const float position = (float)plot_axis_position(axis, ticks[i]);
        const float y = floorf(area.y + (1.0f - position) * area.height) + 0.5f * thin;
        ui_line(paint->ui, area.x, y, area.x + area.width, y, thin, paint_fade(paint->theme->border, 0.7f));
        char text[NUMBER_TEXT_SIZE];
        plot_axis_format(ticks[i], percent, text);
        paint_text(paint, UI_MONO, UI_TICK, area.x - paint_px(paint, 7.0f), y - paint_px(paint, 8.0f),
                   ALIGN_RIGHT, paint->theme->muted, text);
    }
}

static void paint_step_ticks(const struct paint *paint, struct rect area, const struct plot_axis *axis)
{
    const float top = area.y + area.height + paint_px(paint, 9.0f);
    const float right = area.x + area.width;
    const float axis_title =
        paint_text(paint, UI_SANS, UI_TICK, right, top, ALIGN_RIGHT, paint->theme->muted, "step");
    double ticks[PLOT_MAX_TICKS];
    const int room = (int)(area.width / paint_px(paint, 44.0f));
    const int count = plot_axis_ticks(axis, room < 2 ? 2 : room > 6 ? 6 : room, ticks);
    for (int i = 0; i < count; i++) {
        const float x = area.x + (float)plot_axis_position(axis, ticks[i]) * area.width;
        char text[NUMBER_TEXT_SIZE];
        plot_axis_format(ticks[i], false, text);
        const float half = 0.5f * paint_text_width(paint, UI_MONO, UI_TICK, text);
        if (x + half + paint_px(paint, 8.0f) <= right - axis_title)
            paint_text(paint, UI_MONO, UI_TICK, x, top, ALIGN_CENTER, paint->theme->muted, text);
    }
}

/* Where the axes meet: how the values stand, which a click changes. Returns where. */
static struct rect paint_log(const struct paint *paint, struct rect area, bool logarithmic)
{
    const char *text = logarithmic ? "log" : "lin";
    const struct theme *theme = paint->theme;
    const float height = paint_px(paint, 17.0f), radius = paint_px(paint, 4.0f);
    const float width = ceilf(paint_text_width(paint, UI_SANS, UI_TICK, "log")) + paint_px(paint, 10.0f);
    const struct rect chip = {floorf(area.x - paint_px(paint, 11.0f) - width),
                              floorf(area.y + area.height + paint_px(paint, 10.0f)), width, height};
    const bool over = pointer_over(paint->frame->pointer, chip);
    ui_rect_outline(paint->ui, chip, radius, paint_px(paint, 1.0f), over ? theme->muted : theme->border);
    paint_text(paint, UI_SANS, UI_TICK, chip.x + 0.5f * width, area.y + area.height + paint_px(paint, 10.0f),
               ALIGN_CENTER, over ? theme->text : theme->muted, text);
    return chip;
}

/* Whether the curves end in the upper part of the axis. */
static bool ends_high(const struct plot_history *history, enum plot_series series,
                      const struct plot_axis *axis)
{
    double high = -INFINITY;
    if (history->count > 0)
        high = (double)plot_history_cell(history, history->count - 1, series)->smooth;
    if (history->evaluation_count > 0)
        high = fmax(high, (double)plot_evaluation_value(&history->evaluations[history->evaluation_count - 1],
                                                        series));
    return isfinite(high) && (!axis->logarithmic || high > 0.0) && plot_axis_position(axis, high) > 0.65;
}

/* What the lines are, at the right of the loss: above, since losses fall, or below, where this one does not.
 * Returns where. */
static struct rect paint_key(const struct paint *paint, struct rect area, const struct plot_history *history,
                             enum plot_series series, const struct plot_axis *axis)
{
    if (area.height < paint_px(paint, 90.0f) || series != PLOT_LOSS)
        return (struct rect){0};
    char text[48];
    snprintf(text, sizeof text, "mean, β = %s", LS_NUMBER(paint->frame->display->smoothing));
    const float line = paint_px(paint, 16.0f), sample = paint_px(paint, 16.0f), gap = paint_px(paint, 6.0f);
    const float y = ends_high(history, series, axis)
                        ? area.y + area.height - 2.0f * line - paint_px(paint, 6.0f)
                        : area.y + paint_px(paint, 2.0f);
    const float right = area.x + area.width - paint_px(paint, 4.0f);
    const float left = right - paint_text_width(paint, UI_SANS, UI_TICK, text);
    const struct theme *theme = paint->theme;
    const float middle = paint_px(paint, 8.0f), thick = paint_px(paint, 2.0f);
    paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, theme->muted, text);
    ui_line(paint->ui, left - gap - sample, y + middle, left - gap, y + middle, thick, theme->train);
    paint_text(paint, UI_SANS, UI_TICK, left, y + line, ALIGN_LEFT, theme->muted, "test");
    const float dash = paint_px(paint, 5.0f);
    for (float x = left - gap - sample; x < left - gap; x += 2.0f * dash)
        ui_line(paint->ui, x, y + line + middle, fminf(x + dash, left - gap), y + line + middle, thick,
                theme->test);
    const float begin = left - gap - sample;
    return (struct rect){begin, y, right - begin, 2.0f * line};
}

void hud_paint_plot(const struct paint *paint, struct rect rect, const struct plot_history *history,
                    enum plot_series series, struct hud_plot *plot)
{
    const struct series_style *style = style_of(paint, series);
    paint_panel(paint, rect);
    ui_clip(paint->ui, rect);
    paint_figures(paint, rect, history, series);
    const float left = paint_px(paint, 54.0f), top = paint_px(paint, 42.0f);
    const float right = paint_px(paint, 18.0f), bottom = paint_px(paint, 30.0f);
    const struct rect area = {rect.x + left, rect.y + top, rect.width - left - right,
                              rect.height - top - bottom};
    const bool logarithmic = is_logarithmic(paint->frame->display, series);
    plot->panel = rect;
    plot->frame = (struct plot_frame){
        .width = paint->frame->width,
        .height = paint->frame->height,
        .scale = paint->scale,
        .area = area,
        .series = series,
        .steps = plot_axis_steps(history),
        .values = plot_axis_values(history, series, logarithmic),
        .train = series_color(paint->theme, series),
        .test = paint->theme->test,
        .panel = paint->theme->panel,
    };
    paint_value_ticks(paint, area, &plot->frame.values, style->percent);
    paint_step_ticks(paint, area, &plot->frame.steps);
    plot->log = style->logarithmic ? paint_log(paint, area, logarithmic) : (struct rect){0};
    plot->key = paint_key(paint, area, history, series, &plot->frame.values);
    ui_unclip(paint->ui);
}

struct plot_smoothing hud_plot_smoothing(const struct display *display)
{
    struct plot_smoothing smoothing = {.beta = display->smoothing};
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        smoothing.logarithmic[i] = is_logarithmic(display, (enum plot_series)i);
    return smoothing;
}

enum panel hud_plot_panel(enum plot_series series) { return styles[series].panel; }

int hud_plot_at(const struct layout *layout, float x, float y)
{
    for (int series = 0; series < PLOT_SERIES_COUNT; series++) {
        const struct rect r = layout->panels[styles[series].panel];
        if (layout->visible[styles[series].panel] && x >= r.x && x < r.x + r.width && y >= r.y &&
            y < r.y + r.height)
            return series;
    }
    return -1;
}

bool hud_plot_has_log(enum plot_series series) { return styles[series].logarithmic; }
