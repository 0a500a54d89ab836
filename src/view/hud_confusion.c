/* The panel "confusion": which class was taken for which, row by row, with a logarithmic colour, because in a
 * trained network errors are rare. */
#include "base/number_text.h"
#include "view/confusion.h"
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

/* At 1080p; smaller cells have no room for a number. */
static const float count_pitch = 22.0f;

static const char *class_name(const struct paint *paint, int class_)
{
    return paint->desc->data->class_names[class_];
}

static float widest_name(const struct paint *paint, enum ui_size size)
{
    float widest = 0.0f;
    for (int c = 0; c < paint->predictions->classes; c++)
        widest = fmaxf(widest, paint_text_width(paint, UI_MONO, size, class_name(paint, c)));
    return widest;
}

static float line_height(const struct paint *paint, enum ui_size size)
{
    float width, height;
    ui_text_size(paint->ui, UI_MONO, size, "", &width, &height);
    return height;
}

/* The grid within `room`, which also holds class names, axis names and the colour bar. */
static struct confusion_grid place_grid(const struct paint *paint, struct rect room, enum ui_size size)
{
    const float line = line_height(paint, size);
    const float left = line + fminf(widest_name(paint, size), 0.3f * room.width) + paint_px(paint, 9.0f);
    const float right = paint_text_width(paint, UI_MONO, size, "100%") + paint_px(paint, 20.0f);
    return confusion_grid_place(
        (struct rect){room.x + left, room.y, room.width - left - right, room.height - 2.0f * line},
        paint->predictions->classes, paint->scale);
}

/* Black or white, whichever stands out more on a cell: by at least 4.5 to 1. */
static struct color ink_on(struct color cell)
{
    const float luminance =
        0.2126f * powf(cell.r, 2.2f) + 0.7152f * powf(cell.g, 2.2f) + 0.0722f * powf(cell.b, 2.2f);
    const float ink = luminance > 0.179f ? 0.0f : 1.0f;
    return (struct color){ink, ink, ink, 1.0f};
}

static void paint_count(const struct paint *paint, struct rect cell, enum ui_size size, struct color color,
                        uint32_t count)
{
    char text[16];
    snprintf(text, sizeof text, "%u", count);
    if (count == 0 || paint_text_width(paint, UI_MONO, size, text) > cell.width)
        return;
    paint_text(paint, UI_MONO, size, cell.x + 0.5f * cell.width,
               paint_text_top(paint, size, cell.y, cell.height), ALIGN_CENTER, ink_on(color), text);
}

static void paint_cells(const struct paint *paint, const struct confusion_grid *grid, enum ui_size size)
{
    const struct predictions *p = paint->predictions;
    const bool counts = grid->block == 1 && grid->pitch >= count_pitch * paint->scale;
    for (int row = 0; row < grid->cells; row++) {
        for (int column = 0; column < grid->cells; column++) {
            const struct rect cell = confusion_grid_cell(grid, row, column);
            const float t = confusion_map_position(confusion_cell_share(p, grid, row, column));
            const struct color color = theme_map_color(paint->theme, MAP_ACTIVATION, t);
            ui_rect_filled(paint->ui, cell, 0.0f, color);
            if (counts)
                paint_count(paint, cell, size, color, p->confusion[row * p->classes + column]);
        }
    }
}

/* Every so many classes one has room for a name: 1, 2, 5, 10 … */
static int name_stride(float needed, float pitch)
{
    static const int factors[] = {1, 2, 5};
    for (int decade = 1;; decade *= 10)
        for (int i = 0; i < 3; i++)
            if ((float)(factors[i] * decade) * pitch >= needed)
                return factors[i] * decade;
}

static void paint_names(const struct paint *paint, struct rect room, const struct confusion_grid *grid,
                        enum ui_size size)
{
    const struct color ink = paint->theme->secondary;
    const float line = line_height(paint, size), pitch = grid->pitch / (float)grid->block;
    const float left = room.x + line + paint_px(paint, 3.0f), right = grid->area.x - paint_px(paint, 6.0f);
    const int row_stride = name_stride(line - paint_px(paint, 1.0f), pitch);
    const int column_stride = name_stride(widest_name(paint, size) + paint_px(paint, 3.0f), pitch);
    for (int c = 0; c < grid->classes; c += row_stride) {
        const float y = paint_text_top(paint, size, grid->area.y + pitch * (float)c, pitch - grid->gap);
        char name[64];
        /* The grid stands on whole pixels: a name that just fits may lack a part of one. */
        paint_shorten(paint, UI_MONO, size, class_name(paint, c), right - left + paint_px(paint, 2.0f), name);
        paint_text(paint, UI_MONO, size, right, y, ALIGN_RIGHT, ink, name);
    }
    for (int c = 0; c < grid->classes; c += column_stride) {
        const float x = grid->area.x + pitch * ((float)c + 0.5f) - 0.5f * grid->gap;
        paint_text(paint, UI_MONO, size, x, grid->area.y + grid->area.height + paint_px(paint, 1.0f),
                   ALIGN_CENTER, ink, class_name(paint, c));
    }
}

static void paint_axis_names(const struct paint *paint, struct rect room, const struct confusion_grid *grid,
                             enum ui_size size)
{
    const struct color ink = paint->theme->muted;
    const float truth = paint_text_width(paint, UI_SANS, size, "true");
    ui_text_upward(paint->ui, UI_SANS, size, room.x, grid->area.y + 0.5f * (grid->area.height + truth), ink,
                   "true");
    char text[48] = "predicted";
    if (grid->block > 1)
        snprintf(text, sizeof text, "predicted (max of %d×%d)", grid->block, grid->block);
    paint_text(paint, UI_SANS, size, grid->area.x + 0.5f * grid->area.width,
               grid->area.y + grid->area.height + line_height(paint, size), ALIGN_CENTER, ink, text);
}

static void paint_color_bar(const struct paint *paint, const struct confusion_grid *grid, enum ui_size size)
{
    static const struct {
        double share;
        const char *text;
    } ticks[] = {{1.0, "100%"}, {0.1, "10"}, {0.01, "1"}, {0.001, ".1"}};
    const float width = paint_px(paint, 8.0f), line = paint_px(paint, 1.0f);
    const struct rect bar = {grid->area.x + grid->area.width + paint_px(paint, 8.0f), grid->area.y, width,
                             grid->area.height - grid->gap};
    for (float y = 0.0f; y < bar.height; y += line)
        ui_rect_filled(paint->ui, (struct rect){bar.x, bar.y + y, width, fminf(line, bar.height - y)}, 0.0f,
                       theme_map_color(paint->theme, MAP_ACTIVATION, 1.0f - (y + 0.5f * line) / bar.height));
    for (int i = 0; i < 4; i++) {
        const float position = confusion_map_position(ticks[i].share);
        const float below = i == 0 ? paint_px(paint, 1.0f) : 0.5f * line_height(paint, size);
        paint_text(paint, UI_MONO, size, bar.x + width + paint_px(paint, 4.0f),
                   bar.y + (1.0f - position) * bar.height - below, ALIGN_LEFT, paint->theme->muted,
                   ticks[i].text);
    }
}

/* Around `rect`. */
static void paint_frame(const struct paint *paint, struct rect rect, float width, struct color color)
{
    ui_rect_filled(paint->ui, (struct rect){rect.x - width, rect.y - width, rect.width + 2.0f * width, width},
                   0.0f, color);
    ui_rect_filled(paint->ui,
                   (struct rect){rect.x - width, rect.y + rect.height, rect.width + 2.0f * width, width},
                   0.0f, color);
    ui_rect_filled(paint->ui, (struct rect){rect.x - width, rect.y, width, rect.height}, 0.0f, color);
    ui_rect_filled(paint->ui, (struct rect){rect.x + rect.width, rect.y, width, rect.height}, 0.0f, color);
}

static void paint_selection(const struct paint *paint, const struct confusion_grid *grid)
{
    const struct confusion_pair pair = paint->confusion->selected;
    if (pair.truth < 0 || !paint->confusion->enlarged)
        return;
    const struct rect cell =
        confusion_grid_cell(grid, pair.truth / grid->block, pair.predicted / grid->block);
    /* A dark line between sets yellow apart from cells of nearly its colour. */
    const float line = paint_px(paint, 1.0f);
    paint_frame(paint, cell, line, paint->theme->panel);
    paint_frame(
        paint,
        (struct rect){cell.x - line, cell.y - line, cell.width + 2.0f * line, cell.height + 2.0f * line},
        2.0f * line, paint->theme->select);
}

struct confusion_grid hud_paint_confusion_matrix(const struct paint *paint, struct rect room,
                                                 enum ui_size size)
{
    const struct confusion_grid grid = place_grid(paint, room, size);
    paint_cells(paint, &grid, size);
    paint_selection(paint, &grid);
    paint_names(paint, room, &grid, size);
    paint_axis_names(paint, room, &grid, size);
    paint_color_bar(paint, &grid, size);
    return grid;
}

void hud_confusion_summary(const struct predictions *predictions, char text[64])
{
    if (predictions->unanswered > 0)
        snprintf(text, 64, "%u give no number", predictions->unanswered);
    else
        snprintf(text, 64, "%s correct",
                 number_percent((char[NUMBER_TEXT_SIZE]){0},
                                (double)predictions->correct / predictions->samples, 1, NUMBER_MINUS));
}

static void paint_heading(const struct paint *paint, struct rect rect)
{
    const float title = paint_title(paint, rect, "confusion");
    char text[64];
    hud_confusion_summary(paint->predictions, text);
    paint_text(paint, UI_SANS, UI_TICK, title + paint_px(paint, 10.0f), rect.y + paint_px(paint, 13.0f),
               ALIGN_LEFT, paint->theme->secondary, text);
    snprintf(text, sizeof text, "step %llu", (unsigned long long)paint->predictions->step);
    paint_text(paint, UI_MONO, UI_TICK, rect.x + rect.width - paint_px(paint, 12.0f),
               rect.y + rect.height - paint_px(paint, 21.0f), ALIGN_RIGHT, paint->theme->muted, text);
}

/* A click on a cell lists its samples beside the enlarged matrix; a double click enlarges it, too. */
static void take_click(const struct paint *paint, struct rect rect, const struct confusion_grid *grid)
{
    const struct pointer *pointer = paint->frame->pointer;
    struct confusion_state *state = paint->confusion;
    struct confusion_pair pair;
    if (!pointer_clicked(pointer, rect))
        return;
    if (confusion_cell_at(grid, pointer->x, pointer->y, &pair)) {
        state->enlarged = true;
        confusion_select(state, pair);
    } else if (pointer_double_clicked(pointer, rect)) {
        state->enlarged = true;
        confusion_select(state, confusion_worst_pair(paint->predictions));
    }
}

void hud_paint_confusion(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    if (paint->predictions == NULL) {
        paint_title(paint, rect, "confusion");
        paint_empty(paint, rect,
                    paint->desc->data->classes ? "no evaluation yet" : "targets have no classes");
        return;
    }
    const float left = paint_px(paint, 8.0f), top = paint_px(paint, 34.0f);
    const float right = paint_px(paint, 5.0f), bottom = paint_px(paint, 6.0f);
    const struct rect room = {rect.x + left, rect.y + top, rect.width - left - right,
                              rect.height - top - bottom};
    const struct confusion_grid grid = place_grid(paint, room, UI_TICK);
    take_click(paint, rect, &grid);
    paint_heading(paint, rect);
    hud_paint_confusion_matrix(paint, room, UI_TICK);
}
