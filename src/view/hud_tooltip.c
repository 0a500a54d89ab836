/* The hovered value beside the cursor: where it is, what it is, and of which step. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

#include "base/number_text.h"

enum { MAX_LINES = 6 };

struct tip_line {
    enum ui_font font;
    enum ui_size size;
    struct color color;
    char text[2 * INSPECT_TEXT + 8];
};

static struct tip_line *add(struct tip_line *lines, int *count, enum ui_font font, enum ui_size size,
                            struct color color)
{
    struct tip_line *line = &lines[(*count)++];
    line->font = font;
    line->size = size;
    line->color = color;
    return line;
}

static void add_reason(const struct paint *paint, const struct inspection *it, struct tip_line *lines,
                       int *count)
{
    char reason[INSPECT_TEXT];
    inspect_reason(it, reason);
    if (reason[0] == '\0')
        return;
    struct tip_line *line = add(lines, count, UI_SANS, UI_TICK, paint->theme->text);
    snprintf(line->text, sizeof line->text, "%s", reason);
}

static int write_lines(const struct paint *paint, const struct inspection *it, struct tip_line *lines)
{
    const struct theme *theme = paint->theme;
    const struct snapshot_info *info = paint->frame->info;
    char gradient[NUMBER_TEXT_SIZE];
    int count = 0;
    struct tip_line *line = add(lines, &count, UI_SANS, UI_TICK, theme->secondary);
    snprintf(line->text, sizeof line->text, "%s  %s", it->name, it->where);
    line = add(lines, &count, UI_MONO, UI_TITLE, theme->text);
    number_text(line->text, (double)it->value, 4, NUMBER_MINUS);
    add_reason(paint, it, lines, &count);
    const bool weight = it->kind == INSPECT_WEIGHT;
    const bool known = it->has_gradient && (!weight || (info != NULL && info->has_gradients));
    if (paint->frame->display->gradients != GRADIENTS_OFF && known) {
        line = add(lines, &count, UI_MONO, UI_BODY, theme->text);
        snprintf(line->text, sizeof line->text, "∂ %s",
                 number_text(gradient, (double)it->gradient, 4, NUMBER_MINUS));
    }
    line = add(lines, &count, UI_SANS, UI_TICK, theme->muted);
    if (it->flat[0] != '\0')
        snprintf(line->text, sizeof line->text, "step %llu  %s", (unsigned long long)it->step, it->flat);
    else
        snprintf(line->text, sizeof line->text, "step %llu", (unsigned long long)it->step);
    return count;
}

void hud_paint_tooltip(const struct paint *paint)
{
    const struct inspection *it = paint->frame->inspector.hovered;
    if (it == NULL)
        return;
    struct tip_line lines[MAX_LINES];
    const int count = write_lines(paint, it, lines);
    const float pad = paint_px(paint, 10.0f), away = paint_px(paint, 16.0f);
    float width = 0.0f, height = 0.0f;
    for (int i = 0; i < count; i++) {
        float w, h;
        ui_text_size(paint->ui, lines[i].font, lines[i].size, lines[i].text, &w, &h);
        width = fmaxf(width, w);
        height += h;
    }
    struct rect rect = {paint->frame->cursor[0] + away, paint->frame->cursor[1] + away,
                        ceilf(width + 2.0f * pad), height + 1.4f * pad};
    /* On the other side of the cursor where the window ends. */
    if (rect.x + rect.width > (float)paint->frame->width)
        rect.x = fmaxf(0.0f, paint->frame->cursor[0] - away - rect.width);
    if (rect.y + rect.height > (float)paint->frame->height)
        rect.y = fmaxf(0.0f, paint->frame->cursor[1] - away - rect.height);
    rect.x = roundf(rect.x);
    rect.y = roundf(rect.y);
    paint_panel(paint, rect);
    float y = rect.y + 0.7f * pad;
    for (int i = 0; i < count; i++) {
        float w, h;
        ui_text_size(paint->ui, lines[i].font, lines[i].size, lines[i].text, &w, &h);
        paint_text(paint, lines[i].font, lines[i].size, rect.x + pad, y, ALIGN_LEFT, lines[i].color,
                   lines[i].text);
        y += h;
    }
}
