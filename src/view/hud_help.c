/* What lies over the scene on demand: the list of keys and the notice. */
#include "view/hud_paint.h"

#include <math.h>

static const float line_units = 26.0f, head_units = 52.0f;

static float widest(const struct paint *paint, bool keys)
{
    float width = 0.0f;
    for (int i = 0; i < paint->desc->key_count; i++) {
        const struct hud_key *key = &paint->desc->keys[i];
        width =
            fmaxf(width, keys ? paint_text_width(paint, UI_MONO, UI_TICK, key->keys) + paint_px(paint, 12.0f)
                              : paint_text_width(paint, UI_SANS, UI_BODY, key->text));
    }
    return width;
}

/* Rows per column, so that the list fits the window's height. */
static int rows_per_column(const struct paint *paint)
{
    const float room = (float)paint->frame->height - paint_px(paint, head_units + 60.0f);
    const int most = (int)fmaxf(1.0f, room / paint_px(paint, line_units));
    const int columns = (paint->desc->key_count + most - 1) / most;
    return columns < 1 ? 1 : (paint->desc->key_count + columns - 1) / columns;
}

static float column_width(const struct paint *paint)
{
    return widest(paint, true) + paint_px(paint, 14.0f) + widest(paint, false) + paint_px(paint, 28.0f);
}

struct rect hud_help_rect(const struct paint *paint)
{
    const int rows = rows_per_column(paint);
    const int columns = paint->desc->key_count == 0 ? 1 : (paint->desc->key_count + rows - 1) / rows;
    const float frame_width = (float)paint->frame->width, frame_height = (float)paint->frame->height;
    const float width = fminf(frame_width, column_width(paint) * (float)columns + paint_px(paint, 28.0f));
    const float height =
        fminf(frame_height, paint_px(paint, head_units + 8.0f) + paint_px(paint, line_units) * (float)rows);
    return (struct rect){roundf(0.5f * (frame_width - width)), roundf(0.5f * (frame_height - height)), width,
                         height};
}

void hud_paint_help(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    paint_panel(paint, rect);
    ui_clip(paint->ui, rect);
    const float pad = paint_px(paint, 22.0f);
    const float title =
        paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, rect.x + pad, rect.y + paint_px(paint, 14.0f),
                   ALIGN_LEFT, theme->text, "keys and mouse");
    paint_text(paint, UI_SANS, UI_TICK, rect.x + pad + title + paint_px(paint, 12.0f),
               rect.y + paint_px(paint, 18.0f), ALIGN_LEFT, theme->muted, "Esc closes");
    const int rows = rows_per_column(paint);
    const float keys = widest(paint, true), step = column_width(paint);
    for (int i = 0; i < paint->desc->key_count; i++) {
        const struct hud_key *key = &paint->desc->keys[i];
        const float x = rect.x + pad + step * (float)(i / rows);
        const float y =
            rect.y + paint_px(paint, head_units) + paint_px(paint, line_units) * (float)(i % rows);
        paint_key_cap(paint, x, y + paint_px(paint, 2.0f), key->keys);
        paint_text(paint, UI_SANS, UI_BODY, x + keys + paint_px(paint, 14.0f), y, ALIGN_LEFT,
                   theme->secondary, key->text);
    }
    ui_unclip(paint->ui);
}

struct rect hud_notice_rect(const struct paint *paint)
{
    const struct rect room = paint->frame->layout->free_view;
    const float width = fminf(
        paint_text_width(paint, UI_SANS, UI_BODY, paint->frame->notice) + paint_px(paint, 32.0f), room.width);
    const float height = fminf(paint_px(paint, 34.0f), room.height);
    return (struct rect){roundf(room.x + 0.5f * (room.width - width)),
                         room.y + room.height - height - paint_px(paint, 8.0f), width, height};
}

void hud_paint_notice(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    ui_clip(paint->ui, rect);
    paint_text(paint, UI_SANS, UI_BODY, rect.x + paint_px(paint, 16.0f),
               paint_text_top(paint, UI_BODY, rect.y, rect.height), ALIGN_LEFT, paint->theme->text,
               paint->frame->notice);
    ui_unclip(paint->ui);
}
