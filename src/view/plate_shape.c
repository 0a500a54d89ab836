/* Grids, mosaics, columns and sheets of kernels. The constants keep LeNet-5's proportions. */
#include "view/plate_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/number_text.h"
#include "view/scene_graph.h"

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
static const int KERNEL_COUNT = 64 * 64; /* more kernels are a matrix of their norms */
static const float BORDER = 0.08f, DEPTH = 0.11f;
static const float ELEMENTWISE = 0.62f; /* of the size that a layer with weights of its own has */
static const float STRIP_BORDER = 0.035f, STRIP_DEPTH = 0.15f;

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
static void make_stack(struct plate *plate, float tile_side, float share)
{
    const int planes = plate->tiles;
    plate->pitch = share * glm_clamp(STACK_DEPTH / (float)planes, MIN_PITCH, MAX_PITCH);
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
    return layer->kind == LAYER_MAX_POOL2D || layer->kind == LAYER_AVERAGE_POOL2D ||
           layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D;
}

bool layer_is_norm(const struct layer *layer)
{
    return layer->kind == LAYER_BATCH_NORM || layer->kind == LAYER_LAYER_NORM;
}

bool layer_is_elementwise(const struct layer *layer)
{
    return layer_is_norm(layer) || layer->kind == LAYER_DROPOUT || layer->kind == LAYER_ADD ||
           (layer->kind == LAYER_ACTIVATION && !layer->softmax);
}

int layer_weight_parameter(const struct layer *layer)
{
    for (int i = 0; i < layer->parameter_count; i++)
        if (layer->parameters[i].rank == 2 || layer->parameters[i].rank == 4)
            return i;
    return -1;
}

/* Whether a layer's values may be negative; what has no activation of its own keeps its inputs' sign. */
static bool is_signed(const struct network *network, int index)
{
    const struct layer *layer = &network->layers[index];
    if (layer->kind == LAYER_INPUT || layer->softmax)
        return false;
    if (layer_is_norm(layer))
        return true;
    if (layer_is_pool(layer) || layer_passes_values_on(layer) || layer_joins(layer) ||
        layer->kind == LAYER_DROPOUT) {
        bool any = false;
        for (int i = 0; i < layer->input_count && !any; i++)
            any = is_signed(network, layer->inputs[i]);
        return any;
    }
    return layer->activation != ACTIVATION_SIGMOID && layer->activation != ACTIVATION_RELU;
}

const char *activation_name(enum activation activation)
{
    static const char *const names[] = {
        [ACTIVATION_LINEAR] = "linear", [ACTIVATION_SIGMOID] = "sigmoid",       [ACTIVATION_TANH] = "tanh",
        [ACTIVATION_RELU] = "ReLU",     [ACTIVATION_LEAKY_RELU] = "leaky ReLU", [ACTIVATION_ELU] = "ELU",
        [ACTIVATION_GELU] = "GELU",     [ACTIVATION_GELU_TANH] = "GELU (tanh)"};
    return names[activation];
}

/* What a layer does that only passes its input's shape on: the plate before has told the shape. */
static bool describe_elementwise(const struct layer *layer, char *text, size_t size)
{
    switch (layer->kind) {
    case LAYER_ACTIVATION:
        return snprintf(text, size, "%s", layer->softmax ? "softmax" : activation_name(layer->activation)),
               true;
    case LAYER_BATCH_NORM:
        return snprintf(text, size, "batch norm"), true;
    case LAYER_LAYER_NORM:
        return snprintf(text, size, "layer norm"), true;
    case LAYER_DROPOUT:
        return snprintf(text, size, "dropout %s", LS_NUMBER(layer->rate)), true;
    case LAYER_ADD:
        return snprintf(text, size, "add"), true;
    default:
        return false;
    }
}

static void describe_shape(const struct network *network, int index, char *text, size_t size)
{
    const struct layer *layer = &network->layers[index];
    const struct shape s = layer->output;
    if (layer->softmax)
        snprintf(text, size, "softmax");
    else if (describe_elementwise(layer, text, size))
        return;
    else if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D)
        snprintf(text, size, "%d means", s.channels);
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
    const bool stacked = !vector && s.channels > MOSAIC_COUNT;
    const float share = layer_is_elementwise(layer) && !last && !stacked ? ELEMENTWISE : 1.0f;
    memset(plate, 0, sizeof *plate);
    plate->layer = index;
    plate->region = snapshot_layout_find(layout, REGION_ACTIVATION, index, 0);
    plate->gradient_region = snapshot_layout_find(layout, REGION_ACTIVATION_GRADIENT, index, 0);
    plate->values = (int)shape_count(s);
    plate->kernel = 1;
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
    describe_shape(network, index, plate->shape, sizeof plate->shape);

    const bool column = vector && s.channels <= (last ? OUTPUT_COLUMN_COUNT : COLUMN_COUNT);
    if (column) {
        plate->kind = last ? PLATE_OUTPUT : plate->kind;
        plate->tiles = plate->tile_rows = s.channels;
        plate->tile_columns = plate->tile_width = plate->tile_height = 1;
        plate->gap = OUTPUT_GAP;
        const float pitch = fminf(last ? OUTPUT_PITCH : COLUMN_PITCH, MAX_SIDE / (float)s.channels);
        set_size(plate, share * pitch / (1.0f + OUTPUT_GAP));
    } else if (vector) {
        /* The answer among many classes is a grid with the likeliest ones listed beside it. */
        plate->kind = last && layer->softmax ? PLATE_OUTPUT : plate->kind;
        plate->tiles = plate->tile_columns = plate->tile_rows = 1;
        plate->tile_width = grid_columns(s.channels, 1.7f);
        plate->tile_height = divide_up(s.channels, plate->tile_width);
        const float more = fmaxf(1.0f, (float)s.channels / (float)CELL_COUNT);
        const int longer = plate->tile_width > plate->tile_height ? plate->tile_width : plate->tile_height;
        set_size(plate, share * CELL * powf(more, -0.25f) * (float)longer);
    } else {
        plate->tiles = s.channels;
        plate->tile_columns = grid_columns(s.channels, 1.3f);
        plate->tile_rows = divide_up(s.channels, plate->tile_columns);
        plate->tile_width = s.width;
        plate->tile_height = s.height;
        plate->gap = MAP_GAP;
        const float relative = (float)(s.height * s.width) / 784.0f;
        const float side = layer->kind == LAYER_INPUT ? INPUT_SIDE * powf(relative, 0.25f)
                                                      : share * MAP_SIDE * powf(relative, MAP_GROWTH);
        set_size(plate, side);
        if (plate->tiles > MOSAIC_COUNT)
            make_stack(plate, side, share);
    }
}

/* So many kernels that none can be seen: a matrix, inputs across and outputs down, of their L2 norms, or of
 * the weights themselves where each kernel is one. */
static void shape_norms(struct plate *plate, const struct layer *layer, const struct parameter *parameter)
{
    const int out = parameter->dims[0], in = parameter->dims[1];
    const int height = parameter->dims[2], width = parameter->dims[3];
    plate->kernel = height * width;
    plate->values = out * in;
    plate->tiles = plate->tile_columns = plate->tile_rows = 1;
    plate->tile_height = out;
    plate->tile_width = in;
    if (plate->kernel > 1) {
        plate->is_signed = false;
        plate->map = MAP_ACTIVATION;
    }
    snprintf(plate->title, sizeof plate->title, plate->kernel > 1 ? "%s ‖kernels‖" : "%s kernels",
             layer->name);
    snprintf(plate->shape, sizeof plate->shape, "%d×%d × %d×%d", out, in, height, width);
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
    plate->kernel = 1;
    plate->border = 0.07f;
    plate->depth = 0.08f;
    plate->map = MAP_WEIGHT;
    plate->is_signed = true;
    const int out = parameter->dims[0], in = parameter->dims[1];
    if (parameter->rank == 4 && out * in > KERNEL_COUNT) {
        shape_norms(plate, layer, parameter);
    } else if (parameter->rank == 4) {
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

static int find_named(const struct parameter *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return i;
    return -1;
}

static void shape_strip(struct plate *plate, const struct snapshot_layout *layout, const struct layer *layer,
                        int index, enum plate_strip strip, int number)
{
    static const char *const symbols[] = {
        [STRIP_SCALE] = "γ−1", [STRIP_SHIFT] = "β", [STRIP_MEAN] = "μ", [STRIP_DEVIATION] = "σ"};
    const bool trained = strip == STRIP_SCALE || strip == STRIP_SHIFT;
    memset(plate, 0, sizeof *plate);
    plate->kind = PLATE_WEIGHT;
    plate->layer = index;
    plate->strip = strip;
    plate->strip_epsilon = layer->epsilon;
    plate->region = snapshot_layout_find(layout, trained ? REGION_PARAMETER : REGION_BUFFER, index, number);
    plate->gradient_region =
        trained ? snapshot_layout_find(layout, REGION_PARAMETER_GRADIENT, index, number) : -1;
    plate->kernel = 1;
    plate->values = (int)(trained ? layer->parameters : layer->buffers)[number].count;
    plate->border = STRIP_BORDER;
    plate->depth = STRIP_DEPTH;
    plate->is_signed = strip != STRIP_DEVIATION;
    plate->map = plate->is_signed ? MAP_WEIGHT : MAP_ACTIVATION;
    plate->tiles = plate->tile_columns = plate->tile_rows = plate->tile_height = 1;
    plate->tile_width = plate->values;
    snprintf(plate->title, sizeof plate->title, "%s %s", layer->name, symbols[strip]);
    snprintf(plate->shape, sizeof plate->shape, "%d", plate->values);
}

int plate_shape_strips(struct plate *plates, const struct network *network,
                       const struct snapshot_layout *layout, int index)
{
    const struct layer *layer = &network->layers[index];
    const struct {
        enum plate_strip strip;
        int number;
    } strips[] = {
        {STRIP_SCALE, find_named(layer->parameters, layer->parameter_count, "weight")},
        {STRIP_SHIFT, find_named(layer->parameters, layer->parameter_count, "bias")},
        {STRIP_MEAN, find_named(layer->buffers, layer->buffer_count, "running_mean")},
        {STRIP_DEVIATION, find_named(layer->buffers, layer->buffer_count, "running_var")},
    };
    int count = 0;
    for (int i = 0; i < 4; i++) {
        if (strips[i].number < 0)
            continue;
        shape_strip(&plates[count], layout, layer, index, strips[i].strip, strips[i].number);
        plates[count].strip_place = count;
        count++;
    }
    for (int i = 0; i < count; i++)
        plates[i].strip_count = count;
    return count;
}
