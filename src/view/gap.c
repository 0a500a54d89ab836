/* Reads each gap off the network. */
#include "view/gap.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static enum gap_kind kind_of(const struct layer *layer)
{
    switch (layer->kind) {
    case LAYER_DENSE:
        return GAP_DENSE;
    case LAYER_CONV2D:
        return GAP_CONVOLUTION;
    case LAYER_MAX_POOL2D:
        return GAP_MAX_POOL;
    case LAYER_AVERAGE_POOL2D:
    case LAYER_GLOBAL_AVERAGE_POOL2D:
        return GAP_AVERAGE_POOL;
    case LAYER_BATCH_NORM:
    case LAYER_LAYER_NORM:
        return GAP_NORM;
    default:
        return GAP_SAME;
    }
}

static void copy_shape(struct shape shape, int out[3])
{
    out[0] = shape.channels;
    out[1] = shape.height;
    out[2] = shape.width;
}

static void copy_pair(int rows, int columns, int out[2])
{
    out[0] = rows;
    out[1] = columns;
}

static int first_float(const struct snapshot_layout *layout, int region, int none)
{
    return region < 0 ? none : (int)(layout->regions[region].offset / sizeof(float));
}

static int find_named(const struct parameter *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return i;
    return -1;
}

/* A region of the layer, by the name of its parameter or buffer. */
static int named_float(const struct snapshot_layout *layout, const struct network *network, int index,
                       enum region_kind kind, const char *name)
{
    const struct layer *layer = &network->layers[index];
    const bool buffer = kind == REGION_BUFFER;
    const int number = find_named(buffer ? layer->buffers : layer->parameters,
                                  buffer ? layer->buffer_count : layer->parameter_count, name);
    return number < 0 ? -1 : first_float(layout, snapshot_layout_find(layout, kind, index, number), -1);
}

static void describe_gap(struct gap *gap, const struct scene *scene, const struct network *network,
                         const struct snapshot_layout *layout, const struct scene_edge *edge)
{
    const struct plate *source = &scene->plates[edge->source], *target = &scene->plates[edge->target];
    const int index = target->layer;
    const struct layer *layer = &network->layers[index];
    gap->source_plate = edge->source;
    gap->target_plate = edge->target;
    gap->kind = kind_of(layer);
    gap->activation = layer->softmax ? GAP_SOFTMAX : (int)layer->activation;
    gap->alpha = layer->alpha;
    /* Flattening moves no value. */
    copy_shape(layer_joins(layer) ? network->layers[source->layer].output : layer->input, gap->source_shape);
    copy_shape(layer->output, gap->target_shape);
    copy_pair(layer->kernel_h, layer->kernel_w, gap->kernel);
    copy_pair(layer->stride_h, layer->stride_w, gap->stride);
    copy_pair(layer->padding_h, layer->padding_w, gap->padding);
    copy_pair(layer->dilation_h > 0 ? layer->dilation_h : 1, layer->dilation_w > 0 ? layer->dilation_w : 1,
              gap->dilation);
    if (layer->kind == LAYER_GLOBAL_AVERAGE_POOL2D) {
        copy_pair(layer->input.height, layer->input.width, gap->kernel);
        copy_pair(1, 1, gap->stride);
    }
    gap->counts_padding = layer->counts_padding;
    gap->offset = edge->first;
    gap->target_first = first_float(layout, target->region, 0);
    gap->source_first = first_float(layout, source->region, 0);
    gap->delta_first = first_float(layout, target->gradient_region, 0);
    gap->sum_delta_first =
        first_float(layout, snapshot_layout_find(layout, REGION_SUM_GRADIENT, index, 0), -1);
    gap->weight_first = named_float(layout, network, index, REGION_PARAMETER, "weight");
    gap->variance_first = named_float(layout, network, index, REGION_BUFFER, "running_var");
    gap->epsilon = layer->epsilon;
    const int weight = find_named(layer->parameters, layer->parameter_count, "weight");
    gap->weight_count = weight < 0 ? 0 : (int)layer->parameters[weight].count;
}

/* By the longest way from the input. */
static void set_starts(struct gap *gaps, int count, int plate_count)
{
    int *depth = ls_calloc((size_t)plate_count, sizeof *depth);
    int deepest = 1;
    for (int i = 0; i < count; i++) {
        int *at = &depth[gaps[i].target_plate];
        if (depth[gaps[i].source_plate] + 1 > *at)
            *at = depth[gaps[i].source_plate] + 1;
        deepest = *at > deepest ? *at : deepest;
    }
    for (int i = 0; i < count; i++)
        gaps[i].start = deepest > 1 ? (float)(depth[gaps[i].target_plate] - 1) / (float)(deepest - 1) : 0.0f;
    free(depth);
}

struct gap *gaps_create(const struct scene *scene, const struct network *network,
                        const struct snapshot_layout *layout, int *count)
{
    *count = scene->graph.edge_count;
    struct gap *gaps = ls_calloc((size_t)*count + 1, sizeof *gaps);
    for (int i = 0; i < *count; i++)
        describe_gap(&gaps[i], scene, network, layout, &scene->graph.edges[i]);
    set_starts(gaps, *count, scene->plate_count);
    return gaps;
}

const struct gap *gaps_find(const struct gap *gaps, int count, int target_plate)
{
    for (int i = 0; i < count; i++)
        if (gaps[i].target_plate == target_plate)
            return &gaps[i];
    return NULL;
}

bool gap_leads_to(const struct gap *gap, int value)
{
    const int values = gap->source_shape[0] * gap->source_shape[1] * gap->source_shape[2];
    return gap->kind != GAP_SAME || (value >= gap->offset && value < gap->offset + values);
}

const struct gap *gaps_next(const struct gap *gaps, int count, const struct gap *after, int target_plate,
                            int value)
{
    for (int i = after ? (int)(after - gaps) + 1 : 0; i < count; i++)
        if (gaps[i].target_plate == target_plate && gap_leads_to(&gaps[i], value))
            return &gaps[i];
    return NULL;
}

static void set_int(const struct gl_program *program, const char *name, int value)
{
    glProgramUniform1i(program->name, gl_program_uniform(program, name), value);
}

static void set_pair(const struct gl_program *program, const char *name, const int pair[2])
{
    glProgramUniform2iv(program->name, gl_program_uniform(program, name), 1, pair);
}

void gap_set_uniforms(const struct gap *gap, const struct gl_program *program)
{
    const GLuint name = program->name;
    set_int(program, "kind", (int)gap->kind);
    set_int(program, "activation_function", gap->activation);
    glProgramUniform1f(name, gl_program_uniform(program, "alpha"), gap->alpha);
    glProgramUniform3iv(name, gl_program_uniform(program, "source_shape"), 1, gap->source_shape);
    glProgramUniform3iv(name, gl_program_uniform(program, "target_shape"), 1, gap->target_shape);
    set_pair(program, "kernel", gap->kernel);
    set_pair(program, "stride", gap->stride);
    set_pair(program, "padding", gap->padding);
    set_pair(program, "dilation", gap->dilation);
    set_int(program, "counts_padding", gap->counts_padding);
    set_int(program, "offset", gap->offset);
    set_int(program, "source_first", gap->source_first);
    set_int(program, "target_first", gap->target_first);
    set_int(program, "weight_first", gap->weight_first);
    set_int(program, "weight_count", gap->weight_count);
    set_int(program, "delta_first", gap->delta_first);
    set_int(program, "sum_delta_first", gap->sum_delta_first);
    set_int(program, "variance_first", gap->variance_first);
    glProgramUniform1f(name, gl_program_uniform(program, "epsilon"), gap->epsilon);
}
