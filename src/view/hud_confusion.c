/* The panel "confusion": which class was taken for which, row by row, with a logarithmic colour, because in a
 * trained network errors are rare. */
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

static float widest_name(const struct paint *paint)
{
    float widest = 0.0f;
    for (int c = 0; c < paint->predictions->classes; c++)
        widest = fmaxf(widest, paint_text_width(paint, UI_MONO, UI_TICK, class_name(paint, c)));
    return widest;
}

static struct confusion_grid place_grid(const struct paint *paint, struct rect rect)
{
    const float names = fminf(widest_name(paint), 0.3f * rect.width);
    const float left = paint_px(paint, 32.0f) + names, right = paint_px(paint, 54.0f);
    const float top = paint_px(paint, 34.0f), bottom = paint_px(paint, 36.0f);
    return confusion_grid_place(
        (struct rect){rect.x + left, rect.y + top, rect.width - left - right, rect.height - top - bottom},
        paint->predictions->classes, paint->scale);
}

/* Ink that stands out on a cell. */
static struct color ink_on(struct color cell)
{
    const struct color dark = {0.03f, 0.04f, 0.06f, 1.0f}, light = {1.0f, 1.0f, 1.0f, 1.0f};
    const float luma =
        0.2126f * powf(cell.r, 2.2f) + 0.7152f * powf(cell.g, 2.2f) + 0.0722f * powf(cell.b, 2.2f);
    return luma > 0.18f ? dark : light;
}

static void paint_count(const struct paint *paint, struct rect cell, struct color color, uint32_t count)
{
    char text[16];
    snprintf(text, sizeof text, "%u", count);
    if (count == 0 || paint_text_width(paint, UI_MONO, UI_TICK, text) > cell.width)
        return;
    paint_text(paint, UI_MONO, UI_TICK, cell.x + 0.5f * cell.width,
               paint_text_top(paint, UI_TICK, cell.y, cell.height), ALIGN_CENTER, ink_on(color), text);
}

static void paint_cells(const struct paint *paint, const struct confusion_grid *grid)
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
                paint_count(paint, cell, color, p->confusion[row * p->classes + column]);
        }
    }
}

/* Every `stride`-th class is named, so that names do not touch. */
static void paint_names(const struct paint *paint, struct rect rect, const struct confusion_grid *grid)
{
    const float line = paint_px(paint, 14.0f), pitch = grid->pitch / (float)grid->block;
    const float names = widest_name(paint), left = rect.x + paint_px(paint, 26.0f);
    const int rows = (int)ceilf(line / pitch);
    const int columns = (int)ceilf((names + paint_px(paint, 3.0f)) / pitch);
    const float below = grid->area.y + grid->area.height + paint_px(paint, 1.0f);
    for (int c = 0; c < grid->classes; c += rows) {
        const float y = paint_text_top(paint, UI_TICK, grid->area.y + pitch * (float)c, pitch - grid->gap);
        const float right = grid->area.x - paint_px(paint, 6.0f);
        ui_clip(paint->ui, (struct rect){left, rect.y, right - left, rect.height});
        const float width = paint_text_width(paint, UI_MONO, UI_TICK, class_name(paint, c));
        paint_text(paint, UI_MONO, UI_TICK, fmaxf(left, right - width), y, ALIGN_LEFT,
                   paint->theme->secondary, class_name(paint, c));
        ui_unclip(paint->ui);
    }
    for (int c = 0; c < grid->classes; c += columns) {
        const float x = grid->area.x + pitch * ((float)c + 0.5f) - 0.5f * grid->gap;
        paint_text(paint, UI_MONO, UI_TICK, x, below, ALIGN_CENTER, paint->theme->secondary,
                   class_name(paint, c));
    }
}

static void paint_axis_names(const struct paint *paint, struct rect rect, const struct confusion_grid *grid)
{
    const float bottom = rect.y + rect.height - paint_px(paint, 21.0f);
    const float truth = paint_text_width(paint, UI_SANS, UI_TICK, "true");
    ui_text_upward(paint->ui, UI_SANS, UI_TICK, rect.x + paint_px(paint, 8.0f),
                   grid->area.y + 0.5f * (grid->area.height + truth), paint->theme->muted, "true");
    char text[48] = "predicted";
    if (grid->block > 1)
        snprintf(text, sizeof text, "predicted, cell = max of %d×%d", grid->block, grid->block);
    paint_text(paint, UI_SANS, UI_TICK, grid->area.x + 0.5f * grid->area.width, bottom, ALIGN_CENTER,
               paint->theme->muted, text);
}

static void paint_color_bar(const struct paint *paint, const struct confusion_grid *grid)
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
        const float y =
            bar.y + (1.0f - position) * bar.height - (i == 0 ? paint_px(paint, 1.0f) : paint_px(paint, 8.0f));
        paint_text(paint, UI_MONO, UI_TICK, bar.x + width + paint_px(paint, 4.0f), y, ALIGN_LEFT,
                   paint->theme->muted, ticks[i].text);
    }
}

static void paint_heading(const struct paint *paint, struct rect rect)
{
    const struct predictions *p = paint->predictions;
    const float title = paint_title(paint, rect, "confusion");
    char text[64];
    if (p->unanswered > 0)
        snprintf(text, sizeof text, "%u give no number", p->unanswered);
    else
        snprintf(text, sizeof text, "%.1f %% correct", 100.0 * p->correct / p->samples);
    paint_text(paint, UI_SANS, UI_TICK, title + paint_px(paint, 10.0f), rect.y + paint_px(paint, 13.0f),
               ALIGN_LEFT, paint->theme->secondary, text);
    snprintf(text, sizeof text, "step %llu", (unsigned long long)p->step);
    paint_text(paint, UI_MONO, UI_TICK, rect.x + rect.width - paint_px(paint, 12.0f),
               rect.y + rect.height - paint_px(paint, 21.0f), ALIGN_RIGHT, paint->theme->muted, text);
}

void hud_paint_confusion(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    if (paint->predictions == NULL) {
        paint_title(paint, rect, "confusion");
        paint_empty(paint, rect, "no evaluation yet");
        return;
    }
    const struct confusion_grid grid = place_grid(paint, rect);
    paint_heading(paint, rect);
    paint_cells(paint, &grid);
    paint_names(paint, rect, &grid);
    paint_axis_names(paint, rect, &grid);
    paint_color_bar(paint, &grid);
}
