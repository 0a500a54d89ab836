/* The values of a plot under the cursor. Painted every frame over the finished panels, so that following
 * the mouse never redraws them. */
#include "view/hud_plots.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "view/plot_reading.h"

enum { MAX_LINES = 4, CURVE_SAMPLES = 24 };

struct line {
    char label[24], value[56];
    struct color color;
    bool needed; /* the others go first where there is no room */
};

struct readout {
    struct line lines[MAX_LINES];
    int count;
    float width, height, label_width;
};

static struct color mix(struct color a, struct color b, float t)
{
    return (struct color){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t, 1.0f};
}

static float place_x(const struct plot_frame *frame, double step)
{
    return frame->area.x + (float)plot_axis_position(&frame->steps, step) * frame->area.width;
}

/* NaN for a value that the axis does not reach. */
static float place_y(const struct plot_frame *frame, float value)
{
    if (!isfinite(value) || (frame->values.logarithmic && value <= 0.0f))
        return NAN;
    const double t = plot_axis_position(&frame->values, (double)value);
    return t < -1e-6 || t > 1.0 + 1e-6 ? NAN : frame->area.y + (float)(1.0 - t) * frame->area.height;
}

static struct line *add_line(struct readout *readout, const char *label, struct color color, bool needed)
{
    struct line *line = &readout->lines[readout->count++];
    *line = (struct line){.color = color, .needed = needed};
    snprintf(line->label, sizeof line->label, "%s", label);
    return line;
}

static void fill_readout(const struct paint *paint, const struct plot_frame *frame,
                         const struct plot_history *history, const struct plot_reading *reading,
                         struct readout *readout)
{
    const struct theme *theme = paint->theme;
    const bool percent = frame->series == PLOT_ACCURACY && !history->of_targets;
    const bool single = reading->first_step == reading->last_step;
    *readout = (struct readout){0};
    struct line *line = add_line(readout, single ? "step" : "steps", theme->text, true);
    if (single)
        snprintf(line->value, sizeof line->value, "%" PRIu32, reading->last_step);
    else
        snprintf(line->value, sizeof line->value, "%" PRIu32 "–%" PRIu32, reading->first_step,
                 reading->last_step);
    if (frame->series == PLOT_LEARNING_RATE) {
        line = add_line(readout, "rate", frame->train, true);
        number_text(line->value, (double)reading->cell.last, 4, NUMBER_MINUS);
        return;
    }
    char low[NUMBER_TEXT_SIZE], high[NUMBER_TEXT_SIZE];
    line = add_line(readout, "mean", frame->train, true);
    hud_format_figure(low, reading->cell.smooth, percent);
    snprintf(line->value, sizeof line->value, "%s", low);
    line = add_line(readout, "raw", theme->secondary, false);
    hud_format_figure(low, reading->cell.low, percent);
    hud_format_figure(high, reading->cell.high, percent);
    if (single)
        snprintf(line->value, sizeof line->value, "%s", low);
    else
        snprintf(line->value, sizeof line->value, "%s–%s", low, high);
    if (reading->evaluation < 0)
        return;
    const uint32_t evaluated_at = history->evaluations[reading->evaluation].step;
    snprintf(low, sizeof low, evaluated_at == reading->last_step ? "test" : "test at %" PRIu32, evaluated_at);
    line = add_line(readout, low, theme->test, true);
    hud_format_figure(line->value, reading->evaluated, percent);
}

static void measure(const struct paint *paint, struct readout *readout)
{
    float labels = 0.0f, values = 0.0f;
    for (int i = 0; i < readout->count; i++) {
        labels = fmaxf(labels, paint_text_width(paint, UI_SANS, UI_TICK, readout->lines[i].label));
        values = fmaxf(values, paint_text_width(paint, UI_MONO, UI_TICK, readout->lines[i].value));
    }
    readout->label_width = ceilf(labels);
    readout->width = ceilf(labels + values) + paint_px(paint, 26.0f);
    readout->height = (float)readout->count * paint_px(paint, 16.0f) + paint_px(paint, 8.0f);
}

static bool drop_a_line(struct readout *readout)
{
    for (int i = readout->count - 1; i >= 0; i--) {
        if (readout->lines[i].needed)
            continue;
        for (int k = i; k + 1 < readout->count; k++)
            readout->lines[k] = readout->lines[k + 1];
        readout->count--;
        return true;
    }
    return false;
}

static bool meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static bool holds(struct rect rect, float x, float y)
{
    return x >= rect.x && x <= rect.x + rect.width && y >= rect.y && y <= rect.y + rect.height;
}

/* How much of the curves a box would hide. */
static int hidden(const struct plot_frame *frame, const struct plot_history *history, struct rect box)
{
    int count = 0;
    for (int i = 0; i < CURVE_SAMPLES; i++) {
        const float x = box.x + box.width * ((float)i + 0.5f) / CURVE_SAMPLES;
        const double step = frame->steps.low + (double)((x - frame->area.x) / frame->area.width) *
                                                   (frame->steps.high - frame->steps.low);
        struct plot_reading reading;
        if (plot_reading_at(history, frame->series, step, &reading))
            count += holds(box, x, place_y(frame, reading.cell.smooth));
    }
    for (int i = 0; i < history->evaluation_count; i++) {
        const struct evaluation_sample *e = &history->evaluations[i];
        count +=
            2 * holds(box, place_x(frame, e->step), place_y(frame, plot_evaluation_value(e, frame->series)));
    }
    return count;
}

/* Beside the line at `x`, or across it where the plot is too narrow; within the plot's area and off its
 * key, where it hides least. */
static bool find_place(const struct paint *paint, const struct hud_plot *plot,
                       const struct plot_history *history, float x, const struct readout *readout,
                       struct rect *place)
{
    const struct rect area = plot->frame.area;
    const float away = paint_px(paint, 10.0f), inset = paint_px(paint, 2.0f);
    const float slack = area.height - readout->height - 2.0f * inset;
    const float leftmost = area.x + inset, rightmost = area.x + area.width + away - readout->width;
    const float columns[] = {x + away, x - away - readout->width,
                             fmaxf(leftmost, fminf(x - 0.5f * readout->width, rightmost))};
    int least = INT32_MAX;
    for (int column = 0; column < 3 && slack >= 0.0f && !(column == 2 && least < INT32_MAX); column++) {
        if (columns[column] < leftmost || columns[column] > rightmost)
            continue;
        for (int row = 0; row < 3; row++) {
            const struct rect box = {roundf(columns[column]),
                                     roundf(area.y + inset + 0.5f * (float)row * slack), readout->width,
                                     readout->height};
            const int cost = meet(box, plot->key) ? INT32_MAX : hidden(&plot->frame, history, box);
            if (cost < least) {
                least = cost;
                *place = box;
            }
        }
    }
    return least < INT32_MAX;
}

static void paint_readout(const struct paint *paint, const struct readout *readout, struct rect box)
{
    const struct theme *theme = paint->theme;
    const float radius = paint_px(paint, 4.0f), pad = paint_px(paint, 8.0f);
    ui_rect_filled(paint->ui, box, radius, theme->panel);
    ui_rect_outline(paint->ui, box, radius, paint_px(paint, 1.0f), mix(theme->border, theme->muted, 0.4f));
    float y = box.y + paint_px(paint, 4.0f);
    for (int i = 0; i < readout->count; i++) {
        const struct line *line = &readout->lines[i];
        paint_text(paint, UI_SANS, UI_TICK, box.x + pad, y, ALIGN_LEFT, theme->secondary, line->label);
        paint_text(paint, UI_MONO, UI_TICK, box.x + box.width - pad, y, ALIGN_RIGHT, line->color,
                   line->value);
        y += paint_px(paint, 16.0f);
    }
}

static void paint_dot(const struct paint *paint, float x, float y, float radius, struct color color)
{
    ui_rect_filled(paint->ui, (struct rect){x - radius, y - radius, 2.0f * radius, 2.0f * radius}, radius,
                   color);
}

/* A ring around the evaluation that is read, which may stand at another step than the line. */
static void paint_marks(const struct paint *paint, const struct plot_frame *frame,
                        const struct plot_history *history, const struct plot_reading *reading, float x)
{
    const float y =
        place_y(frame, frame->series == PLOT_LEARNING_RATE ? reading->cell.last : reading->cell.smooth);
    if (isfinite(y)) {
        paint_dot(paint, x, y, paint_px(paint, 4.0f), paint->theme->panel);
        paint_dot(paint, x, y, paint_px(paint, 3.0f), paint->theme->text);
    }
    const float evaluated = place_y(frame, reading->evaluated);
    if (reading->evaluation < 0 || !isfinite(evaluated))
        return;
    const float radius = paint_px(paint, 6.0f);
    const float at = place_x(frame, history->evaluations[reading->evaluation].step);
    ui_rect_outline(paint->ui, (struct rect){at - radius, evaluated - radius, 2.0f * radius, 2.0f * radius},
                    radius, paint_px(paint, 1.5f), paint->theme->text);
}

void hud_paint_plot_hover(const struct paint *paint, const struct hud_plot *plot,
                          const struct plot_history *history)
{
    const struct plot_frame *frame = &plot->frame;
    const float x = paint->frame->cursor[0], y = paint->frame->cursor[1];
    const struct rect reach = {frame->area.x, plot->panel.y, frame->area.width, plot->panel.height};
    struct plot_reading reading;
    if (!holds(reach, x, y))
        return;
    const double step = frame->steps.low + (double)((x - frame->area.x) / frame->area.width) *
                                               (frame->steps.high - frame->steps.low);
    if (!plot_reading_at(history, frame->series, step, &reading))
        return;
    const float at = roundf(place_x(frame, reading.last_step));
    const float thin = paint_px(paint, 1.0f), middle = at + 0.5f * fmodf(thin, 2.0f);
    /* Below the words of the key. */
    const bool crosses = at > plot->key.x && at < plot->key.x + plot->key.width;
    const float top = crosses ? plot->key.y + plot->key.height : frame->area.y;
    ui_line(paint->ui, middle, top, middle, frame->area.y + frame->area.height, thin, paint->theme->muted);
    paint_marks(paint, frame, history, &reading, at);

    struct readout readout;
    struct rect box;
    fill_readout(paint, frame, history, &reading, &readout);
    measure(paint, &readout);
    bool placed = find_place(paint, plot, history, at, &readout, &box);
    while (!placed && drop_a_line(&readout)) {
        measure(paint, &readout);
        placed = find_place(paint, plot, history, at, &readout, &box);
    }
    if (placed)
        paint_readout(paint, &readout, box);
}
