/* Rectangles of values from plate to plate, as lines just before the plates. */
#include "view/selection.h"

#include <string.h>

#include <cglm/cglm.h>

static const float LIFT = 0.008f; /* before the plate */
static const float OUTLINE_PX = 1.5f, BEAM_PX = 1.1f;

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
        if (kind == LAYER_CONV2D)
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
    const bool windowed = gap->kind != GAP_DENSE && gap->kind != GAP_SAME;
    const int height = gap->source_shape[1], width = gap->source_shape[2];
    struct window source = *target;
    source.plate = gap->source_plate;
    source.tile = tile;
    if (windowed) {
        source.top = clamp(target->top * gap->stride[0] - gap->padding[0], 0, height);
        source.left = clamp(target->left * gap->stride[1] - gap->padding[1], 0, width);
        source.bottom =
            clamp((target->bottom - 1) * gap->stride[0] - gap->padding[0] + gap->kernel[0], 0, height);
        source.right =
            clamp((target->right - 1) * gap->stride[1] - gap->padding[1] + gap->kernel[1], 0, width);
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

/* From a window back to the input. What lies behind a convolution of hidden channels has no one channel:
 * only its extent is followed. */
static void add_origin(struct sketch *sketch, const struct gap *gaps, int gap_count, struct window window)
{
    struct window drawn = window;
    bool one_channel = true;
    const struct gap *gap;
    while ((gap = gaps_find(gaps, gap_count, window.plate)) && gap->kind != GAP_DENSE) {
        const bool at_input = gap->source_plate == 0;
        one_channel = one_channel && gap->kind != GAP_CONVOLUTION;
        window = source_window(gap, &window, window.tile);
        if (at_input && !one_channel)
            window.tile = 0;
        if (!at_input && !one_channel)
            continue;
        add_outline(sketch, &window, at_input ? 1.0f : 0.8f);
        add_beams(sketch, &window, &drawn, 0.55f);
        drawn = window;
        for (int tile = 1; at_input && !one_channel && tile < gap->source_shape[0]; tile++) {
            window.tile = tile;
            add_outline(sketch, &window, 1.0f);
        }
    }
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
    for (int i = selection->part_count - 1; i >= 0; i--) {
        const struct window window =
            source_window(gap, &cell, gap->kind == GAP_SAME ? cell.tile : selection->parts[i]);
        add_outline(&sketch, &window, 1.0f);
        add_beams(&sketch, &window, &cell, i == 0 ? 0.8f : 0.5f);
        if (i == 0)
            add_origin(&sketch, gaps, gap_count, window);
    }
    return sketch.count;
}
