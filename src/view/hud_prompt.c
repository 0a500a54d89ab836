/* What shall be trained: a line to type a path in, and rows of names to choose from. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PROMPT_LISTED = 16 };

static const float WIDTH_UNITS = 600.0f, MARGIN_UNITS = 8.0f, PAD_UNITS = 18.0f, HEAD_UNITS = 44.0f;
static const float FIELD_UNITS = 32.0f, TITLE_UNITS = 84.0f, CHIP_UNITS = 24.0f, GAP_UNITS = 6.0f;
static const float LIST_UNITS = 24.0f, LIST_GAP_UNITS = 9.0f; /* names to go on with */
static const float ROW_GAP_UNITS = 12.0f, FOOT_UNITS = 52.0f, CHIP_PAD_UNITS = 10.0f;

static float width_of(const struct paint *paint)
{
    const float room = paint->frame->layout->free_view.width - 2.0f * paint_px(paint, MARGIN_UNITS);
    return fmaxf(fminf(paint_px(paint, WIDTH_UNITS), room), 1.0f);
}

static float chip_width(const struct paint *paint, const char *name)
{
    return paint_text_width(paint, UI_SANS, UI_TICK, name) + 2.0f * paint_px(paint, CHIP_PAD_UNITS);
}

/* Places name `i` of a row behind the one before it, or on the next line. */
static struct rect place_chip(const struct paint *paint, const char *name, float left, float right,
                              struct rect before)
{
    const float width = chip_width(paint, name), height = paint_px(paint, CHIP_UNITS);
    const float gap = paint_px(paint, GAP_UNITS);
    const float x = before.width > 0.0f ? before.x + before.width + gap : left;
    if (x > left && x + width > right)
        return (struct rect){left, before.y + height + gap, width, height};
    return (struct rect){x, before.y, width, height};
}

static void paint_chip(const struct paint *paint, const struct hud_prompt_row *row, int i, struct rect rect)
{
    const struct theme *theme = paint->theme;
    const float radius = paint_px(paint, 4.0f);
    const bool over = pointer_over(paint->frame->pointer, rect);
    ui_rect_filled(paint->ui, rect, radius, paint_fade(theme->border, over ? 1.0f : 0.55f));
    if (i == row->chosen)
        ui_rect_filled(paint->ui, rect, radius, paint_fade(theme->train, 0.4f));
    if (i == row->present || i == row->chosen)
        ui_rect_outline(paint->ui, rect, radius, paint_px(paint, i == row->chosen ? 2.0f : 1.0f),
                        i == row->chosen ? theme->train : theme->muted);
    paint_text(paint, UI_SANS, UI_TICK, rect.x + paint_px(paint, CHIP_PAD_UNITS),
               paint_text_top(paint, UI_TICK, rect.y, rect.height), ALIGN_LEFT, theme->text, row->names[i]);
    /* The first of two clicks has chosen it. */
    if (pointer_double_clicked(paint->frame->pointer, rect))
        hud_ask(paint->requests, "prompt-open", 1.0);
    else if (pointer_clicked(paint->frame->pointer, rect))
        hud_ask(paint->requests, row->setting, (double)i);
}

/* Goes through a row from `top` on; returns where it ends. */
static float go_through(const struct paint *paint, const struct hud_prompt_row *row, struct rect panel,
                        float top, bool paints)
{
    const float pad = paint_px(paint, PAD_UNITS), left = panel.x + pad + paint_px(paint, TITLE_UNITS);
    const float right = panel.x + panel.width - pad;
    struct rect chip = {left, top, 0.0f, paint_px(paint, CHIP_UNITS)};
    if (paints)
        paint_text(paint, UI_SANS, UI_BODY, panel.x + pad, paint_text_top(paint, UI_BODY, top, chip.height),
                   ALIGN_LEFT, paint->theme->secondary, row->title);
    for (int i = 0; i < row->count; i++) {
        chip = place_chip(paint, row->names[i], left, right, chip);
        if (paints)
            paint_chip(paint, row, i, chip);
    }
    return chip.y + chip.height;
}

static float rows_top(const struct paint *paint, struct rect panel)
{
    const bool lists = paint->frame->prompt->completion_total > 0;
    return panel.y + paint_px(paint, HEAD_UNITS + FIELD_UNITS + ROW_GAP_UNITS + (lists ? LIST_UNITS : 0.0f));
}

/* Names that have room, and how many more there are. */
static void paint_completions(const struct paint *paint, float left, float right, float top)
{
    const struct hud_prompt *prompt = paint->frame->prompt;
    const float gap = paint_px(paint, 14.0f), room = right - left;
    float widths[PROMPT_LISTED], used = 0.0f;
    int shown = 0;
    char more[40] = "";
    for (; shown < prompt->completion_count && shown < PROMPT_LISTED; shown++) {
        widths[shown] = paint_text_width(paint, UI_MONO, UI_TICK, prompt->completions[shown]) + gap;
        used += widths[shown];
        if (used > room)
            break;
    }
    float more_width = 0.0f;
    for (; shown < prompt->completion_total; shown--) {
        snprintf(more, sizeof more, "and %d more", prompt->completion_total - shown);
        more_width = paint_text_width(paint, UI_SANS, UI_TICK, more);
        float width = more_width;
        for (int i = 0; i < shown; i++)
            width += widths[i];
        if (width <= room || shown == 0)
            break;
    }
    float x = left;
    for (int i = 0; i < shown; i++) {
        paint_text(paint, UI_MONO, UI_TICK, x, top, ALIGN_LEFT, paint->theme->text, prompt->completions[i]);
        x += widths[i];
    }
    if (shown < prompt->completion_total)
        paint_text(paint, UI_SANS, UI_TICK, x, top, ALIGN_LEFT, paint->theme->secondary, more);
}

struct rect hud_prompt_rect(const struct paint *paint)
{
    const struct rect room = paint->frame->layout->free_view;
    const float width = width_of(paint);
    struct rect rect = {roundf(room.x + 0.5f * (room.width - width)), room.y + paint_px(paint, MARGIN_UNITS),
                        width, 0.0f};
    float bottom = rows_top(paint, rect);
    for (int i = 0; i < HUD_PROMPT_ROWS; i++)
        bottom = go_through(paint, &paint->frame->prompt->rows[i], rect, bottom, false) +
                 paint_px(paint, ROW_GAP_UNITS);
    rect.height = bottom + paint_px(paint, FOOT_UNITS - ROW_GAP_UNITS) - rect.y;
    /* Rather over the panels below than cut off. */
    rect.y = fmaxf(fminf(rect.y, (float)paint->frame->height - rect.height), 0.0f);
    return rect;
}

/* The end of the text where it is too long. */
static void paint_field(const struct paint *paint, struct rect field)
{
    const struct theme *theme = paint->theme;
    const char *text = paint->frame->prompt->text;
    const float pad = paint_px(paint, 10.0f), room = field.width - 2.0f * pad;
    const float top = paint_text_top(paint, UI_BODY, field.y, field.height);
    ui_rect_filled(paint->ui, field, paint_px(paint, 4.0f), theme->background);
    ui_rect_outline(paint->ui, field, paint_px(paint, 4.0f), paint_px(paint, 1.0f), theme->train);
    ui_clip(paint->ui, (struct rect){field.x + pad, field.y, room + pad, field.height});
    const float width = paint_text_width(paint, UI_MONO, UI_BODY, text);
    const float x = field.x + pad + fminf(room - width, 0.0f);
    if (text[0])
        paint_text(paint, UI_MONO, UI_BODY, x, top, ALIGN_LEFT, theme->text, text);
    else
        paint_text(paint, UI_SANS, UI_BODY, x + paint_px(paint, 8.0f), top, ALIGN_LEFT, theme->muted,
                   "path of a model, of data or of a checkpoint; or drop it on the window");
    ui_rect_filled(paint->ui,
                   (struct rect){x + width + 1.0f, field.y + paint_px(paint, 7.0f), paint_px(paint, 2.0f),
                                 field.height - paint_px(paint, 14.0f)},
                   0.0f, theme->train);
    ui_unclip(paint->ui);
}

/* A key with what it does, which a click does too; returns its width. */
static float paint_action(const struct paint *paint, float x, float y, const char *key, const char *text,
                          double value)
{
    const float cap = paint_key_cap(paint, x, y, key), gap = paint_px(paint, 7.0f);
    const float width =
        cap + gap +
        paint_text(paint, UI_SANS, UI_TICK, x + cap + gap, y, ALIGN_LEFT, paint->theme->secondary, text);
    const struct rect area = {x - gap, y - gap, width + 2.0f * gap, paint_px(paint, CHIP_UNITS) + gap};
    if (pointer_clicked(paint->frame->pointer, area))
        hud_ask(paint->requests, "prompt-open", value);
    return width;
}

void hud_paint_prompt(const struct paint *paint, struct rect rect)
{
    const struct hud_prompt *prompt = paint->frame->prompt;
    const float pad = paint_px(paint, PAD_UNITS), left = rect.x + pad, right = rect.x + rect.width - pad;
    const float top = rect.y + paint_px(paint, 13.0f), tick_top = top + paint_px(paint, 2.0f);
    paint_panel(paint, rect);
    paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, left, top, ALIGN_LEFT, paint->theme->text,
               "network and data");
    const float closes = paint_text_width(paint, UI_SANS, UI_TICK, "closes") +
                         paint_text_width(paint, UI_MONO, UI_TICK, "Esc") + paint_px(paint, 19.0f);
    paint_action(paint, right - closes, tick_top, "Esc", "closes", 0.0);
    paint_field(paint, (struct rect){left, rect.y + paint_px(paint, HEAD_UNITS), right - left,
                                     paint_px(paint, FIELD_UNITS)});
    float at = rows_top(paint, rect);
    if (prompt->completion_total > 0)
        paint_completions(paint, left, right,
                          rect.y + paint_px(paint, HEAD_UNITS + FIELD_UNITS + LIST_GAP_UNITS));
    for (int i = 0; i < HUD_PROMPT_ROWS; i++)
        at = go_through(paint, &prompt->rows[i], rect, at, true) + paint_px(paint, ROW_GAP_UNITS);
    const float foot = rect.y + rect.height - paint_px(paint, FOOT_UNITS - 20.0f);
    ui_clip(paint->ui,
            (struct rect){left, foot - paint_px(paint, 8.0f), right - left, paint_px(paint, 36.0f)});
    paint_action(paint, left, foot, "Enter", prompt->summary, 1.0);
    ui_unclip(paint->ui);
}
