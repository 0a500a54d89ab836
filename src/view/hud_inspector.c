/* The card of the selected value: the arithmetic that makes it, in the scene's colours. */
#include "view/hud_paint.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number_text.h"

/* Of the terms of a sum. */
static const unsigned part = NUMBER_SIGNED | NUMBER_MINUS;
static const float pad_units = 12.0f, patch_units = 58.0f, content_units = 44.0f, line_units = 18.0f;
/* Where the column of sums begins. */
static const float sums_units = 314.0f;

/* So many that the largest part shows three digits. */
static int decimals_for(const struct inspection *it)
{
    double largest = fmax(fabs(it->sum), fabs((double)it->value));
    largest = fmax(largest, fmax(fabs(it->more), fabs((double)it->bias)));
    for (int i = 0; i < it->window_count; i++)
        largest = fmax(largest, fabs(it->windows[i].sum));
    for (int i = 0; i < it->term_count; i++)
        largest = fmax(largest, fabs(it->terms[i].product));
    int decimals = 2;
    while (largest > 0.0 && decimals < 6 && largest < 0.995 * pow(10.0, 2 - decimals))
        decimals++;
    return largest >= 99.95 ? 1 : decimals;
}

static struct color color_of(const struct paint *paint, const struct hud_colors *colors, float x)
{
    return theme_map_color(paint->theme, colors->map,
                           theme_map_value(colors->map, colors->is_signed, x, colors->scale));
}

/* A window as cells in the scene's colours; what lies in the padding stays the panel's. Returns its
 * rectangle. */
static struct rect paint_patch(const struct paint *paint, float x, float y, float side, const float *values,
                               int rows, int columns, const struct hud_colors *colors, struct color frame)
{
    const float cell = fmaxf(1.0f, floorf(side / (float)(rows > columns ? rows : columns)));
    const struct rect patch = {x, y, cell * (float)columns, cell * (float)rows};
    const float thin = paint_px(paint, 1.0f);
    ui_rect_filled(paint->ui, patch, 0.0f, paint_fade(paint->theme->border, 0.5f));
    for (int i = 0; i < rows * columns; i++) {
        const struct rect at = {x + cell * (float)(i % columns), y + cell * (float)(i / columns), cell, cell};
        if (!isnan(values[i]))
            ui_rect_filled(paint->ui, at, 0.0f, color_of(paint, colors, values[i]));
    }
    const struct rect outline = {patch.x - thin, patch.y - thin, patch.width + 2.0f * thin,
                                 patch.height + 2.0f * thin};
    ui_rect_outline(paint->ui, outline, 0.0f, thin, frame);
    return patch;
}

static void mark_cell(const struct paint *paint, struct rect patch, int rows, int columns, int cell)
{
    if (cell < 0)
        return;
    const float width = patch.width / (float)columns, height = patch.height / (float)rows;
    const struct rect at = {patch.x + width * (float)(cell % columns),
                            patch.y + height * (float)(cell / columns), width, height};
    ui_rect_outline(paint->ui, at, 0.0f, paint_px(paint, 2.0f), paint->theme->select);
}

/* Digits stand below digits; words need less room in the other font. */
static enum ui_font font_of(const char *figure)
{
    return isalpha((unsigned char)figure[0]) ? UI_SANS : UI_MONO;
}

/* A name, and a figure whose right end is at `right`. Of the two it is the name that gives way. */
static void paint_pair(const struct paint *paint, float left, float right, float y, const char *name,
                       struct color ink, const char *figure)
{
    const float gap = paint_px(paint, 6.0f);
    const enum ui_font font = font_of(figure);
    char shortened[64];
    const float room = right - left - gap - paint_text_width(paint, font, UI_TICK, figure);
    paint_shorten(paint, UI_SANS, UI_TICK, name, room, shortened);
    if (strcmp(shortened, "…") != 0)
        paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, paint->theme->secondary, shortened);
    paint_text(paint, font, UI_TICK, right, y, ALIGN_RIGHT, ink, figure);
}

/* "bias   +0.13", the figure's right end at the card's edge. */
static void paint_sum(const struct paint *paint, struct rect rect, float y, const char *name,
                      struct color ink, bool is_part, int decimals, double value)
{
    char text[NUMBER_TEXT_SIZE];
    number_fixed(text, value, decimals, is_part ? part : NUMBER_MINUS);
    paint_pair(paint, rect.x + paint_px(paint, sums_units), rect.x + rect.width - paint_px(paint, pad_units),
               y, name, ink, text);
}

/* The rest, the bias, what all make together, and what becomes of it. */
static void paint_sums(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const int decimals = decimals_for(it);
    const float line = paint_px(paint, line_units), thin = paint_px(paint, 1.0f);
    float y = rect.y + paint_px(paint, content_units);
    char more[32];
    snprintf(more, sizeof more, "%d more", it->more_count);
    if (it->more_count > 0)
        paint_sum(paint, rect, y, more, theme->text, true, decimals, it->more);
    y += line;
    paint_sum(paint, rect, y, "bias", theme->text, true, decimals, (double)it->bias);
    y += line + paint_px(paint, 3.0f);
    ui_line(paint->ui, rect.x + paint_px(paint, sums_units), y,
            rect.x + rect.width - paint_px(paint, pad_units), y, thin, theme->border);
    y += paint_px(paint, 3.0f);
    paint_sum(paint, rect, y, it->softmax ? "logit" : "sum", theme->text, true, decimals, it->sum);
    y += line;
    paint_sum(paint, rect, y, inspect_activation_name(it), theme->select, false, decimals, (double)it->value);
}

static void paint_convolution(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const struct hud_inspector *inspector = &paint->frame->inspector;
    const float side = paint_px(paint, patch_units), top = rect.y + paint_px(paint, content_units);
    const int decimals = decimals_for(it);
    for (int i = 0; i < it->window_count; i++) {
        const struct inspect_window *window = &it->windows[i];
        const float x = rect.x + paint_px(paint, pad_units + 151.0f * (float)i);
        const float second = x + paint_px(paint, 75.0f);
        paint_patch(paint, x, top, side, window->input, it->window_rows, it->window_columns,
                    &inspector->source, theme->select);
        const struct rect kernel = paint_patch(paint, second, top, side, window->kernel, it->window_rows,
                                               it->window_columns, &inspector->weights, theme->border);
        paint_text(paint, UI_SANS, UI_TICK, 0.5f * (x + side + second),
                   paint_text_top(paint, UI_TICK, top, side), ALIGN_CENTER, theme->muted, "×");
        char text[INSPECT_TEXT + 16];
        snprintf(text, sizeof text, "%s ch %d", it->source_name, window->channel);
        const float below = top + side + paint_px(paint, 6.0f);
        char figure[NUMBER_TEXT_SIZE];
        number_fixed(figure, window->sum, decimals, part);
        const float end = kernel.x + kernel.width - paint_text_width(paint, UI_MONO, UI_TICK, figure);
        if (x + paint_text_width(paint, UI_SANS, UI_TICK, text) > end - paint_px(paint, 5.0f))
            snprintf(text, sizeof text, "ch %d", window->channel);
        paint_text(paint, UI_SANS, UI_TICK, x, below, ALIGN_LEFT, theme->secondary, text);
        paint_text(paint, UI_MONO, UI_TICK, kernel.x + kernel.width, below, ALIGN_RIGHT, theme->text, figure);
    }
    paint_sums(paint, rect, it);
}

static void paint_dense(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const int decimals = decimals_for(it);
    const float left = rect.x + paint_px(paint, pad_units), line = paint_px(paint, line_units);
    const float right = rect.x + paint_px(paint, sums_units - 24.0f);
    const float middle = right - paint_px(paint, 62.0f);
    float y = rect.y + paint_px(paint, 38.0f);
    paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, theme->muted, it->source_name);
    paint_text(paint, UI_SANS, UI_TICK, middle, y, ALIGN_RIGHT, theme->muted, "input × weight");
    for (int i = 0; i < it->term_count; i++) {
        const struct inspect_term *term = &it->terms[i];
        char text[64], value[NUMBER_TEXT_SIZE], weight[NUMBER_TEXT_SIZE];
        y += line;
        number_fixed(value, term->product, decimals, part);
        const float product =
            paint_text(paint, font_of(value), UI_TICK, right, y, ALIGN_RIGHT, theme->text, value);
        const float end = fminf(middle, right - product - paint_px(paint, 8.0f));
        const float name =
            left + paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, theme->secondary, term->name);
        for (int digits = 3; digits > 0; digits--) {
            snprintf(text, sizeof text, "%s × %s",
                     number_text(value, (double)term->value, digits, NUMBER_MINUS),
                     number_text(weight, (double)term->weight, digits, part));
            if (end - paint_text_width(paint, UI_MONO, UI_TICK, text) < name + paint_px(paint, 6.0f))
                continue;
            paint_text(paint, UI_MONO, UI_TICK, end, y, ALIGN_RIGHT, theme->muted, text);
            break;
        }
    }
    paint_sums(paint, rect, it);
}

/* Small windows as numbers too. */
static void paint_pool(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const int rows = it->window_rows, columns = it->window_columns, decimals = decimals_for(it);
    const float side = paint_px(paint, 76.0f), top = rect.y + paint_px(paint, content_units);
    const float left = rect.x + paint_px(paint, pad_units);
    if (it->window_count == 0) {
        /* A window too large to be shown, or a whole map. */
        char text[INSPECT_TEXT + 32];
        snprintf(text, sizeof text,
                 it->is_mean ? "mean of %d values of %s" : "the largest of %d values of %s",
                 it->is_mean ? it->averaged : rows * columns, it->source_name);
        paint_text(paint, UI_SANS, UI_TICK, left, top, ALIGN_LEFT, theme->secondary, text);
        return;
    }
    const float *values = it->windows[0].input;
    const struct rect patch = paint_patch(paint, left, top, side, values, rows, columns,
                                          &paint->frame->inspector.source, theme->select);
    if (rows <= 4 && columns <= 3) {
        for (int i = 0; i < rows * columns; i++) {
            char text[NUMBER_TEXT_SIZE];
            paint_number(paint, (double)values[i], decimals, NUMBER_MINUS, paint_px(paint, 60.0f), text);
            const float step = patch.height / (float)rows;
            const float y = paint_text_top(paint, UI_TICK, top + step * (float)(i / columns), step);
            const float x = patch.x + patch.width + paint_px(paint, 66.0f * (float)(i % columns + 1));
            paint_text(paint, UI_MONO, UI_TICK, x, y, ALIGN_RIGHT,
                       i == it->marked ? theme->select : theme->secondary, isnan(values[i]) ? "–" : text);
        }
    }
    mark_cell(paint, patch, rows, columns, it->marked);
    char name[INSPECT_TEXT + 32];
    snprintf(name, sizeof name, "%s of %d", it->is_mean ? "mean" : "max",
             it->is_mean ? it->averaged : rows * columns);
    paint_sum(paint, rect, top, name, theme->text, false, decimals, it->sum);
    snprintf(name, sizeof name, "%s ch %d", it->source_name, it->windows[0].channel);
    paint_text(paint, UI_SANS, UI_TICK, rect.x + paint_px(paint, sums_units),
               top + paint_px(paint, line_units), ALIGN_LEFT, theme->secondary, name);
}

static void paint_row(const struct paint *paint, float left, float right, float y, const char *name,
                      const char *figure)
{
    paint_pair(paint, left, right, y, name, paint->theme->text, figure);
}

static void paint_weight(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const float side = paint_px(paint, 76.0f), top = rect.y + paint_px(paint, content_units);
    float left = rect.x + paint_px(paint, pad_units);
    if (it->window_count > 0) {
        const struct rect patch =
            paint_patch(paint, left, top, side, it->windows[0].kernel, it->window_rows, it->window_columns,
                        &paint->frame->inspector.weights, theme->border);
        mark_cell(paint, patch, it->window_rows, it->window_columns, it->marked);
        left += patch.width + paint_px(paint, 20.0f);
    }
    const struct snapshot_info *info = paint->frame->info;
    const float figures = left + paint_px(paint, 172.0f), line = paint_px(paint, line_units);
    char text[2 * INSPECT_TEXT], number[NUMBER_TEXT_SIZE], product[NUMBER_TEXT_SIZE];
    float y = top - paint_px(paint, 3.0f);
    paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, theme->text, it->where);
    y += line + paint_px(paint, 4.0f);
    paint_row(paint, left, figures, y, "weight", number_text(number, (double)it->value, 4, part));
    if (it->window_count == 0 && it->source_plate >= 0) {
        y += line;
        snprintf(text, sizeof text, "%s × weight = %s",
                 number_text(number, (double)it->operand, 4, NUMBER_MINUS),
                 number_text(product, it->sum, 4, part));
        paint_row(paint, left, figures + paint_px(paint, 90.0f), y, it->source_name, text);
    }
    y += line;
    number_text(number, (double)it->gradient, 4, part);
    paint_row(paint, left, figures, y, "∂loss / ∂weight", info != NULL && info->has_gradients ? number : "–");
    paint_text(paint, UI_SANS, UI_TICK, figures + paint_px(paint, 10.0f), y, ALIGN_LEFT, theme->muted,
               "last training batch");
}

static void paint_plain(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    const float side = paint_px(paint, 58.0f), top = rect.y + paint_px(paint, content_units);
    const float left = rect.x + paint_px(paint, pad_units);
    paint_patch(paint, left, top, side, &it->value, 1, 1, &paint->frame->inspector.value, theme->select);
    char text[2 * INSPECT_TEXT] = "", number[NUMBER_TEXT_SIZE];
    if (it->has_mask)
        snprintf(text, sizeof text, "%s in training step %" PRIu64 ", rate %s; here passed on",
                 it->dropped ? "dropped" : "kept", it->step, LS_NUMBER(it->rate));
    else if (it->kind == INSPECT_PASSED)
        snprintf(text, sizeof text, "%s, passed on", it->source_name);
    else if (it->kind == INSPECT_FUNCTION)
        snprintf(text, sizeof text, "%s(%s)", inspect_activation_name(it),
                 number_text(number, (double)it->operand, 4, NUMBER_MINUS));
    else if (it->source_plate < 0)
        snprintf(text, sizeof text, "byte %.0f of 255", 255.0 * (double)it->value);
    else
        snprintf(text, sizeof text, "%s of %s", inspect_activation_name(it), it->source_name);
    paint_text(paint, UI_SANS, UI_TICK, left + side + paint_px(paint, 16.0f),
               paint_text_top(paint, UI_TICK, top, side), ALIGN_LEFT, theme->secondary, text);
}

/* A value of each input, and their sum. */
static void paint_add(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const float left = rect.x + paint_px(paint, pad_units), line = paint_px(paint, line_units);
    const float right = left + paint_px(paint, 230.0f);
    const int decimals = decimals_for(it);
    float y = rect.y + paint_px(paint, content_units);
    char figure[NUMBER_TEXT_SIZE], name[32];
    for (int i = 0; i < it->term_count; i++, y += line) {
        number_fixed(figure, it->terms[i].product, decimals, part);
        paint_row(paint, left, right, y, it->terms[i].name, figure);
    }
    if (it->more_count > 0) {
        snprintf(name, sizeof name, "%d more", it->more_count);
        number_fixed(figure, it->more, decimals, part);
        paint_row(paint, left, right, y, name, figure);
    }
    paint_sum(paint, rect, rect.y + paint_px(paint, content_units), "sum", paint->theme->select, false,
              decimals, it->sum);
}

/* γ · (x − μ) / σ + β, with its numbers. */
static void paint_norm(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const float left = rect.x + paint_px(paint, pad_units), line = paint_px(paint, line_units);
    const float right = left + paint_px(paint, 150.0f), second = right + paint_px(paint, 34.0f);
    const float top = rect.y + paint_px(paint, content_units);
    const struct {
        const char *name;
        double value;
    } parts[] = {{"x", (double)it->operand},
                 {"μ", it->mean},
                 {"σ", it->deviation},
                 {"γ", it->gamma},
                 {"β", (double)it->bias}};
    char text[INSPECT_TEXT + 16], number[NUMBER_TEXT_SIZE];
    for (int i = 0; i < 5; i++) {
        number_text(number, parts[i].value, 4, NUMBER_MINUS);
        const bool beside = i >= 3;
        paint_row(paint, beside ? second : left, beside ? second + paint_px(paint, 110.0f) : right,
                  top + line * (float)(beside ? i - 3 : i), parts[i].name, number);
    }
    snprintf(text, sizeof text, "x: %s", it->source_name);
    paint_text(paint, UI_SANS, UI_TICK, second, top + 2.0f * line, ALIGN_LEFT, paint->theme->muted, text);
    paint_text(paint, UI_MONO, UI_TICK, left, top + 3.4f * line, ALIGN_LEFT, paint->theme->secondary,
               "γ · (x − μ) / σ + β");
    snprintf(text, sizeof text, "= %s", number_text(number, it->sum, 4, NUMBER_MINUS));
    paint_text(paint, UI_MONO, UI_TICK, second, top + 3.4f * line, ALIGN_LEFT, paint->theme->select, text);
}

static void paint_head(const struct paint *paint, struct rect rect, const struct inspection *it)
{
    const struct theme *theme = paint->theme;
    char figure[NUMBER_TEXT_SIZE + 2] = "= ", name[2 * INSPECT_TEXT + 40], shortened[64];
    const float right = rect.x + rect.width - paint_px(paint, pad_units);
    if (it->kind == INSPECT_CONVOLUTION || it->kind == INSPECT_DENSE || it->kind == INSPECT_POOL)
        number_fixed(figure + 2, (double)it->value, decimals_for(it), NUMBER_MINUS);
    else
        number_text(figure + 2, (double)it->value, 4, NUMBER_MINUS);
    const float title = paint_title(paint, rect, "selected") + paint_px(paint, 10.0f);
    snprintf(name, sizeof name, "%s  %s", it->name, it->kind == INSPECT_WEIGHT ? "" : it->where);
    /* The numbers come back a frame or two after the picture that they are of. */
    const struct snapshot_info *info = paint->frame->info;
    const size_t used = strlen(name);
    if (info != NULL && info->step != it->step)
        snprintf(name + used, sizeof name - used, "  step %" PRIu64, it->step);
    /* Long figures are small, and what they leave no room for is cut. */
    const float room = right - title - paint_px(paint, 8.0f);
    const float wanted = paint_text_width(paint, UI_SANS, UI_TICK, name);
    const bool large = paint_text_width(paint, UI_MONO, UI_FIGURE, figure) + wanted <= room;
    const enum ui_size size = large ? UI_FIGURE : UI_BODY;
    paint_shorten(paint, UI_SANS, UI_TICK, name, room - paint_text_width(paint, UI_MONO, size, figure),
                  shortened);
    paint_text(paint, UI_MONO, size, right, rect.y + paint_px(paint, large ? 4.0f : 11.0f), ALIGN_RIGHT,
               theme->select, figure);
    paint_text(paint, UI_SANS, UI_TICK, title, rect.y + paint_px(paint, 13.0f), ALIGN_LEFT, theme->secondary,
               shortened);
}

void hud_paint_inspector(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    const struct inspection *it = paint->frame->inspector.selected;
    if (it == NULL) {
        paint_title(paint, rect, "selected");
        return;
    }
    paint_head(paint, rect, it);
    switch (it->kind) {
    case INSPECT_CONVOLUTION:
        paint_convolution(paint, rect, it);
        break;
    case INSPECT_DENSE:
        paint_dense(paint, rect, it);
        break;
    case INSPECT_POOL:
        paint_pool(paint, rect, it);
        break;
    case INSPECT_WEIGHT:
        paint_weight(paint, rect, it);
        break;
    case INSPECT_ADD:
        paint_add(paint, rect, it);
        break;
    case INSPECT_NORM:
        paint_norm(paint, rect, it);
        break;
    case INSPECT_FUNCTION:
    case INSPECT_PASSED:
    case INSPECT_PLAIN:
        paint_plain(paint, rect, it);
        break;
    }
}
