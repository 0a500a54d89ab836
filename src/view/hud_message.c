/* A message over the scene: a title and a text of some lines. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_LINES = 10, LINE_SIZE = 256 };

/* A notice has its line below it. */
static const float NOTICE_UNITS = 42.0f, LEAST_UNITS = 380.0f;
static const float WIDTH_UNITS = 660.0f, MARGIN_UNITS = 8.0f, PAD_UNITS = 16.0f, STRIPE_UNITS = 4.0f;
static const float HEAD_UNITS = 36.0f, LINE_UNITS = 21.0f, FOOT_UNITS = 10.0f;

struct message_lines {
    char text[MOST_LINES][LINE_SIZE];
    int count;
};

static bool fits(const struct paint *paint, const char *text, size_t length, float width)
{
    char part[LINE_SIZE];
    snprintf(part, sizeof part, "%.*s", (int)length, text);
    return paint_text_width(paint, UI_SANS, UI_BODY, part) <= width;
}

/* The end of the next character in UTF-8. */
static size_t next_character(const char *text, size_t at)
{
    at++;
    while (((unsigned char)text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* How much of `text` goes into a line: whole words, or a part of one that is too long by itself. */
static size_t line_length(const struct paint *paint, const char *text, float width)
{
    size_t best = 0, at = 0;
    while (text[at]) {
        const size_t end = at + strspn(text + at, " "), word = end + strcspn(text + end, " ");
        if (word >= LINE_SIZE || !fits(paint, text, word, width))
            break;
        best = at = word;
    }
    if (best > 0 || !text[0])
        return best;
    for (size_t end = next_character(text, 0); end < LINE_SIZE && fits(paint, text, end, width);
         end = next_character(text, end)) {
        best = end;
        if (!text[end])
            break;
    }
    return best > 0 ? best : next_character(text, 0);
}

static void wrap(const struct paint *paint, const char *text, float width, struct message_lines *lines)
{
    lines->count = 0;
    while (text[0] && lines->count < MOST_LINES) {
        const size_t length = line_length(paint, text, width);
        const bool cut = lines->count == MOST_LINES - 1 && text[length];
        snprintf(lines->text[lines->count++], LINE_SIZE, "%.*s%s", (int)length, text, cut ? " …" : "");
        text += length;
        text += strspn(text, " ");
    }
}

/* Beside the inspector's card, as long as that leaves room for some words. */
static float width_of(const struct paint *paint)
{
    const struct layout *layout = paint->frame->layout;
    const float margins = 2.0f * paint_px(paint, MARGIN_UNITS), wide = paint_px(paint, WIDTH_UNITS);
    const float room = layout->free_view.width - margins;
    const float card = layout->visible[PANEL_INSPECTOR] ? layout->panels[PANEL_INSPECTOR].width : 0.0f;
    const float beside = room - card;
    return fmaxf(fminf(wide, beside >= paint_px(paint, LEAST_UNITS) ? beside : room), 1.0f);
}

static float text_width(const struct paint *paint)
{
    return fmaxf(width_of(paint) - 2.0f * paint_px(paint, PAD_UNITS), 1.0f);
}

struct rect hud_message_rect(const struct paint *paint)
{
    const struct rect room = paint->frame->layout->free_view;
    struct message_lines lines;
    const float width = width_of(paint);
    wrap(paint, paint->frame->message->text, text_width(paint), &lines);
    const float height = paint_px(paint, HEAD_UNITS) + paint_px(paint, LINE_UNITS) * (float)lines.count +
                         (lines.count > 0 ? paint_px(paint, FOOT_UNITS) : 0.0f);
    const float margin = paint_px(paint, MARGIN_UNITS);
    const float notice = paint->frame->notice != NULL ? paint_px(paint, NOTICE_UNITS) : 0.0f;
    const float y = roundf(room.y + room.height - margin - notice - height);
    return (struct rect){room.x + margin, fmaxf(y, 0.0f), width, height};
}

/* "Esc closes", at the right end of the title's line; returns where it begins. */
static float paint_hint(const struct paint *paint, float right, float top, const char *what)
{
    const float text = paint_text_width(paint, UI_SANS, UI_TICK, what);
    paint_text(paint, UI_SANS, UI_TICK, right, top, ALIGN_RIGHT, paint->theme->muted, what);
    const float cap = paint_text_width(paint, UI_MONO, UI_TICK, "Esc") + paint_px(paint, 12.0f);
    const float x = right - text - paint_px(paint, 7.0f) - cap;
    paint_key_cap(paint, x, top, "Esc");
    return x;
}

void hud_paint_message(const struct paint *paint, struct rect rect)
{
    const struct hud_message *message = paint->frame->message;
    const struct theme *theme = paint->theme;
    const struct color stripes[] = {[MESSAGE_PROGRESS] = theme->muted,
                                    [MESSAGE_DONE] = theme->train,
                                    [MESSAGE_ERROR] = theme->edge_negative};
    const float pad = paint_px(paint, PAD_UNITS), stripe = paint_px(paint, STRIPE_UNITS);
    struct message_lines lines;
    wrap(paint, message->text, text_width(paint), &lines);
    paint_panel(paint, rect);
    ui_clip(paint->ui, (struct rect){rect.x, rect.y, stripe, rect.height});
    ui_rect_filled(paint->ui, (struct rect){rect.x, rect.y, 4.0f * stripe, rect.height},
                   paint_px(paint, 8.0f), stripes[message->kind]);
    ui_unclip(paint->ui);
    const float top = rect.y + paint_px(paint, 10.0f);
    const float hint = paint_hint(paint, rect.x + rect.width - pad, top + paint_px(paint, 2.0f),
                                  message->kind == MESSAGE_PROGRESS ? "gives up" : "closes");
    ui_clip(paint->ui, (struct rect){rect.x, rect.y, hint - rect.x - paint_px(paint, 8.0f), rect.height});
    paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, rect.x + pad, top, ALIGN_LEFT, theme->text, message->title);
    ui_unclip(paint->ui);
    ui_clip(paint->ui, rect);
    for (int i = 0; i < lines.count; i++)
        paint_text(paint, UI_SANS, UI_BODY, rect.x + pad,
                   rect.y + paint_px(paint, HEAD_UNITS) + paint_px(paint, LINE_UNITS) * (float)i, ALIGN_LEFT,
                   theme->secondary, lines.text[i]);
    ui_unclip(paint->ui);
}
