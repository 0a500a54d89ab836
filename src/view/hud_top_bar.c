/* The top bar: what runs, how far it is, how fast. Figures that do not fit are left out from the end. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "nn/network.h"

struct figure {
    const char *name;
    char value[NUMBER_TEXT_SIZE + 16];
    const char *widest; /* keeps the place of those behind it while the value grows */
};

enum { MAX_FIGURES = 10 };

static void write_measure(struct figure *figure, double value, int decimals, const char *unit)
{
    char number[NUMBER_TEXT_SIZE];
    snprintf(figure->value, sizeof figure->value, "%s %s",
             number_fixed(number, value, decimals, NUMBER_MINUS), unit);
}

static int collect_figures(const struct hud_frame *frame, struct figure *figures)
{
    int n = 0;
    const struct snapshot_info *info = frame->info;
    if (info != NULL) {
        figures[n] = (struct figure){.name = "step", .widest = "0000"};
        snprintf(figures[n++].value, sizeof figures[0].value, "%llu", (unsigned long long)info->step);
        figures[n] = (struct figure){.name = "epoch", .widest = "0.00"};
        number_fixed(figures[n++].value, info->epoch, 2, NUMBER_MINUS);
        figures[n] = (struct figure){.name = "batch", .widest = "00"};
        snprintf(figures[n++].value, sizeof figures[0].value, "%d", info->batch);
        figures[n] = (struct figure){.name = "lr", .widest = "0.001"};
        number_text(figures[n++].value, (double)info->learning_rate, 3, NUMBER_MINUS);
    }
    if (frame->hide_wall_clock || frame->paused)
        return n;
    figures[n] = (struct figure){.name = "fps", .widest = "000"};
    number_fixed(figures[n++].value, frame->fps, 0, NUMBER_MINUS);
    figures[n] = (struct figure){.name = "train", .widest = "00.00 ms"};
    write_measure(&figures[n++], frame->train_ms, frame->train_ms < 10.0 ? 2 : 1, "ms");
    figures[n] = (struct figure){.name = "view", .widest = "00.0 ms"};
    write_measure(&figures[n++], frame->view_ms, 1, "ms");
    if (frame->coarseness > 1.0f) {
        char times[NUMBER_TEXT_SIZE];
        figures[n] = (struct figure){.name = "3D", .widest = "1/1.5 size"};
        snprintf(figures[n++].value, sizeof figures[0].value, "1/%s size",
                 number_text(times, (double)frame->coarseness, 2, NUMBER_MINUS));
    }
    figures[n] = (struct figure){.name = "host→device", .widest = "000 KB/frame"};
    write_measure(&figures[n++], (double)frame->bytes_per_frame / 1024.0, 0, "KB/frame");
    if (frame->readback_bytes > 0) {
        figures[n] = (struct figure){.name = "device→host", .widest = "00.0 KB"};
        write_measure(&figures[n++], (double)frame->readback_bytes / 1024.0, 1, "KB");
    }
    return n;
}

static const char *badge_text(const struct paint *paint)
{
    return paint->frame->sharing ? paint->frame->sharing : paint->desc->backend;
}

/* An outlined word whose right end is at `right`; returns its left end. */
static float paint_badge(const struct paint *paint, float right, struct rect rect, struct color ink,
                         const char *text)
{
    const float pad = paint_px(paint, 8.0f), height = paint_px(paint, 20.0f);
    const float width = paint_text_width(paint, UI_MONO, UI_TICK, text) + 2.0f * pad;
    const struct rect badge = {right - width, roundf(rect.y + 0.5f * (rect.height - height)), width, height};
    ui_rect_outline(paint->ui, badge, paint_px(paint, 6.0f), paint_px(paint, 1.0f), ink);
    paint_text(paint, UI_MONO, UI_TICK, badge.x + pad, paint_text_top(paint, UI_TICK, rect.y, rect.height),
               ALIGN_LEFT, paint->theme->text, text);
    return badge.x;
}

enum { RECORDING_SIZE = 64 };

/* "REC 0:12", and how many frames could not be kept up with. */
static void recording_text(const struct paint *paint, char text[RECORDING_SIZE])
{
    const struct hud_recording *recording = &paint->frame->recording;
    const int seconds = (int)recording->seconds;
    int length = snprintf(text, RECORDING_SIZE, "REC %d:%02d", seconds / 60, seconds % 60);
    if (recording->dropped > 0)
        snprintf(text + length, RECORDING_SIZE - (size_t)length, "  %llu dropped",
                 (unsigned long long)recording->dropped);
}

/* The room that the badge needs, its distance to what follows included. */
static float recording_width(const struct paint *paint)
{
    char text[RECORDING_SIZE];
    recording_text(paint, text);
    return paint_text_width(paint, UI_MONO, UI_TICK, text) + paint_px(paint, 44.0f);
}

void hud_paint_recording(const struct paint *paint)
{
    const struct layout *layout = paint->frame->layout;
    const bool in_bar = layout->visible[PANEL_TOP_BAR];
    const float margin = paint_px(paint, 16.0f), height = paint_px(paint, 28.0f);
    const float width = recording_width(paint) - paint_px(paint, 8.0f);
    struct rect badge = {(float)paint->frame->width - margin - width, margin, width, height};
    if (in_bar) {
        const struct rect bar = layout->panels[PANEL_TOP_BAR];
        const float backend =
            paint_text_width(paint, UI_MONO, UI_TICK, badge_text(paint)) + paint_px(paint, 16.0f);
        badge.height = paint_px(paint, 20.0f);
        badge.x = bar.x + bar.width - paint_px(paint, 14.0f) - backend - paint_px(paint, 8.0f) - width;
        badge.y = roundf(bar.y + 0.5f * (bar.height - badge.height));
    }
    const float radius = paint_px(paint, 6.0f), dot = paint_px(paint, 8.0f);
    ui_rect_filled(paint->ui, badge, radius, paint->theme->panel);
    ui_rect_outline(paint->ui, badge, radius, paint_px(paint, 1.0f), paint->theme->edge_negative);
    ui_rect_filled(paint->ui,
                   (struct rect){badge.x + paint_px(paint, 8.0f),
                                 roundf(badge.y + 0.5f * (badge.height - dot)), dot, dot},
                   0.5f * dot, paint->theme->edge_negative);
    char text[RECORDING_SIZE];
    recording_text(paint, text);
    paint_text(paint, UI_MONO, UI_TICK, badge.x + paint_px(paint, 22.0f),
               paint_text_top(paint, UI_TICK, badge.y, badge.height), ALIGN_LEFT, paint->theme->text, text);
}

struct hint {
    const char *keys, *text;
    const char *command; /* that a click runs */
};

enum { MAX_HINTS = 5 };

/* What keys do now, those that would refuse left out. */
static int choose_hints(const struct hud_frame *frame, struct hint hints[MAX_HINTS])
{
    const struct display *display = frame->display;
    int count = 0;
    hints[count++] = (struct hint){"H", "help", "help"};
    if (layout_has_drawer_room(frame->layout))
        hints[count++] = (struct hint){"C", "controls", "controls"};
    if (frame->can_unfold)
        hints[count++] = (struct hint){"U", display->unfolded ? "fold" : "unfold", "unfold"};
    hints[count++] =
        (struct hint){"G", display->gradients == GRADIENTS_TURNED ? "values" : "gradients", "gradients"};
    hints[count++] = (struct hint){"Space", frame->paused ? "go on" : "pause", "pause"};
    return count;
}

/* Badges and key hints, which may be clicked, from the right, the one about
 * help first and farther to the left if need be; returns the x they begin at. */
static float paint_right_end(const struct paint *paint, struct rect rect, float help_limit, float hints_limit)
{
    const struct theme *theme = paint->theme;
    const float top = paint_text_top(paint, UI_TICK, rect.y, rect.height);
    float x = rect.x + rect.width - paint_px(paint, 14.0f);

    x = paint_badge(paint, x, rect, theme->secondary, badge_text(paint));
    if (paint->frame->recording.on)
        x -= recording_width(paint);

    struct hint hints[MAX_HINTS];
    const int count = choose_hints(paint->frame, hints);
    for (int i = 0; i < count; i++) {
        const float end = x - paint_px(paint, 8.0f);
        const float cap = paint_text_width(paint, UI_MONO, UI_TICK, hints[i].keys) + paint_px(paint, 12.0f);
        const float text = paint_text_width(paint, UI_SANS, UI_TICK, hints[i].text);
        const float begin = x - paint_px(paint, 16.0f) - text - paint_px(paint, 6.0f) - cap;
        if (begin < (i == 0 ? help_limit : hints_limit))
            break;
        x = begin;
        paint_key_cap(paint, x, top, hints[i].keys);
        const struct rect button = {x - paint_px(paint, 8.0f), rect.y, end - x + paint_px(paint, 8.0f),
                                    rect.height};
        const bool over = pointer_over(paint->frame->pointer, button);
        paint_text(paint, UI_SANS, UI_TICK, x + cap + paint_px(paint, 6.0f), top, ALIGN_LEFT,
                   over ? theme->text : theme->muted, hints[i].text);
        if (pointer_clicked(paint->frame->pointer, button))
            hud_ask(paint->requests, hints[i].command, NAN);
    }
    return x;
}

static float paint_paused(const struct paint *paint, float x, struct rect rect)
{
    const float top = paint_text_top(paint, UI_TICK, rect.y, rect.height);
    const float bar = paint_px(paint, 3.0f), height = paint_px(paint, 11.0f);
    const float y = roundf(rect.y + 0.5f * (rect.height - height));
    const struct color ink = paint->theme->select;
    ui_rect_filled(paint->ui, (struct rect){x, y, bar, height}, 0.0f, ink);
    ui_rect_filled(paint->ui, (struct rect){x + 2.0f * bar, y, bar, height}, 0.0f, ink);
    x += 3.0f * bar + paint_px(paint, 6.0f);
    return x + paint_text(paint, UI_SANS_SEMIBOLD, UI_TICK, x, top, ALIGN_LEFT, ink, "paused");
}

void hud_paint_top_bar(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    const float body_top = paint_text_top(paint, UI_BODY, rect.y, rect.height);
    paint_panel(paint, rect);
    ui_clip(paint->ui, rect);

    float x = rect.x + paint_px(paint, 14.0f);
    x +=
        paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, x, paint_text_top(paint, UI_TITLE, rect.y, rect.height),
                   ALIGN_LEFT, theme->text, "Layerscope");
    x += paint_px(paint, 14.0f);
    const float inset = paint_px(paint, 9.0f), half = 0.5f * paint_px(paint, 1.0f);
    ui_line(paint->ui, x + half, rect.y + inset, x + half, rect.y + rect.height - inset,
            paint_px(paint, 1.0f), theme->border);
    x += paint_px(paint, 14.0f);
    char run[160];
    snprintf(run, sizeof run, "%s on %s", paint->desc->network->name, paint->desc->data->name);
    x += paint_text(paint, UI_SANS, UI_BODY, x, body_top, ALIGN_LEFT, theme->secondary, run);
    if (paint->frame->paused)
        x = paint_paused(paint, x + paint_px(paint, 18.0f), rect);

    struct figure figures[MAX_FIGURES];
    const int count = collect_figures(paint->frame, figures);
    /* Step, epoch, batch and rate come before the hints about keys, the step before the one about help; the
     * rest behind them. */
    float advances[MAX_FIGURES], first = 0.0f;
    for (int i = 0; i < count; i++) {
        const float value = fmaxf(paint_text_width(paint, UI_MONO, UI_BODY, figures[i].value),
                                  paint_text_width(paint, UI_MONO, UI_BODY, figures[i].widest));
        advances[i] = paint_px(paint, 22.0f) + paint_text_width(paint, UI_SANS, UI_TICK, figures[i].name) +
                      paint_px(paint, 6.0f) + value;
        first += i < 4 ? advances[i] : 0.0f;
    }
    const float end =
        paint_right_end(paint, rect, x + (count > 0 ? advances[0] : 0.0f) + paint_px(paint, 22.0f),
                        x + first + paint_px(paint, 22.0f));
    for (int i = 0; i < count && x + advances[i] + paint_px(paint, 12.0f) <= end; i++) {
        const float left = x + paint_px(paint, 22.0f);
        const float name =
            paint_text(paint, UI_SANS, UI_TICK, left,
                       paint_text_top(paint, UI_TICK, rect.y, rect.height) + paint_px(paint, 1.0f),
                       ALIGN_LEFT, theme->muted, figures[i].name);
        paint_text(paint, UI_MONO, UI_BODY, left + name + paint_px(paint, 6.0f), body_top, ALIGN_LEFT,
                   theme->text, figures[i].value);
        x += advances[i];
    }
    ui_unclip(paint->ui);
}
