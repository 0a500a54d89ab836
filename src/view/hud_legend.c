/* The legend: every colour map in use with its scale, as a column or, in a wide strip, side by side. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

static const char *map_tag(enum color_map map)
{
    switch (map) {
    case MAP_ACTIVATION:
        return "A";
    case MAP_WEIGHT:
        return "W";
    case MAP_GRADIENT:
        return "∂";
    default:
        return "X";
    }
}

struct map_tick {
    float t;
    const char *text;
};

/* Where the tick values stand on each map's scale; the gradient's is asinh(g/ε)/asinh(S/ε), ε = S/1000. */
static int map_ticks(enum color_map map, const struct map_tick **ticks)
{
    static const struct map_tick sequential[] = {{0.0f, "0"}, {0.5f, "S/2"}, {1.0f, "S"}};
    static const struct map_tick diverging[] = {
        {0.0f, "−S"}, {0.25f, "−S/2"}, {0.5f, "0"}, {0.75f, "S/2"}, {1.0f, "S"}};
    static const struct map_tick asinh_scale[] = {
        {0.0f, "−S"}, {0.1515f, "−S/10"}, {0.5f, "0"}, {0.8485f, "S/10"}, {1.0f, "S"}};
    static const struct map_tick grey[] = {{0.0f, "0"}, {0.5f, "0.5"}, {1.0f, "1"}};
    switch (map) {
    case MAP_ACTIVATION:
        *ticks = sequential;
        return 3;
    case MAP_WEIGHT:
        *ticks = diverging;
        return 5;
    case MAP_GRADIENT:
        *ticks = asinh_scale;
        return 5;
    default:
        *ticks = grey;
        return 3;
    }
}

/* Tag, name, clipped share, bar and ticks in 58 units of height. */
static void paint_map(const struct paint *paint, const struct hud_map *map, float x, float y, float width)
{
    const struct theme *theme = paint->theme;
    const float tag = paint_px(paint, 20.0f);
    ui_rect_filled(paint->ui, (struct rect){x, y, tag, tag}, paint_px(paint, 4.0f), theme->border);
    paint_text(paint, UI_MONO, UI_TICK, x + 0.5f * tag, paint_text_top(paint, UI_TICK, y, tag), ALIGN_CENTER,
               theme->text, map_tag(map->map));
    const float name_left = x + tag + paint_px(paint, 8.0f);
    const float name = paint_text(paint, UI_SANS_SEMIBOLD, UI_BODY, name_left,
                                  paint_text_top(paint, UI_BODY, y, tag), ALIGN_LEFT, theme->text, map->name);
    char clipped[32];
    snprintf(clipped, sizeof clipped, "clip %.1f %%", (double)map->clip_percent);
    if (name_left + name + paint_px(paint, 8.0f) + paint_text_width(paint, UI_MONO, UI_TICK, clipped) <=
        x + width)
        paint_text(paint, UI_MONO, UI_TICK, x + width, paint_text_top(paint, UI_TICK, y, tag), ALIGN_RIGHT,
                   theme->muted, clipped);

    const struct rect bar = {x, y + paint_px(paint, 26.0f), width, paint_px(paint, 12.0f)};
    ui_gradient(paint->ui, bar, theme->maps[map->map], MAP_ANCHORS);
    const float border = paint_px(paint, 1.0f);
    ui_rect_outline(paint->ui, bar, 0.0f, border, theme->border);

    const struct map_tick *ticks;
    const int count = map_ticks(map->map, &ticks);
    const float top = bar.y + bar.height + paint_px(paint, 4.0f);
    for (int i = 0; i < count; i++) {
        const enum align align = i == 0 ? ALIGN_LEFT : i == count - 1 ? ALIGN_RIGHT : ALIGN_CENTER;
        paint_text(paint, UI_MONO, UI_TICK, x + ticks[i].t * width, top, align, theme->secondary,
                   ticks[i].text);
    }
}

/* The two kinds of ribbons, as a line of text with their colours. */
static void paint_ribbon_key(const struct paint *paint, float x, float y)
{
    const struct theme *theme = paint->theme;
    const struct color inks[] = {theme->edge_positive, theme->edge_negative};
    static const char *const texts[] = {"w·a > 0", "w·a < 0"};
    for (int i = 0; i < 2; i++) {
        const float sample = paint_px(paint, 20.0f), middle = y + paint_px(paint, 8.0f);
        ui_line(paint->ui, x, middle, x + sample, middle, paint_px(paint, 2.5f), inks[i]);
        x += sample + paint_px(paint, 7.0f);
        x += paint_text(paint, UI_MONO, UI_TICK, x, y, ALIGN_LEFT, theme->secondary, texts[i]) +
             paint_px(paint, 16.0f);
    }
}

static float ribbon_key_width(const struct paint *paint)
{
    return paint_px(paint, 2.0f * 27.0f + 16.0f) +
           2.0f * paint_text_width(paint, UI_MONO, UI_TICK, "w·a > 0");
}

/* The first of `texts` that fits into `width`; NULL: none. */
static const char *first_fitting(const struct paint *paint, float width, const char *const *texts, int count)
{
    for (int i = 0; i < count; i++) {
        if (paint_text_width(paint, UI_SANS, UI_TICK, texts[i]) <= width)
            return texts[i];
    }
    return NULL;
}

static const char *const scope_texts[] = {"S: 99.5th percentile of the layer, beside its name",
                                          "S: one scale per layer", "S per layer"};
static const char *const ribbon_texts[] = {"5 strongest + and 3 strongest − inputs of a neuron",
                                           "strongest inputs: 5 of +, 3 of −", "top 5 +, top 3 −"};

/* The step, what the ribbons are and what S is, as far as there is room: three lines beside the maps. */
static void paint_scope(const struct paint *paint, struct rect box, const char *step)
{
    const struct theme *theme = paint->theme;
    const bool ribbons = paint->frame->ribbons && ribbon_key_width(paint) <= box.width;
    const float tag = paint_px(paint, 20.0f);
    const char *title = ribbons ? "edges" : "scale";
    const float title_width = paint_text_width(paint, UI_SANS_SEMIBOLD, UI_BODY, title);
    const float step_width = paint_text_width(paint, UI_MONO, UI_TICK, step);
    const bool titled = title_width + paint_px(paint, 12.0f) + step_width <= box.width;
    const float step_top = paint_text_top(paint, UI_TICK, box.y, tag);
    if (titled)
        paint_text(paint, UI_SANS_SEMIBOLD, UI_BODY, box.x, paint_text_top(paint, UI_BODY, box.y, tag),
                   ALIGN_LEFT, theme->text, title);
    paint_text(paint, UI_MONO, UI_TICK, titled ? box.x + box.width : box.x, step_top,
               titled ? ALIGN_RIGHT : ALIGN_LEFT, theme->text, step);
    float y = box.y + paint_px(paint, 25.0f);
    const char *notes[2] = {first_fitting(paint, box.width, scope_texts, 3), NULL};
    if (ribbons) {
        paint_ribbon_key(paint, box.x, y);
        y += paint_px(paint, 18.0f);
        notes[1] = notes[0];
        notes[0] = first_fitting(paint, box.width, ribbon_texts, 3);
    }
    for (int i = 0; i < 2 && notes[i] != NULL; i++) {
        if (y + paint_px(paint, 16.0f) > box.y + box.height)
            break;
        paint_text(paint, UI_SANS, UI_TICK, box.x, y, ALIGN_LEFT, theme->muted, notes[i]);
        y += paint_px(paint, 17.0f);
    }
}

static void paint_strip(const struct paint *paint, struct rect inner, const char *step)
{
    const int count = paint->frame->map_count;
    const float gap = paint_px(paint, inner.width >= paint_px(paint, 700.0f) ? 32.0f : 20.0f);
    const float least = paint_text_width(paint, UI_MONO, UI_TICK, step);
    const float third = (inner.width - gap * (float)count) / (float)(count + 1);
    const float scope = fmaxf(fminf(third, paint_px(paint, 310.0f)), least);
    const float column = (inner.width - scope - gap * (float)count) / fmaxf(1.0f, (float)count);
    const float content =
        paint_px(paint, paint->frame->ribbons && inner.height > paint_px(paint, 72.0f) ? 74.0f : 58.0f);
    const float y = roundf(inner.y + 0.5f * (inner.height - content));
    for (int i = 0; i < count && column > paint_px(paint, 40.0f); i++)
        paint_map(paint, &paint->frame->maps[i], inner.x + roundf((column + gap) * (float)i), y,
                  roundf(column));
    paint_scope(paint,
                (struct rect){inner.x + inner.width - scope, y, scope,
                              inner.y + inner.height + paint_px(paint, 6.0f) - y},
                step);
}

static void paint_column(const struct paint *paint, struct rect inner, const char *step)
{
    const struct theme *theme = paint->theme;
    const int count = paint->frame->map_count;
    const float unit = paint_px(paint, 58.0f), title = paint_px(paint, 28.0f), note = paint_px(paint, 18.0f);
    float y = inner.y;
    float room = inner.height - unit * (float)count;
    const bool titled = room >= title;
    if (titled) {
        const float right =
            paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, inner.x, y, ALIGN_LEFT, theme->text, "legend");
        paint_text(paint, UI_MONO, UI_TICK, inner.x + right + paint_px(paint, 10.0f),
                   y + paint_px(paint, 4.0f), ALIGN_LEFT, theme->secondary, step);
        y += title;
        room -= title;
    }
    const float spread =
        count > 0 ? fminf(paint_px(paint, 12.0f), fmaxf(0.0f, room - 2.0f * note) / (float)count) : 0.0f;
    for (int i = 0; i < count && y + unit <= inner.y + inner.height + 1.0f; i++) {
        paint_map(paint, &paint->frame->maps[i], inner.x, y, inner.width);
        y += roundf(unit + spread);
    }
    const float end = inner.y + inner.height + paint_px(paint, 4.0f);
    if (titled && paint->frame->ribbons && y + note <= end && ribbon_key_width(paint) <= inner.width) {
        paint_ribbon_key(paint, inner.x, y);
        y += note;
    }
    const char *scope = first_fitting(paint, inner.width, scope_texts, 3);
    if (titled && y + note <= end && scope != NULL)
        paint_text(paint, UI_SANS, UI_TICK, inner.x, y, ALIGN_LEFT, theme->muted, scope);
}

void hud_paint_legend(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    char step[48] = "no data yet";
    if (paint->frame->info != NULL)
        snprintf(step, sizeof step, "step %llu", (unsigned long long)paint->frame->info->step);
    const float pad = paint_px(paint, 12.0f), top = paint_px(paint, 10.0f);
    const struct rect inner = {rect.x + pad, rect.y + top, rect.width - 2.0f * pad, rect.height - 2.0f * top};
    ui_clip(paint->ui, rect);
    if (rect.width > 2.6f * rect.height)
        paint_strip(paint, inner, step);
    else
        paint_column(paint, inner, step);
    ui_unclip(paint->ui);
}
