/* The panel "weights over time": one layer's distribution at some steps of the run, the oldest behind. A
 * row's base line stands where its step lies between the first and the newest. */
#include "view/hud_paint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "view/plot_axis.h"

enum { OVERFLOW_BINS = 2 }; /* room at either end for what lies beyond the range, in bins */

struct ridge {
    const struct weight_history *history;
    int tensor, rows;
    struct rect area;  /* of all rows */
    float bin;         /* width */
    float peak;        /* height of the tallest bin */
    float first, last; /* base lines of the oldest and the newest row */
    uint64_t first_step, last_step;
    double scale; /* pixels per share of the weights */
};

static struct color mix(struct color a, struct color b, float t)
{
    return (struct color){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t, 1.0f};
}

static uint32_t largest_bin(const struct weight_row *row)
{
    uint32_t largest = row->below > row->above ? row->below : row->above;
    for (int i = 0; i < WEIGHT_UNIFORM_BINS; i++)
        largest = row->bins[i] > largest ? row->bins[i] : largest;
    return largest;
}

/* One scale for all rows. */
static double largest_share(const struct ridge *ridge)
{
    double largest = 0.0;
    for (int i = 0; i < ridge->rows; i++) {
        struct weight_row row;
        weight_history_row(ridge->history, i, ridge->tensor, &row);
        if (row.total > 0)
            largest = fmax(largest, (double)largest_bin(&row) / row.total);
    }
    return largest > 0.0 ? largest : 1.0;
}

static float base_of(const struct ridge *ridge, uint64_t step)
{
    if (ridge->rows < 2 || step == ridge->last_step)
        return ridge->last;
    const double t = (double)(step - ridge->first_step) / (double)(ridge->last_step - ridge->first_step);
    /* On the middle of a pixel: the many thin base lines stay sharp. */
    return floorf(ridge->first + (float)t * (ridge->last - ridge->first)) + 0.5f;
}

static struct ridge arrange(const struct paint *paint, struct rect rect)
{
    const struct hud_ridgeline *shown = &paint->frame->ridgeline;
    const float left = paint_px(paint, 16.0f), right = paint_px(paint, 66.0f);
    const float top = paint_px(paint, 38.0f), bottom = paint_px(paint, 31.0f);
    struct ridge ridge = {.history = shown->history, .tensor = shown->tensor, .rows = shown->history->count};
    ridge.area =
        (struct rect){rect.x + left, rect.y + top, rect.width - left - right, rect.height - top - bottom};
    ridge.bin = ridge.area.width / (float)(WEIGHT_UNIFORM_BINS + 2 * OVERFLOW_BINS);
    ridge.peak = roundf(0.32f * ridge.area.height);
    ridge.last = floorf(ridge.area.y + ridge.area.height) + 0.5f;
    /* The first few rows stand together. */
    const float span =
        fminf(ridge.area.height - ridge.peak, paint_px(paint, 10.0f) * (float)(ridge.rows - 1));
    ridge.first = ridge.last - span;
    ridge.first_step = shown->history->steps[0];
    ridge.last_step = shown->history->steps[ridge.rows - 1];
    ridge.scale = (double)ridge.peak / largest_share(&ridge);
    return ridge;
}

static float bin_middle(const struct ridge *ridge, float bin)
{
    return ridge->area.x + (bin + 0.5f + (float)OVERFLOW_BINS) * ridge->bin;
}

/* What lies beyond the range is a bar of its own, apart from the curve. */
static void paint_overflow(const struct paint *paint, const struct ridge *ridge, uint32_t count, float height,
                           float bin, float base, struct color fill, struct color line)
{
    if (count == 0)
        return;
    const float x = bin_middle(ridge, bin), half = 0.5f * ridge->bin, thin = paint_px(paint, 1.0f);
    const float top = base - fmaxf(height, thin);
    ui_rect_filled(paint->ui, (struct rect){x - half, top, 2.0f * half, base - top}, 0.0f, fill);
    ui_line(paint->ui, x - half, top, x + half, top, thin, line);
}

static void paint_row(const struct paint *paint, const struct ridge *ridge, int index)
{
    struct weight_row row;
    weight_history_row(ridge->history, index, ridge->tensor, &row);
    if (row.total == 0)
        return;
    const struct theme *theme = paint->theme;
    const bool newest = index == ridge->rows - 1;
    const float age = ridge->rows < 2 ? 1.0f : (float)index / (float)(ridge->rows - 1);
    const struct color fill =
        newest ? theme->train : mix(theme->panel, theme->train, 0.04f + 0.5f * age * age);
    const struct color line = newest ? theme->text : mix(theme->panel, theme->train, 0.14f + 0.66f * age);
    const float base = base_of(ridge, row.step), scale = (float)(ridge->scale / row.total);

    float points[WEIGHT_UNIFORM_BINS + 2][2];
    for (int i = 0; i < WEIGHT_UNIFORM_BINS; i++) {
        points[i + 1][0] = bin_middle(ridge, (float)i);
        points[i + 1][1] = base - scale * (float)row.bins[i];
    }
    /* The outermost half bins, out to ±R. */
    points[0][0] = bin_middle(ridge, -0.5f);
    points[0][1] = points[1][1];
    points[WEIGHT_UNIFORM_BINS + 1][0] = bin_middle(ridge, (float)WEIGHT_UNIFORM_BINS - 0.5f);
    points[WEIGHT_UNIFORM_BINS + 1][1] = points[WEIGHT_UNIFORM_BINS][1];
    ui_area(paint->ui, &points[0][0], WEIGHT_UNIFORM_BINS + 2, base, fill);
    ui_polyline(paint->ui, &points[0][0], WEIGHT_UNIFORM_BINS + 2, paint_px(paint, newest ? 1.5f : 1.0f),
                line);
    paint_overflow(paint, ridge, row.below, scale * (float)row.below, -1.5f, base, fill, line);
    paint_overflow(paint, ridge, row.above, scale * (float)row.above, (float)WEIGHT_UNIFORM_BINS + 0.5f, base,
                   fill, line);
}

static void paint_values(const struct paint *paint, const struct ridge *ridge)
{
    const float y = ridge->last + paint_px(paint, 9.0f), thin = paint_px(paint, 1.0f);
    const double range = (double)weight_history_range(ridge->history, ridge->tensor);
    char text[24];
    number_text(text, -0.5 * range, 3, NUMBER_MINUS);
    /* Every half of R has a number where they stand apart. */
    const float apart = bin_middle(ridge, 0.25f * (float)WEIGHT_UNIFORM_BINS) - bin_middle(ridge, 0.0f);
    const bool halves = paint_text_width(paint, UI_MONO, UI_TICK, text) + paint_px(paint, 8.0f) < apart;
    for (int i = -2; i <= 2; i++) {
        const float x = bin_middle(ridge, (float)WEIGHT_UNIFORM_BINS * 0.25f * (float)(i + 2) - 0.5f);
        number_text(text, 0.5 * i * range, 3, NUMBER_MINUS);
        ui_line(paint->ui, x, ridge->last + paint_px(paint, 3.0f), x, ridge->last + paint_px(paint, 6.0f),
                thin, paint->theme->border);
        if (halves || i % 2 == 0)
            paint_text(paint, UI_MONO, UI_TICK, x, y, ALIGN_CENTER, paint->theme->muted, text);
    }
}

static void paint_step(const struct paint *paint, float right, float base, struct color color, uint64_t step)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, step);
    paint_text(paint, UI_MONO, UI_TICK, right, base - paint_px(paint, 9.0f), ALIGN_RIGHT, color, text);
}

/* The first row's step, the newest one's, and that of a row near the middle. */
static void paint_steps(const struct paint *paint, const struct ridge *ridge, struct rect rect)
{
    const struct theme *theme = paint->theme;
    const float right = rect.x + rect.width - paint_px(paint, 16.0f), line = paint_px(paint, 15.0f);
    paint_text(paint, UI_SANS, UI_TICK, right, ridge->last + paint_px(paint, 9.0f), ALIGN_RIGHT, theme->muted,
               "step");
    paint_step(paint, right, ridge->last, theme->text, ridge->last_step);
    if (ridge->last - ridge->first < line)
        return;
    paint_step(paint, right, ridge->first, theme->muted, ridge->first_step);
    const uint64_t step = ridge->history->steps[ridge->rows / 2];
    const float base = base_of(ridge, step);
    if (base - ridge->first >= line && ridge->last - base >= line)
        paint_step(paint, right, base, theme->muted, step);
}

/* Behind the title: whose weights these are. On the right: how many are not within the axis. */
static void paint_notes(const struct paint *paint, const struct ridge *ridge, struct rect rect, float x)
{
    const float y = rect.y + paint_px(paint, 12.0f), right = rect.x + rect.width - paint_px(paint, 16.0f);
    char text[96];
    snprintf(text, sizeof text, "%s, %d bins", paint->frame->ridgeline.title, WEIGHT_UNIFORM_BINS);
    x += paint_px(paint, 10.0f);
    if (x + paint_text_width(paint, UI_SANS, UI_TICK, text) > right)
        snprintf(text, sizeof text, "%s", paint->frame->ridgeline.title);
    if (x + paint_text_width(paint, UI_SANS, UI_TICK, text) > right)
        return;
    x += paint_text(paint, UI_SANS, UI_TICK, x, y, ALIGN_LEFT, paint->theme->muted, text);
    struct weight_row newest;
    weight_history_row(ridge->history, ridge->rows - 1, ridge->tensor, &newest);
    const uint32_t beyond = newest.below + newest.above;
    if (newest.not_finite > 0)
        snprintf(text, sizeof text, "%" PRIu32 " not finite", newest.not_finite);
    else if (beyond > 0)
        snprintf(text, sizeof text, "%" PRIu32 " of %" PRIu32 " beyond", beyond, newest.total);
    else
        return;
    if (x + paint_px(paint, 16.0f) + paint_text_width(paint, UI_SANS, UI_TICK, text) < right)
        paint_text(paint, UI_SANS, UI_TICK, right, y, ALIGN_RIGHT, paint->theme->muted, text);
}

void hud_paint_ridgeline(const struct paint *paint, struct rect rect)
{
    const struct hud_ridgeline *shown = &paint->frame->ridgeline;
    paint_panel(paint, rect);
    const float x = paint_title(paint, rect, "weights over time");
    if (shown->history == NULL || shown->tensor < 0 || shown->history->count == 0) {
        paint_empty(paint, rect, "no weights have been shown yet");
        return;
    }
    const struct ridge ridge = arrange(paint, rect);
    ui_clip(paint->ui, rect);
    for (int row = 0; row < ridge.rows; row++)
        paint_row(paint, &ridge, row);
    paint_values(paint, &ridge);
    paint_steps(paint, &ridge, rect);
    paint_notes(paint, &ridge, rect, x);
    ui_unclip(paint->ui);
}
