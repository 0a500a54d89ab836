/* The legend: every colour map in use with its scale, as a column or, in a wide strip, side by side. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

#include "base/number_text.h"

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

/* The map's colours, and its ticks below them. */
static void paint_bar(const struct paint *paint, const struct hud_map *map, struct rect bar, float ticks_top)
{
    const struct theme *theme = paint->theme;
    ui_gradient(paint->ui, bar, theme->maps[map->map], MAP_ANCHORS);
    ui_rect_outline(paint->ui, bar, 0.0f, paint_px(paint, 1.0f), theme->border);
    const struct map_tick *ticks;
    const int count = map_ticks(map->map, &ticks);
    float end = -INFINITY;
    const float last = bar.x + bar.width - paint_text_width(paint, UI_MONO, UI_TICK, ticks[count - 1].text);
    for (int i = 0; i < count; i++) {
        const enum align align = i == 0 ? ALIGN_LEFT : i == count - 1 ? ALIGN_RIGHT : ALIGN_CENTER;
        const float width = paint_text_width(paint, UI_MONO, UI_TICK, ticks[i].text);
        const float x = bar.x + ticks[i].t * bar.width, left = x - 0.5f * (float)align * width;
        const bool ends = i == 0 || i == count - 1, quarter = count == 5 && (i == 1 || i == 3);
        if (quarter && bar.width < paint_px(paint, 200.0f))
            continue;
        if (!ends && (left < end || left + width > last - paint_px(paint, 4.0f)))
            continue;
        paint_text(paint, UI_MONO, UI_TICK, x, ticks_top, align, theme->secondary, ticks[i].text);
        end = left + width + paint_px(paint, 4.0f);
    }
}

static void clip_text(const struct hud_map *map, char text[40])
{
    char share[NUMBER_TEXT_SIZE];
    snprintf(text, 40, "clip %s", number_percent(share, 0.01 * (double)map->clip_percent, 1, NUMBER_MINUS));
}

static void paint_tag(const struct paint *paint, const struct hud_map *map, float x, float y)
{
    const float tag = paint_px(paint, 20.0f);
    ui_rect_filled(paint->ui, (struct rect){x, y, tag, tag}, paint_px(paint, 4.0f), paint->theme->border);
    paint_text(paint, UI_MONO, UI_TICK, x + 0.5f * tag, paint_text_top(paint, UI_TICK, y, tag), ALIGN_CENTER,
               paint->theme->text, map_tag(map->map));
}

/* The same beside each other in 33 units of height: for the smallest legends. */
static void paint_map_line(const struct paint *paint, const struct hud_map *map, float x, float y,
                           float width)
{
    const float name = x + paint_px(paint, 26.0f);
    const float named = name + paint_text_width(paint, UI_SANS_SEMIBOLD, UI_TICK, map->name);
    const float bar = fmaxf(x + paint_px(paint, 98.0f), named + paint_px(paint, 8.0f));
    char clip[40];
    clip_text(map, clip);
    paint_tag(paint, map, x, y);
    paint_text(paint, UI_SANS_SEMIBOLD, UI_TICK, name, y, ALIGN_LEFT, paint->theme->text, map->name);
    paint_text(paint, UI_SANS, UI_TICK, name, y + paint_px(paint, 15.0f), ALIGN_LEFT, paint->theme->muted,
               clip);
    paint_bar(paint, map,
              (struct rect){bar, y + paint_px(paint, 3.0f), x + width - bar, paint_px(paint, 10.0f)},
              y + paint_px(paint, 15.0f));
}

/* Tag, name, clipped share, bar and ticks in 58 units of height; 52 when `tight`. */
static void paint_map(const struct paint *paint, const struct hud_map *map, float x, float y, float width,
                      bool tight)
{
    const struct theme *theme = paint->theme;
    const float tag = paint_px(paint, 20.0f);
    paint_tag(paint, map, x, y);
    const float name_left = x + tag + paint_px(paint, 8.0f);
    const float name = paint_text(paint, UI_SANS_SEMIBOLD, UI_BODY, name_left,
                                  paint_text_top(paint, UI_BODY, y, tag), ALIGN_LEFT, theme->text, map->name);
    /* How several values share a pixel, and what lies beyond S; the latter alone where room is scarce. */
    char clip[40], both[96];
    const char *const texts[2] = {both, clip};
    clip_text(map, clip);
    snprintf(both, sizeof both, "1 px ≤ %d×%d max|·|  %s", map->footprint[0], map->footprint[1], clip);
    for (int i = map->footprint[0] * map->footprint[1] > 1 ? 0 : 1; i < 2; i++) {
        if (name_left + name + paint_px(paint, 8.0f) + paint_text_width(paint, UI_MONO, UI_TICK, texts[i]) >
            x + width)
            continue;
        paint_text(paint, UI_MONO, UI_TICK, x + width, paint_text_top(paint, UI_TICK, y, tag), ALIGN_RIGHT,
                   theme->muted, texts[i]);
        break;
    }

    const struct rect bar = {x, y + paint_px(paint, tight ? 23.0f : 26.0f), width,
                             paint_px(paint, tight ? 10.0f : 12.0f)};
    paint_bar(paint, map, bar, bar.y + bar.height + paint_px(paint, tight ? 2.0f : 4.0f));
}

/* What the ribbons stand for and how their inputs are ranked. */
static const char *edge_measure(const struct hud_frame *frame)
{
    if (frame->display->gradients == GRADIENTS_TURNED)
        return "w·δ";
    return frame->display->edges_by_weight ? "w" : "w·a";
}

/* "1 pulse = 10 steps", or nothing. */
static void pulse_text(const struct hud_frame *frame, char text[40])
{
    text[0] = '\0';
    if (frame->pulse_steps > 0)
        snprintf(text, 40, "1 pulse = %d step%s", frame->pulse_steps, frame->pulse_steps == 1 ? "" : "s");
}

/* The ribbons' two colours with their signs, and what a pulse is; false when there is no room for the
 * latter. */
static bool paint_ribbon_key(const struct paint *paint, float x, float y, float width)
{
    const struct theme *theme = paint->theme;
    const bool gradients = paint->frame->display->gradients == GRADIENTS_TURNED;
    const struct color inks[] = {gradients ? theme->delta_positive : theme->edge_positive,
                                 gradients ? theme->delta_negative : theme->edge_negative};
    const float end = x + width;
    for (int i = 0; i < 2; i++) {
        char text[24];
        snprintf(text, sizeof text, "%s %c 0", edge_measure(paint->frame), i == 0 ? '>' : '<');
        const float sample = paint_px(paint, 20.0f), middle = y + paint_px(paint, 8.0f);
        ui_line(paint->ui, x, middle, x + sample, middle, paint_px(paint, 2.5f), inks[i]);
        x += sample + paint_px(paint, 7.0f);
        x += paint_text(paint, UI_MONO, UI_TICK, x, y, ALIGN_LEFT, theme->secondary, text) +
             paint_px(paint, 14.0f);
    }
    char pulse[40];
    pulse_text(paint->frame, pulse);
    if (x + paint_text_width(paint, UI_MONO, UI_TICK, pulse) > end)
        return false;
    paint_text(paint, UI_MONO, UI_TICK, end, y, ALIGN_RIGHT, theme->secondary, pulse);
    return true;
}

static float ribbon_key_width(const struct paint *paint)
{
    return paint_px(paint, 2.0f * 27.0f + 14.0f) +
           2.0f * paint_text_width(paint, UI_MONO, UI_TICK, "w·a > 0");
}

/* Two dots in the colours of a direction's pulses and what these are as bright as; returns where it ends. */
static float paint_pulses_of(const struct paint *paint, float x, float y, struct color positive,
                             struct color negative, const char *text)
{
    const struct color inks[] = {positive, negative};
    const float size = paint_px(paint, 7.0f);
    for (int i = 0; i < 2; i++) {
        const struct rect dot = {x, roundf(y + paint_px(paint, 4.5f)), size, size};
        ui_rect_filled(paint->ui, dot, 0.5f * size, inks[i]);
        x += paint_px(paint, 10.0f);
    }
    x += paint_px(paint, 3.0f);
    return x + paint_text(paint, UI_SANS, UI_TICK, x, y, ALIGN_LEFT, paint->theme->muted, text);
}

static const char *const pulse_texts[] = {"forward: |w·a|", "backward: |δ|"};

/* Nothing, and false, without pulses or room for their key. */
static bool paint_pulse_key(const struct paint *paint, float x, float y, float width)
{
    const struct theme *theme = paint->theme;
    const float gap = paint_px(paint, 14.0f);
    const float needed = 2.0f * paint_px(paint, 23.0f) + gap +
                         paint_text_width(paint, UI_SANS, UI_TICK, pulse_texts[0]) +
                         paint_text_width(paint, UI_SANS, UI_TICK, pulse_texts[1]);
    if (paint->frame->pulse_steps <= 0 || needed > width)
        return false;
    x = paint_pulses_of(paint, x, y, theme->edge_positive, theme->edge_negative, pulse_texts[0]);
    paint_pulses_of(paint, x + gap, y, theme->delta_positive, theme->delta_negative, pulse_texts[1]);
    return true;
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

/* From long to short, one line per scope. */
static const char *const scope_texts[SCOPE_COUNT][3] = {
    [SCOPE_LAYER] = {"S: 99.5th percentile of the layer, beside its name", "S: one scale per layer",
                     "S per layer"},
    [SCOPE_KIND] = {"S: 99.5th percentile of all plates of a kind", "S: one scale per kind", "S per kind"},
    [SCOPE_GLOBAL] = {"S: 99.5th percentile of everything shown", "S: one scale for all", "one S"}};
static const char *const ribbon_texts[] = {"each traced neuron: 5 strongest + and 3 strongest − inputs",
                                           "5 strongest + and 3 strongest − inputs of a neuron",
                                           "strongest inputs: 5 of +, 3 of −", "top 5 +, top 3 −"};
enum { RIBBON_TEXTS = sizeof ribbon_texts / sizeof ribbon_texts[0] };

static const char *scope_text(const struct paint *paint, float width)
{
    return first_fitting(paint, width, scope_texts[paint->frame->display->scope], 3);
}

/* Beside the maps of a strip: the step, what the ribbons and pulses are. */
static void paint_edges(const struct paint *paint, struct rect box, const char *step)
{
    const struct theme *theme = paint->theme;
    const bool ribbons = paint->frame->ribbons && ribbon_key_width(paint) <= box.width;
    const float tag = paint_px(paint, 20.0f);
    const float step_width = paint_text_width(paint, UI_MONO, UI_TICK, step);
    const char *titles[2] = {paint->frame->pulse_steps > 0 ? "edges and pulses" : "edges", "edges"};
    const char *title = NULL;
    for (int i = 0; ribbons && title == NULL && i < 2; i++)
        if (paint_text_width(paint, UI_SANS_SEMIBOLD, UI_BODY, titles[i]) + paint_px(paint, 12.0f) +
                step_width <=
            box.width)
            title = titles[i];
    const float step_top = paint_text_top(paint, UI_TICK, box.y, tag);
    if (title != NULL)
        paint_text(paint, UI_SANS_SEMIBOLD, UI_BODY, box.x, paint_text_top(paint, UI_BODY, box.y, tag),
                   ALIGN_LEFT, theme->text, title);
    paint_text(paint, UI_MONO, UI_TICK, title != NULL ? box.x + box.width : box.x, step_top,
               title != NULL ? ALIGN_RIGHT : ALIGN_LEFT, theme->text, step);
    const float y = box.y + paint_px(paint, 25.0f);
    if (!ribbons || y + paint_px(paint, 16.0f) > box.y + box.height)
        return;
    const float line = paint_px(paint, 17.0f), end = box.y + box.height;
    float top = y + paint_px(paint, 18.0f);
    char pulse[40] = "";
    if (!paint_ribbon_key(paint, box.x, y, box.width))
        pulse_text(paint->frame, pulse);
    if (pulse[0] != '\0' && top + line <= end + 1.0f) {
        paint_text(paint, UI_SANS, UI_TICK, box.x, top, ALIGN_LEFT, theme->muted, pulse);
        top += line;
    }
    if (top + line <= end + 1.0f && paint_pulse_key(paint, box.x, top, box.width))
        top += line;
    const char *inputs = first_fitting(paint, box.width, ribbon_texts, RIBBON_TEXTS);
    if (top + line <= end + 1.0f && inputs != NULL)
        paint_text(paint, UI_SANS, UI_TICK, box.x, top, ALIGN_LEFT, theme->muted, inputs);
}

static void paint_strip(const struct paint *paint, struct rect inner, const char *step)
{
    const int count = paint->frame->map_count;
    const float gap = paint_px(paint, inner.width >= paint_px(paint, 700.0f) ? 32.0f : 20.0f);
    const float least = paint_text_width(paint, UI_MONO, UI_TICK, step);
    const float third = (inner.width - gap * (float)count) / (float)(count + 1);
    const float edges = fmaxf(fminf(third, paint_px(paint, 400.0f)), least);
    const float column = (inner.width - edges - gap * (float)count) / fmaxf(1.0f, (float)count);
    const char *scope = scope_text(paint, column);
    const bool noted = scope != NULL && inner.height >= paint_px(paint, 74.0f);
    const float content = paint_px(paint, noted ? 76.0f : 58.0f);
    const float y = roundf(inner.y + 0.5f * (inner.height - content));
    for (int i = 0; i < count && column > paint_px(paint, 40.0f); i++)
        paint_map(paint, &paint->frame->maps[i], inner.x + roundf((column + gap) * (float)i), y,
                  roundf(column), false);
    if (noted && count > 0)
        paint_text(paint, UI_SANS, UI_TICK, inner.x, y + paint_px(paint, 61.0f), ALIGN_LEFT,
                   paint->theme->muted, scope);
    paint_edges(paint,
                (struct rect){inner.x + inner.width - edges, y, edges,
                              inner.y + inner.height + paint_px(paint, 6.0f) - y},
                step);
}

/* Without room for a title: the maps as lines, the step below. */
static void paint_lines(const struct paint *paint, struct rect inner, const char *step)
{
    const int count = paint->frame->map_count;
    const float unit = paint_px(paint, 33.0f), note = paint_px(paint, 17.0f);
    const float spread =
        fminf(paint_px(paint, 12.0f),
              fmaxf(0.0f, inner.height - unit * (float)count - note) / fmaxf(1.0f, (float)count));
    float y = inner.y;
    for (int i = 0; i < count && y + unit <= inner.y + inner.height + 1.0f; i++) {
        paint_map_line(paint, &paint->frame->maps[i], inner.x, y, inner.width);
        y += roundf(unit + spread);
    }
    char text[80];
    snprintf(text, sizeof text, "%s · %s", step, scope_texts[paint->frame->display->scope][2]);
    if (y + note <= inner.y + inner.height + paint_px(paint, 6.0f))
        paint_text(paint, UI_MONO, UI_TICK, inner.x, y, ALIGN_LEFT, paint->theme->secondary, text);
}

static void paint_column(const struct paint *paint, struct rect inner, const char *step)
{
    const struct theme *theme = paint->theme;
    const int count = paint->frame->map_count;
    const bool tight = inner.height < paint_px(paint, 28.0f + 58.0f * (float)count);
    const float unit = paint_px(paint, tight ? 52.0f : 58.0f), title = paint_px(paint, tight ? 25.0f : 28.0f);
    const float note = paint_px(paint, 18.0f);
    const float room = inner.height - unit * (float)count - title;
    if (room < 0.0f) {
        paint_lines(paint, inner, step);
        return;
    }
    float y = inner.y;
    const float right =
        paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, inner.x, y, ALIGN_LEFT, theme->text, "legend");
    char text[80];
    snprintf(text, sizeof text, "%s · %s", step, scope_texts[paint->frame->display->scope][2]);
    paint_text(paint, UI_MONO, UI_TICK, inner.x + right + paint_px(paint, 10.0f), y + paint_px(paint, 4.0f),
               ALIGN_LEFT, theme->secondary, text);
    y += title;
    const float spread =
        count > 0 ? fminf(paint_px(paint, 12.0f), fmaxf(0.0f, room - 3.0f * note) / (float)count) : 0.0f;
    for (int i = 0; i < count; i++) {
        paint_map(paint, &paint->frame->maps[i], inner.x, y, inner.width, tight);
        y += roundf(unit + spread);
    }
    const float end = inner.y + inner.height + paint_px(paint, 4.0f);
    if (!paint->frame->ribbons || y + note > end || ribbon_key_width(paint) > inner.width)
        return;
    paint_ribbon_key(paint, inner.x, y, inner.width);
    y += note;
    if (y + note <= end && paint_pulse_key(paint, inner.x, y, inner.width))
        y += note;
    const char *inputs = first_fitting(paint, inner.width, ribbon_texts, RIBBON_TEXTS);
    if (y + note <= end && inputs != NULL)
        paint_text(paint, UI_SANS, UI_TICK, inner.x, y, ALIGN_LEFT, theme->muted, inputs);
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
