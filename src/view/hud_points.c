/* The panel "points": samples of two values in their plane, over what the network answers there. */
#include "base/number_text.h"
#include "view/hud_paint.h"
#include "view/plot_axis.h"
#include "view/value_name.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TRAINING_MOST = 1024, /* samples drawn of each split: every one, every second, third … */
    TEST_MOST = 512,
    KEY_FROM = 240 /* pixels at 1080p: a lower panel has no room for the key */
};

static const float CLICK_REACH = 14.0f;

struct points_plot {
    struct rect area; /* square */
    struct plot_axis x, y;
    struct point_scale scale;
    bool has_key;
    float radius; /* of a point */
};

static uint32_t stride_of(const struct dataset *set, uint32_t most) { return (set->count + most - 1) / most; }

/* What the name of the horizontal axis needs at its end, within reason. */
static float right_margin(const struct paint *paint)
{
    char name[VALUE_NAME_SIZE];
    value_name_feature(name, paint->desc->data, 0);
    const float width = paint_text_width(paint, UI_SANS, UI_TICK, name) + paint_px(paint, 14.0f);
    return fminf(fmaxf(width, paint_px(paint, 28.0f)), paint_px(paint, 96.0f));
}

static struct points_plot place_plot(const struct paint *paint, struct rect rect)
{
    const struct surface *surface = &paint->surface->surface;
    const struct data *data = paint->desc->data;
    struct points_plot plot = {.has_key = rect.height >= paint_px(paint, KEY_FROM)};
    const float left = paint_px(paint, 46.0f), right = right_margin(paint), top = paint_px(paint, 48.0f);
    const float bottom = paint_px(paint, plot.has_key ? 90.0f : 30.0f);
    const float room = fminf(rect.width - left - right, rect.height - top - bottom);
    const float side = floorf(fmaxf(room, 1.0f));
    plot.area = (struct rect){floorf(rect.x + left), floorf(rect.y + top), side, side};
    plot.x = (struct plot_axis){surface->low[0], surface->high[0], false};
    plot.y = (struct plot_axis){surface->low[1], surface->high[1], false};
    point_scale_init(&plot.scale, data, paint->theme);
    const uint32_t drawn = data->train.count / stride_of(&data->train, TRAINING_MOST);
    plot.radius = paint_px(paint, 10.0f) * fminf(fmaxf(side / paint_px(paint, 360.0f), 0.6f), 1.1f) *
                  (drawn > 500 ? 0.26f : 0.34f);
    return plot;
}

static float x_of(const struct points_plot *plot, double value)
{
    return plot->area.x + (float)plot_axis_position(&plot->x, value) * plot->area.width;
}

static float y_of(const struct points_plot *plot, double value)
{
    return plot->area.y + (1.0f - (float)plot_axis_position(&plot->y, value)) * plot->area.height;
}

static void paint_ticks(const struct paint *paint, const struct points_plot *plot)
{
    const struct rect area = plot->area;
    const struct color ink = paint->theme->muted;
    const float bottom = area.y + area.height, below = bottom + paint_px(paint, 6.0f);
    const float mark = paint_px(paint, 4.0f), thin = paint_px(paint, 1.0f);
    const int room = (int)(area.width / paint_px(paint, 56.0f));
    const int capacity = room < 2 ? 2 : room > 6 ? 6 : room;
    double ticks[PLOT_MAX_TICKS];
    char text[NUMBER_TEXT_SIZE];
    char whole[VALUE_NAME_SIZE], name[64];
    paint_shorten(paint, UI_SANS, UI_TICK, value_name_feature(whole, paint->desc->data, 0),
                  right_margin(paint) - paint_px(paint, 9.0f), name);
    paint_text(paint, UI_SANS, UI_TICK, area.x + area.width + paint_px(paint, 7.0f),
               bottom - paint_px(paint, 14.0f), ALIGN_LEFT, ink, name);
    int count = plot_axis_ticks(&plot->x, capacity, ticks);
    for (int i = 0; i < count; i++) {
        const float x = floorf(x_of(plot, ticks[i])) + 0.5f * thin;
        plot_axis_format(ticks[i], false, text);
        ui_line(paint->ui, x, bottom, x, bottom + mark, thin, paint->theme->border);
        paint_text(paint, UI_MONO, UI_TICK, x, below, ALIGN_CENTER, ink, text);
    }
    const float beside = area.x - paint_px(paint, 7.0f), rise = paint_px(paint, 8.0f);
    paint_shorten(paint, UI_SANS, UI_TICK, value_name_feature(whole, paint->desc->data, 1), area.width, name);
    paint_text(paint, UI_SANS, UI_TICK, area.x, area.y - paint_px(paint, 17.0f), ALIGN_LEFT, ink, name);
    count = plot_axis_ticks(&plot->y, capacity, ticks);
    for (int i = 0; i < count; i++) {
        const float y = floorf(y_of(plot, ticks[i])) + 0.5f * thin;
        plot_axis_format(ticks[i], false, text);
        ui_line(paint->ui, area.x - mark, y, area.x, y, thin, paint->theme->border);
        paint_text(paint, UI_MONO, UI_TICK, beside, y - rise, ALIGN_RIGHT, ink, text);
    }
}

static void paint_surface(const struct paint *paint, const struct points_plot *plot)
{
    const struct surface_picture *picture = paint->surface;
    const struct rect area = plot->area;
    const struct rect whole = {0.0f, 0.0f, 1.0f, 1.0f};
    if (picture->texture == 0)
        return;
    ui_image(paint->ui, picture->texture, whole, area);
    const float pitch_x = area.width / (float)picture->surface.columns;
    const float pitch_y = area.height / (float)picture->surface.rows;
    const float wide = paint_px(paint, 4.0f), thin = paint_px(paint, 1.6f);
    for (int pass = 0; pass < 2; pass++) {
        const struct color ink = pass == 0 ? paint_fade(paint->theme->panel, 0.35f) : paint->theme->text;
        for (size_t i = 0; i < picture->piece_count; i++) {
            const struct contour_piece p = picture->pieces[i];
            ui_line(paint->ui, area.x + (p.x0 + 0.5f) * pitch_x,
                    area.y + area.height - (p.y0 + 0.5f) * pitch_y, area.x + (p.x1 + 0.5f) * pitch_x,
                    area.y + area.height - (p.y1 + 0.5f) * pitch_y, pass == 0 ? wide : thin, ink);
        }
    }
}

/* Training samples are discs, test samples diamonds. */
static void paint_mark(const struct paint *paint, float x, float y, float radius, bool test,
                       struct color color)
{
    const struct color edge =
        paint->theme->name == THEME_DARK ? paint->theme->background : paint->theme->panel;
    const float rim = fmaxf(0.75f, 0.28f * radius);
    if (test) {
        ui_diamond(paint->ui, x, y, 1.5f * radius + rim, edge);
        ui_diamond(paint->ui, x, y, 1.5f * radius, color);
    } else {
        ui_disc(paint->ui, x, y, radius + rim, paint_fade(edge, 0.8f));
        ui_disc(paint->ui, x, y, radius, color);
    }
}

static void place_sample(const struct points_plot *plot, const struct dataset *set, uint32_t index,
                         float at[2])
{
    at[0] = x_of(plot, (double)dataset_value(set, index, 0));
    at[1] = y_of(plot, (double)dataset_value(set, index, 1));
}

static void paint_samples(const struct paint *paint, const struct points_plot *plot,
                          const struct dataset *set, uint32_t most)
{
    const struct data *data = paint->desc->data;
    const bool test = set == &data->test;
    for (uint32_t n = 0; n < set->count; n += stride_of(set, most)) {
        float at[2];
        place_sample(plot, set, n, at);
        paint_mark(paint, at[0], at[1], plot->radius, test,
                   point_scale_sample(&plot->scale, set, n, data->targets));
    }
}

static void paint_ring(const struct paint *paint, float x, float y, float radius)
{
    const float rim = paint_px(paint, 2.0f);
    ui_ring(paint->ui, x, y, radius, 2.0f * rim, paint->theme->panel);
    ui_ring(paint->ui, x, y, radius, rim, paint->theme->text);
}

static void paint_probe_mark(const struct paint *paint, const struct points_plot *plot)
{
    const struct data *data = paint->desc->data;
    const struct snapshot_info *info = paint->frame->info;
    if (info == NULL || info->probe_index >= data->test.count)
        return;
    float at[2];
    place_sample(plot, &data->test, info->probe_index, at);
    paint_mark(paint, at[0], at[1], 1.3f * plot->radius, true,
               point_scale_sample(&plot->scale, &data->test, info->probe_index, data->targets));
    paint_ring(paint, at[0], at[1], 3.2f * plot->radius);
}

/* The names of two classes beside the colours between them, or a scale of targets. */
static void paint_scale(const struct paint *paint, const struct points_plot *plot, float y)
{
    enum { SHADES = 17 };
    const struct data *data = paint->desc->data;
    const struct theme *theme = paint->theme;
    const struct rect area = plot->area;
    const float gap = paint_px(paint, 8.0f);
    char low[32] = "0", high[24];
    if (data->targets > 0) {
        number_text(high, (double)plot->scale.scale, 4, NUMBER_MINUS);
        if (plot->scale.is_signed)
            snprintf(low, sizeof low, "−%s", high);
    } else {
        snprintf(low, sizeof low, "%.18s", data->class_names[0]);
        snprintf(high, sizeof high, "%.18s", data->class_names[1]);
    }
    const enum ui_font font = data->targets > 0 ? UI_MONO : UI_SANS;
    const float left =
        area.x + gap + paint_text(paint, font, UI_TICK, area.x, y, ALIGN_LEFT, theme->text, low);
    const float right =
        area.x + area.width - gap -
        paint_text(paint, font, UI_TICK, area.x + area.width, y, ALIGN_RIGHT, theme->text, high);
    struct color shades[SHADES];
    for (int i = 0; i < SHADES; i++) {
        const float share = (float)i / (SHADES - 1);
        const float value = data->targets == 0      ? share
                            : plot->scale.is_signed ? plot->scale.scale * (2.0f * share - 1.0f)
                                                    : plot->scale.scale * share;
        shades[i] = point_scale_answer(&plot->scale, &value, 1, NULL);
    }
    const struct rect bar = {left, y + paint_px(paint, 3.0f), right - left, paint_px(paint, 10.0f)};
    if (bar.width < paint_px(paint, 24.0f))
        return;
    ui_gradient(paint->ui, bar, shades, SHADES);
    ui_rect_outline(paint->ui, bar, 0.0f, paint_px(paint, 1.0f), theme->border);
}

static void paint_class_names(const struct paint *paint, const struct points_plot *plot, float y)
{
    const struct data *data = paint->desc->data;
    const float end = plot->area.x + plot->area.width, size = paint_px(paint, 9.0f);
    float x = plot->area.x;
    for (int c = 0; c < data->classes; c++) {
        char name[24];
        snprintf(name, sizeof name, "%.20s", data->class_names[c]);
        const float width = size + paint_px(paint, 5.0f) + paint_text_width(paint, UI_SANS, UI_TICK, name);
        if (x + width > end)
            break;
        ui_rect_filled(paint->ui, (struct rect){x, y + paint_px(paint, 4.0f), size, size},
                       paint_px(paint, 2.0f), point_scale_class(&plot->scale, c));
        paint_text(paint, UI_SANS, UI_TICK, x + size + paint_px(paint, 5.0f), y, ALIGN_LEFT,
                   paint->theme->text, name);
        x += width + paint_px(paint, 14.0f);
    }
}

/* "● 400 training  ◆ 100 test  ○ probe #3", as many as there is room for. */
static void paint_marks_key(const struct paint *paint, const struct points_plot *plot, float y)
{
    const struct data *data = paint->desc->data;
    const struct theme *theme = paint->theme;
    const float end = plot->area.x + plot->area.width, radius = paint_px(paint, 4.0f);
    const float middle = y + paint_px(paint, 8.0f);
    float x = plot->area.x + paint_px(paint, 6.0f);
    for (int i = 0; i < 3; i++) {
        char text[48];
        if (i < 2) {
            const struct dataset *set = i == 0 ? &data->train : &data->test;
            const uint32_t stride = stride_of(set, i == 0 ? TRAINING_MOST : TEST_MOST);
            char every[24] = "";
            if (stride > 1)
                snprintf(every, sizeof every, ", 1 in %u drawn", stride);
            snprintf(text, sizeof text, "%u %s%s", set->count, i == 0 ? "training" : "test", every);
        } else {
            snprintf(text, sizeof text, "probe");
        }
        const float left = x + radius + paint_px(paint, 7.0f);
        const float width = paint_text_width(paint, UI_SANS, UI_TICK, text);
        if (left + width > end)
            return;
        if (i < 2)
            paint_mark(paint, x, middle, radius, i == 1, theme->secondary);
        else
            ui_ring(paint->ui, x, middle, 1.4f * radius, paint_px(paint, 2.0f), theme->text);
        paint_text(paint, UI_SANS, UI_TICK, left, y, ALIGN_LEFT, theme->secondary, text);
        x = left + width + paint_px(paint, 20.0f);
    }
}

/* The test sample next to a click becomes the probe. */
static void take_click(const struct paint *paint, const struct points_plot *plot)
{
    const struct pointer *pointer = paint->frame->pointer;
    const struct dataset *set = &paint->desc->data->test;
    float nearest = paint_px(paint, CLICK_REACH);
    if (!pointer_clicked(pointer, plot->area))
        return;
    for (uint32_t n = 0; n < set->count; n++) {
        float at[2];
        place_sample(plot, set, n, at);
        const float distance = hypotf(at[0] - pointer->x, at[1] - pointer->y);
        if (distance < nearest) {
            nearest = distance;
            paint->confusion->clicked = n;
        }
    }
}

void hud_paint_points(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    paint_panel(paint, rect);
    paint_title(paint, rect, "points");
    if (paint->surface->surface.version == 0) {
        paint_empty(paint, rect, "no answer yet");
        return;
    }
    const struct points_plot plot = place_plot(paint, rect);
    char text[40];
    snprintf(text, sizeof text, "step %llu", (unsigned long long)paint->surface->surface.step);
    paint_text(paint, UI_MONO, UI_TICK, plot.area.x + plot.area.width, rect.y + paint_px(paint, 13.0f),
               ALIGN_RIGHT, theme->muted, text);
    paint->surface->area = plot.area;
    take_click(paint, &plot);
    paint_ticks(paint, &plot);
    surface_picture_draw(paint->surface, &plot.scale);
    ui_clip(paint->ui, plot.area);
    paint_surface(paint, &plot);
    paint_samples(paint, &plot, &paint->desc->data->train, TRAINING_MOST);
    paint_samples(paint, &plot, &paint->desc->data->test, TEST_MOST);
    paint_probe_mark(paint, &plot);
    ui_unclip(paint->ui);
    const float edge = paint_px(paint, 1.0f);
    ui_rect_outline(paint->ui,
                    (struct rect){plot.area.x - edge, plot.area.y - edge, plot.area.width + 2.0f * edge,
                                  plot.area.height + 2.0f * edge},
                    0.0f, edge, theme->border);
    if (!plot.has_key)
        return;
    const float key = plot.area.y + plot.area.height + paint_px(paint, 32.0f);
    if (paint->desc->data->targets > 0 || paint->desc->data->classes == 2)
        paint_scale(paint, &plot, key);
    else
        paint_class_names(paint, &plot, key);
    paint_marks_key(paint, &plot, key + paint_px(paint, 26.0f));
}
