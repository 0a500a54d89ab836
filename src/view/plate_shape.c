/* Grids, mosaics, columns and sheets of kernels. The constants keep LeNet-5's proportions. */
#include "view/plate_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cglm/cglm.h>

static const float MIN_SIDE = 0.6f, MAX_SIDE = 8.0f;
static const float INPUT_SIDE = 3.7f, MAP_SIDE = 1.62f; /* of 28×28 values */
static const float MAP_GROWTH = 0.184f; /* side ∝ values^growth: 1.22 at 14×14, .86 at 5×5 */
static const float MAP_GAP = 0.1f;
static const float CELL = 0.255f; /* of a dense layer of up to CELL_COUNT neurons */
static const int CELL_COUNT = 120;
static const int COLUMN_COUNT = 16; /* a dense layer of so few stands in one column */
static const float COLUMN_PITCH = 0.3f;
static const int OUTPUT_COLUMN_COUNT = 20;
static const float OUTPUT_PITCH = 0.46f, OUTPUT_GAP = 0.3f;
static const float KERNEL_GAP_TEXELS = 0.7f;
static const int MOSAIC_COUNT = 16; /* more feature maps are a stack until they are unfolded */
static const float STACK_DEPTH = 1.6f, MIN_PITCH = 0.03f, MAX_PITCH = 0.25f;
static const float BORDER = 0.08f, DEPTH = 0.11f;

/* Columns of a grid of n cells, for which rows / columns is near `aspect`. A full grid is preferred to
 * one whose last row lacks cells. */
static int grid_columns(int n, float aspect)
{
    const float ideal = sqrtf((float)n / aspect);
    int best = 0;
    float best_distance = logf(1.9f);
    for (int columns = 1; columns <= n; columns++) {
        if (n % columns != 0)
            continue;
        const float distance = fabsf(logf((float)columns / ideal));
        if (distance < best_distance) {
            best = columns;
            best_distance = distance;
        }
    }
    return best > 0 ? best : (int)fmaxf(1.0f, roundf(ideal));
}

static int divide_up(int a, int b) { return (a + b - 1) / b; }

/* More than MOSAIC_COUNT maps: in the stack each is as large as if it were alone. */
static void make_stack(struct plate *plate, float tile_side)
{
    const int planes = plate->tiles;
    plate->pitch = glm_clamp(STACK_DEPTH / (float)planes, MIN_PITCH, MAX_PITCH);
    plate->open.width = plate->width;
    plate->open.height = plate->height;
    plate->open.depth = plate->depth;
    const float tile = plate->width / plate_columns(plate) *
                       fmaxf(1.0f, (float)plate->tile_height / (float)plate->tile_width);
    plate->open.magnification = glm_clamp(tile_side, MIN_SIDE, MAX_SIDE) / tile;
}

/* Fits a picture with tiles of `tile_side` (the longer one, world units) into the allowed sizes. */
static void set_size(struct plate *plate, float tile_side)
{
    const float longer = fmaxf(1.0f, (float)plate->tile_height / (float)plate->tile_width);
    const float tile_width = tile_side / longer;
    const float width = plate_columns(plate) * tile_width, height = plate_rows(plate) * tile_width;
    const float side = fmaxf(width, height);
    const float scale = glm_clamp(side, MIN_SIDE, MAX_SIDE) / side;
    plate->width = width * scale;
    plate->height = height * scale;
}

bool layer_passes_values_on(const struct layer *layer) { return layer->kind == LAYER_FLATTEN; }

bool layer_is_pool(const struct layer *layer)
{
    return layer->kind == LAYER_MAX_POOL2D || layer->kind == LAYER_AVERAGE_POOL2D;
}

int layer_weight_parameter(const struct layer *layer)
{
    for (int i = 0; i < layer->parameter_count; i++)
        if (layer->parameters[i].rank == 2 || layer->parameters[i].rank == 4)
            return i;
    return -1;
}

/* Whether a layer's values may be negative; pools and flatten keep their input's sign. */
static bool is_signed(const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    while ((layer_is_pool(layer) || layer_passes_values_on(layer)) && layer->input_count > 0)
        layer = &network->layers[layer->inputs[0]];
    if (layer->kind == LAYER_INPUT || layer->softmax)
        return false;
    return layer->activation == ACTIVATION_LINEAR || layer->activation == ACTIVATION_TANH;
}

static void describe_shape(const struct layer *layer, char *text, size_t size)
{
    const struct shape s = layer->output;
    if (layer->softmax)
        snprintf(text, size, "softmax");
    else if (s.height == 1 && s.width == 1)
        snprintf(text, size, "%d", s.channels);
    else if (layer->kind == LAYER_INPUT && s.channels == 1)
        snprintf(text, size, "%d×%d", s.height, s.width);
    else
        snprintf(text, size, "%d×%d×%d", s.channels, s.height, s.width);
}

void plate_shape_activation(struct plate *plate, const struct network *network,
                            const struct snapshot_layout *layout, int index)
{
    const struct layer *layer = &network->layers[index];
    const struct shape s = layer->output;
    const bool last = index == network->layer_count - 1;
    const bool vector = s.height == 1 && s.width == 1;
    memset(plate, 0, sizeof *plate);
    plate->layer = index;
    plate->region = snapshot_layout_find(layout, REGION_ACTIVATION, index, 0);
    plate->gradient_region = snapshot_layout_find(layout, REGION_ACTIVATION_GRADIENT, index, 0);
    plate->values = (int)shape_count(s);
    plate->border = BORDER;
    plate->depth = DEPTH;
    plate->is_signed = is_signed(network, index);
    plate->map = plate->is_signed ? MAP_WEIGHT : MAP_ACTIVATION;
    plate->kind = PLATE_ACTIVATION;
    if (layer->kind == LAYER_INPUT) {
        plate->kind = PLATE_INPUT;
        plate->map = MAP_GREY;
    }
    snprintf(plate->title, sizeof plate->title, "%s", layer->name);
    describe_shape(layer, plate->shape, sizeof plate->shape);

    const bool column = vector && s.channels <= (last ? OUTPUT_COLUMN_COUNT : COLUMN_COUNT);
    if (column) {
        plate->kind = last ? PLATE_OUTPUT : plate->kind;
        plate->tiles = plate->tile_rows = s.channels;
        plate->tile_columns = plate->tile_width = plate->tile_height = 1;
        plate->gap = OUTPUT_GAP;
        const float pitch = fminf(last ? OUTPUT_PITCH : COLUMN_PITCH, MAX_SIDE / (float)s.channels);
        set_size(plate, pitch / (1.0f + OUTPUT_GAP));
    } else if (vector) {
        /* The answer among many classes is a grid with the likeliest ones listed beside it. */
        plate->kind = last && layer->softmax ? PLATE_OUTPUT : plate->kind;
        plate->tiles = plate->tile_columns = plate->tile_rows = 1;
        plate->tile_width = grid_columns(s.channels, 1.7f);
        plate->tile_height = divide_up(s.channels, plate->tile_width);
        const float more = fmaxf(1.0f, (float)s.channels / (float)CELL_COUNT);
        const int longer = plate->tile_width > plate->tile_height ? plate->tile_width : plate->tile_height;
        set_size(plate, CELL * powf(more, -0.25f) * (float)longer);
    } else {
        plate->tiles = s.channels;
        plate->tile_columns = grid_columns(s.channels, 1.3f);
        plate->tile_rows = divide_up(s.channels, plate->tile_columns);
        plate->tile_width = s.width;
        plate->tile_height = s.height;
        plate->gap = MAP_GAP;
        const float relative = (float)(s.height * s.width) / 784.0f;
        const float side = layer->kind == LAYER_INPUT ? INPUT_SIDE * powf(relative, 0.25f)
                                                      : MAP_SIDE * powf(relative, MAP_GROWTH);
        set_size(plate, side);
        if (plate->tiles > MOSAIC_COUNT)
            make_stack(plate, side);
    }
}

void plate_shape_weights(struct plate *plate, const struct network *network,
                         const struct snapshot_layout *layout, int index, int number)
{
    const struct layer *layer = &network->layers[index];
    const struct parameter *parameter = &layer->parameters[number];
    memset(plate, 0, sizeof *plate);
    plate->kind = PLATE_WEIGHT;
    plate->layer = index;
    plate->region = snapshot_layout_find(layout, REGION_PARAMETER, index, number);
    plate->gradient_region = snapshot_layout_find(layout, REGION_PARAMETER_GRADIENT, index, number);
    plate->values = (int)parameter->count;
    plate->border = 0.07f;
    plate->depth = 0.08f;
    plate->map = MAP_WEIGHT;
    plate->is_signed = true;
    const int out = parameter->dims[0], in = parameter->dims[1];
    if (parameter->rank == 4) {
        plate->tile_height = parameter->dims[2];
        plate->tile_width = parameter->dims[3];
        plate->tiles = out * in;
        plate->gap = KERNEL_GAP_TEXELS / (float)plate->tile_width;
        plate->tiles_down = in > 1 && out >= in;
        plate->tile_columns = in == 1 ? grid_columns(out, 0.7f) : plate->tiles_down ? out : in;
        plate->tile_rows = divide_up(plate->tiles, plate->tile_columns);
        snprintf(plate->title, sizeof plate->title, "%s kernels", layer->name);
        if (in == 1)
            snprintf(plate->shape, sizeof plate->shape, "%d × %d×%d", out, plate->tile_height,
                     plate->tile_width);
        else
            snprintf(plate->shape, sizeof plate->shape, "%d×%d × %d×%d", out, in, plate->tile_height,
                     plate->tile_width);
    } else {
        plate->tiles = plate->tile_columns = plate->tile_rows = 1;
        plate->tile_height = out;
        plate->tile_width = in;
        snprintf(plate->title, sizeof plate->title, "%s weights", layer->name);
        snprintf(plate->shape, sizeof plate->shape, "%d×%d", out, in);
    }
}
