/* Rectangles of values from plate to plate, as lines just before the plates. */
#include "view/selection.h"

#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"

static const float LIFT = 0.008f; /* before the plate */
static const float OUTLINE_PX = 1.5f, BEAM_PX = 1.1f;
/* Lines over more plates than that would be the picture; the outlines alone say it there. */
static const int BEAM_PLATES = 3;

/* Some values of one tile: rows [top, bottom), columns [left, right). */
struct window {
    int plate, tile;
    int top, left, bottom, right;
};

struct sketch {
    const struct scene *scene;
    struct selection_line *lines;
    int count;
};

int selection_default_plate(const struct scene *scene, const struct network *network)
{
    int dense = -1, convolution = -1;
    for (int i = 0; i < scene->plate_count && scene->plates[i].kind != PLATE_WEIGHT; i++) {
        const enum layer_kind kind = network->layers[scene->plates[i].layer].kind;
        if (kind == LAYER_CONV2D && scene->graph.branch[i] == 0)
            convolution = i;
        if (kind == LAYER_DENSE && dense < 0)
            dense = i;
    }
    return convolution >= 0 ? convolution : dense;
}

static void add_line(struct sketch *sketch, const vec3 from, const vec3 to, float alpha, float width_px)
{
    if (sketch->count == SELECTION_LINES)
        return;
    struct selection_line *line = &sketch->lines[sketch->count++];
    memcpy(line->from, from, sizeof line->from);
    memcpy(line->to, to, sizeof line->to);
    line->alpha = alpha;
    line->width_px = width_px;
}

/* Top left, top right, bottom right, bottom left. */
static void window_corners(const struct sketch *sketch, const struct window *window, vec3 corners[4])
{
    const struct plate *plate = &sketch->scene->plates[window->plate];
    vec3 front;
    glm_vec3_cross((float *)plate->down, (float *)plate->right, front);
    glm_vec3_scale_as(front, LIFT, front);
    for (int i = 0; i < 4; i++) {
        const int x = i == 1 || i == 2 ? window->right : window->left;
        const int y = i >= 2 ? window->bottom : window->top;
        plate_point(plate, window->tile, (float)x, (float)y, corners[i]);
        glm_vec3_add(corners[i], front, corners[i]);
    }
}

static void add_outline(struct sketch *sketch, const struct window *window, float alpha)
{
    vec3 corners[4];
    window_corners(sketch, window, corners);
    for (int i = 0; i < 4; i++)
        add_line(sketch, corners[i], corners[(i + 1) % 4], alpha, OUTLINE_PX);
}

static void add_beams(struct sketch *sketch, const struct window *from, const struct window *to, float alpha)
{
    vec3 starts[4], ends[4];
    window_corners(sketch, from, starts);
    window_corners(sketch, to, ends);
    for (int i = 0; i < 4; i++)
        add_line(sketch, starts[i], ends[i], alpha, BEAM_PX);
}

static int clamp(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

/* The values that a window of the target plate is computed from, of one channel or of each. */
static struct window source_window(const struct gap *gap, const struct window *target, int tile)
{
    const bool windowed =
        gap->kind == GAP_CONVOLUTION || gap->kind == GAP_MAX_POOL || gap->kind == GAP_AVERAGE_POOL;
    const int height = gap->source_shape[1], width = gap->source_shape[2];
    struct window source = *target;
    source.plate = gap->source_plate;
    source.tile = tile;
    if (windowed) {
        source.top = clamp(target->top * gap->stride[0] - gap->padding[0], 0, height);
        source.left = clamp(target->left * gap->stride[1] - gap->padding[1], 0, width);
        source.bottom = clamp((target->bottom - 1) * gap->stride[0] - gap->padding[0] +
                                  (gap->kernel[0] - 1) * gap->dilation[0] + 1,
                              0, height);
        source.right = clamp((target->right - 1) * gap->stride[1] - gap->padding[1] +
                                 (gap->kernel[1] - 1) * gap->dilation[1] + 1,
                             0, width);
    }
    return source;
}

static struct window whole_tile(const struct scene *scene, int plate, int tile)
{
    return (struct window){
        plate, tile, 0, 0, scene->plates[plate].tile_height, scene->plates[plate].tile_width};
}

static struct window cell_window(const struct scene *scene, int number, int value)
{
    const struct plate *plate = &scene->plates[number];
    const int area = plate->tile_height * plate->tile_width;
    const int row = value % area / plate->tile_width, column = value % plate->tile_width;
    return (struct window){number, value / area, row, column, row + 1, column + 1};
}

/* The number of a value's place in the source's tiles: a concatenation's follow each other. */
static int source_tile(const struct gap *gap, int tile)
{
    const int area = gap->target_shape[1] * gap->target_shape[2];
    return gap->kind == GAP_SAME ? tile - gap->offset / area : tile;
}

static void unite(struct window *window, const struct window *other)
{
    window->top = other->top < window->top ? other->top : window->top;
    window->left = other->left < window->left ? other->left : window->left;
    window->bottom = other->bottom > window->bottom ? other->bottom : window->bottom;
    window->right = other->right > window->right ? other->right : window->right;
}

/* What a plate has to do with the selected cell. */
struct origin {
    bool reached, one_channel;
    struct window window;
    int drawn_plate; /* where the lines from its window lead */
    int plates;      /* that they pass over */
};

/* Hands a plate's window on to one that it is computed from. */
static void step_back(const struct gap *gap, bool skips, const struct origin *from, struct origin *to,
                      bool is_drawn)
{
    struct window window = source_window(
        gap, &from->window, clamp(source_tile(gap, from->window.tile), 0, gap->source_shape[0] - 1));
    const bool one_channel = from->one_channel && gap->kind != GAP_CONVOLUTION;
    if (to->reached) {
        unite(&to->window, &window);
        to->one_channel = to->one_channel && one_channel;
        return;
    }
    *to = (struct origin){.reached = true, .one_channel = one_channel, .window = window};
    to->drawn_plate = is_drawn ? gap->target_plate : from->drawn_plate;
    to->plates = skips ? BEAM_PLATES + 1 : is_drawn ? 0 : from->plates + 1;
}

/* From a window back to the input, on all ways that lead there. What lies behind a convolution of hidden
 * channels has no one channel: only its extent is followed. */
static void add_origin(struct sketch *sketch, const struct gap *gaps, int gap_count, struct window start)
{
    struct origin *origins = ls_calloc((size_t)start.plate + 1, sizeof *origins);
    origins[start.plate] = (struct origin){.reached = true, .one_channel = true, .window = start};
    for (int plate = start.plate; plate >= 0; plate--) {
        struct origin *at = &origins[plate];
        if (!at->reached)
            continue;
        const bool at_input = plate == 0, is_start = plate == start.plate;
        const bool is_drawn = is_start || at_input || at->one_channel;
        struct window window = at->window;
        if (at_input && !at->one_channel)
            window.tile = 0;
        if (is_drawn && !is_start) {
            add_outline(sketch, &window, at_input ? 1.0f : 0.8f);
            if (at->plates <= BEAM_PLATES)
                add_beams(sketch, &window, &origins[at->drawn_plate].window, 0.55f);
        }
        const int tiles = at_input && !at->one_channel ? sketch->scene->plates[0].tiles : 0;
        for (int tile = 1; tile < tiles; tile++) {
            window.tile = tile;
            add_outline(sketch, &window, 1.0f);
        }
        const int value = at->window.tile * sketch->scene->plates[plate].tile_height *
                          sketch->scene->plates[plate].tile_width;
        const struct gap *gap = NULL;
        while ((gap = gaps_next(gaps, gap_count, gap, plate, value)))
            if (gap->kind != GAP_DENSE)
                step_back(gap, sketch->scene->graph.edges[gap - gaps].skips, at, &origins[gap->source_plate],
                          is_drawn);
    }
    free(origins);
}

static void add_inputs(struct sketch *sketch, const struct selection *selection, const struct window *cell)
{
    const struct plate *source = &sketch->scene->plates[selection->source_plate];
    vec3 corners[4], end, start;
    window_corners(sketch, cell, corners);
    glm_vec3_center(corners[0], corners[2], end);
    for (int i = 0; i < selection->part_count; i++) {
        const struct window input = cell_window(sketch->scene, selection->source_plate, selection->parts[i]);
        add_outline(sketch, &input, 1.0f);
        window_corners(sketch, &input, corners);
        glm_vec3_center(corners[0], corners[2], start);
        add_line(sketch, start, end, 0.75f, BEAM_PX);
    }
    for (int tile = 0; selection->source_plate == 0 && tile < source->tiles; tile++) {
        const struct window whole = whole_tile(sketch->scene, 0, tile);
        add_outline(sketch, &whole, 0.7f);
    }
}

int selection_lines(const struct selection *selection, const struct scene *scene, const struct gap *gaps,
                    int gap_count, struct selection_line *lines)
{
    struct sketch sketch = {.scene = scene, .lines = lines};
    if (selection->cell.plate < 0)
        return 0;
    const struct window cell = cell_window(scene, selection->cell.plate, selection->cell.value);
    add_outline(&sketch, &cell, 1.0f);
    const struct gap *gap = gaps_find(gaps, gap_count, selection->cell.plate);
    if (!gap || selection->part_count == 0)
        return sketch.count;
    if (gap->kind == GAP_DENSE) {
        add_inputs(&sketch, selection, &cell);
        return sketch.count;
    }
    if (gap->kind == GAP_SAME || gap->kind == GAP_NORM) {
        for (gap = NULL; (gap = gaps_next(gaps, gap_count, gap, cell.plate, selection->cell.value));) {
            const struct window window = source_window(gap, &cell, source_tile(gap, cell.tile));
            add_outline(&sketch, &window, 1.0f);
            add_beams(&sketch, &window, &cell, 0.8f);
            if (gap == gaps_next(gaps, gap_count, NULL, cell.plate, selection->cell.value))
                add_origin(&sketch, gaps, gap_count, window);
        }
        return sketch.count;
    }
    for (int i = selection->part_count - 1; i >= 0; i--) {
        const struct window window = source_window(gap, &cell, selection->parts[i]);
        add_outline(&sketch, &window, 1.0f);
        add_beams(&sketch, &window, &cell, i == 0 ? 0.8f : 0.5f);
        if (i == 0)
            add_origin(&sketch, gaps, gap_count, window);
    }
    return sketch.count;
}
