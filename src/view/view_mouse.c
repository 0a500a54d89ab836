/* What the mouse is over and clicks on: values, layers, controls. */
#include "view/view_private.h"

#include <math.h>

#include "view/pick.h"

static const float DWELL_SECONDS = 0.25f, DIM_SECONDS = 0.15f;

void view_select_clicked(struct view *view, const struct pointer *pointer)
{
    if (pointer == NULL || !pointer->clicked || pointer->double_clicked ||
        view_is_panel(view, pointer->x, pointer->y) ||
        view_is_panel(view, pointer->pressed_x, pointer->pressed_y))
        return;
    view_pick_cell(view, pointer->x, pointer->y, &view->display.selected);
}

void view_keep_selection(struct view *view) { view->kept = view->display.selected; }

void view_restore_selection(struct view *view) { view->display.selected = view->kept; }

void view_change_clicked_axis(struct view *view, const struct pointer *pointer)
{
    if (pointer == NULL || !pointer->clicked || view->help)
        return;
    const int series = hud_plot_axis_at(view->hud, pointer->x, pointer->y);
    if (series >= 0)
        view->display.linear[series] = !view->display.linear[series];
}

/* The mouse on its way somewhere changes nothing; where it rests, one neuron's edges stand out. */
static void isolate(struct view *view, float dt)
{
    struct display *display = &view->display;
    struct view_hover *hover = &view->hover;
    const bool rests = display->hovered.plate >= 0 && display_cell_equal(display->hovered, hover->cell);
    hover->seconds = rests ? hover->seconds + dt : 0.0f;
    hover->cell = display->hovered;
    const bool stands_out =
        rests && hover->seconds >= DWELL_SECONDS && renderer_can_isolate(view->renderer, hover->cell);
    if (stands_out)
        display->isolated = hover->cell;
    const float step = dt / DIM_SECONDS;
    hover->dimmed = stands_out ? fminf(hover->dimmed + step, 1.0f) : fmaxf(hover->dimmed - step, 0.0f);
    display->isolation = hover->dimmed * hover->dimmed * (3.0f - 2.0f * hover->dimmed);
}

void view_find_hovered(struct view *view, const struct pointer *pointer, float dt)
{
    struct display *display = &view->display;
    display->hovered.plate = display->isolated.plate = -1;
    display->isolation = 0.0f;
    if (pointer == NULL)
        return;
    if (!pointer->down && !view_is_panel(view, pointer->x, pointer->y))
        view_pick_cell(view, pointer->x, pointer->y, &display->hovered);
    isolate(view, dt);
}

/* The user's selection, else, where a card is in nobody's way, the picture's own. */
static struct display_cell card_cell(const struct view *view)
{
    const struct display_cell none = {.plate = -1};
    if (!view->has_inspector_room || view->display.selection_hidden)
        return none;
    if (view->display.selected.plate >= 0 || !layout_is_roomy(&view->layout))
        return view->display.selected;
    return renderer_selection(view->renderer)->cell;
}

void view_update_inspector(struct view *view, bool changed, bool lock_step)
{
    const struct display_cell cell = card_cell(view);
    inspector_update(view->inspector, cell, view->display.hovered, changed, lock_step);
    view->layout.visible[PANEL_INSPECTOR] = cell.plate >= 0;
}

static bool find_ray(const struct view *view, float x, float y, struct ray *ray)
{
    if (view->width == 0 || !isfinite(x) || !isfinite(y))
        return false;
    *ray =
        pick_ray((const vec4 *)view->view, (const vec4 *)view->projection, view->width, view->height, x, y);
    return true;
}

int view_pick_plate(const struct view *view, float x, float y)
{
    struct ray ray;
    return find_ray(view, x, y, &ray) ? pick_plate(&view->scene, &ray) : -1;
}

bool view_pick_cell(const struct view *view, float x, float y, struct display_cell *cell)
{
    struct ray ray;
    *cell = (struct display_cell){.plate = -1, .value = 0};
    return find_ray(view, x, y, &ray) && pick_cell(&view->scene, &ray, cell);
}

bool view_is_panel(const struct view *view, float x, float y) { return hud_covers(view->hud, x, y); }

bool view_take_clicked_sample(struct view *view, uint32_t *sample)
{
    return hud_take_clicked_sample(view->hud, sample);
}

bool view_take_request(struct view *view, struct hud_request *request)
{
    return hud_take_request(view->hud, request);
}

bool view_control_at(const struct view *view, int index, const char **name, struct rect *rect)
{
    return hud_control_at(view->hud, index, name, rect);
}
