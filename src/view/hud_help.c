/* What lies over the scene on demand: the list of keys and the notice. */
#include "view/hud_paint.h"

#include <math.h>

static const float HEAD_UNITS = 46.0f, FOOT_UNITS = 12.0f, PAD_UNITS = 22.0f;
static const float CAP_PAD_UNITS = 12.0f, KEY_GAP_UNITS = 14.0f, COLUMN_GAP_UNITS = 28.0f;
static const float AIR_UNITS = 8.0f; /* between the list and the window's edges */

/* How large the list is written and set. */
struct help_form {
    enum ui_size size;
    float line_units;
    int rows; /* in a column */
};

static int divide_up(int a, int b) { return (a + b - 1) / b; }

/* The widest cap or text of a column. */
static float widest(const struct paint *paint, const struct help_form *form, int column, bool keys)
{
    float width = 0.0f;
    for (int i = column * form->rows; i < (column + 1) * form->rows && i < paint->desc->key_count; i++) {
        const struct hud_key *key = &paint->desc->keys[i];
        width = fmaxf(width, keys ? paint_text_width(paint, UI_MONO, UI_TICK, key->keys) +
                                        paint_px(paint, CAP_PAD_UNITS)
                                  : paint_text_width(paint, UI_SANS, form->size, key->text));
    }
    return width;
}

static float column_width(const struct paint *paint, const struct help_form *form, int column)
{
    return widest(paint, form, column, true) + paint_px(paint, KEY_GAP_UNITS) +
           widest(paint, form, column, false);
}

static struct rect form_rect(const struct paint *paint, const struct help_form *form)
{
    const int columns = form->rows > 0 ? divide_up(paint->desc->key_count, form->rows) : 0;
    float width = 2.0f * paint_px(paint, PAD_UNITS);
    for (int column = 0; column < columns; column++)
        width += column_width(paint, form, column) + (column > 0 ? paint_px(paint, COLUMN_GAP_UNITS) : 0.0f);
    const float height =
        paint_px(paint, HEAD_UNITS + FOOT_UNITS) + paint_px(paint, form->line_units) * (float)form->rows;
    return (struct rect){roundf(0.5f * ((float)paint->frame->width - width)),
                         roundf(0.5f * ((float)paint->frame->height - height)), width, height};
}

/* The largest that the window has room for, in columns of equal length. */
static struct help_form choose_form(const struct paint *paint)
{
    static const struct help_form forms[] = {
        {UI_BODY, 26.0f, 0}, {UI_TICK, 22.0f, 0}, {UI_TICK, 20.0f, 0}, {UI_TICK, 13.0f, 0}};
    enum { FORMS = sizeof forms / sizeof forms[0], MOST_COLUMNS = 3 };
    const float air = 2.0f * paint_px(paint, AIR_UNITS);
    for (int i = 0; i < FORMS * MOST_COLUMNS; i++) {
        struct help_form form = forms[i / MOST_COLUMNS];
        form.rows = divide_up(paint->desc->key_count, i % MOST_COLUMNS + 1);
        const struct rect rect = form_rect(paint, &form);
        if (rect.width + air <= (float)paint->frame->width &&
            rect.height + air <= (float)paint->frame->height)
            return form;
    }
    struct help_form smallest = forms[FORMS - 1];
    smallest.rows = paint->desc->key_count;
    return smallest;
}

struct rect hud_help_rect(const struct paint *paint)
{
    const struct help_form form = choose_form(paint);
    const struct rect rect = form_rect(paint, &form);
    const float right = fminf(rect.x + rect.width, (float)paint->frame->width);
    const float bottom = fminf(rect.y + rect.height, (float)paint->frame->height);
    const float left = fmaxf(rect.x, 0.0f), top = fmaxf(rect.y, 0.0f);
    return (struct rect){left, top, right - left, bottom - top};
}

static void paint_keys(const struct paint *paint, const struct help_form *form, int column, float x,
                       float top)
{
    const float keys = widest(paint, form, column, true), line = paint_px(paint, form->line_units);
    for (int i = column * form->rows; i < (column + 1) * form->rows && i < paint->desc->key_count; i++) {
        const struct hud_key *key = &paint->desc->keys[i];
        const float y = top + line * (float)(i - column * form->rows);
        if (form->line_units >= 20.0f)
            paint_key_cap(paint, x, paint_text_top(paint, UI_TICK, y, line), key->keys);
        else
            paint_text(paint, UI_MONO, UI_TICK, x, paint_text_top(paint, UI_TICK, y, line), ALIGN_LEFT,
                       paint->theme->text, key->keys);
        paint_text(paint, UI_SANS, form->size, x + keys + paint_px(paint, KEY_GAP_UNITS),
                   paint_text_top(paint, form->size, y, line), ALIGN_LEFT, paint->theme->secondary,
                   key->text);
    }
}

void hud_paint_help(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    paint_panel(paint, rect);
    ui_clip(paint->ui, rect);
    float x = rect.x + paint_px(paint, PAD_UNITS);
    const float title = paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, x, rect.y + paint_px(paint, 14.0f),
                                   ALIGN_LEFT, theme->text, "keys and mouse");
    paint_text(paint, UI_SANS, UI_TICK, x + title + paint_px(paint, 12.0f), rect.y + paint_px(paint, 18.0f),
               ALIGN_LEFT, theme->muted, "Esc closes");
    const struct help_form form = choose_form(paint);
    const int columns = form.rows > 0 ? divide_up(paint->desc->key_count, form.rows) : 0;
    for (int column = 0; column < columns; column++) {
        paint_keys(paint, &form, column, x, rect.y + paint_px(paint, HEAD_UNITS));
        x += column_width(paint, &form, column) + paint_px(paint, COLUMN_GAP_UNITS);
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
