/* Reads each gap off the network. */
#include "view/gap.h"

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
        return GAP_AVERAGE_POOL;
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

static int first_float(const struct snapshot_layout *layout, int region)
{
    return region < 0 ? 0 : (int)(layout->regions[region].offset / sizeof(float));
}

static void describe_gap(struct gap *gap, const struct scene *scene, const struct network *network,
                         const struct snapshot_layout *layout, int source, int target)
{
    const struct layer *layer = &network->layers[scene->plates[target].layer];
    gap->source_plate = source;
    gap->target_plate = target;
    gap->kind = kind_of(layer);
    gap->activation = layer->softmax ? GAP_SOFTMAX : (int)layer->activation;
    copy_shape(layer->input, gap->source_shape);
    copy_shape(layer->output, gap->target_shape);
    gap->kernel[0] = layer->kernel_h;
    gap->kernel[1] = layer->kernel_w;
    gap->stride[0] = layer->stride_h;
    gap->stride[1] = layer->stride_w;
    gap->padding[0] = layer->padding_h;
    gap->padding[1] = layer->padding_w;
    gap->target_first = first_float(layout, scene->plates[target].region);
    gap->source_first = first_float(layout, scene->plates[source].region);
    gap->delta_first = first_float(layout, scene->plates[target].gradient_region);
    gap->weight_first =
        first_float(layout, snapshot_layout_find(layout, REGION_PARAMETER, scene->plates[target].layer, 0));
}

struct gap *gaps_create(const struct scene *scene, const struct network *network,
                        const struct snapshot_layout *layout, int *count)
{
    struct gap *gaps = ls_calloc((size_t)scene->plate_count, sizeof *gaps);
    *count = 0;
    for (int i = 1; i < scene->plate_count && scene->plates[i].kind != PLATE_WEIGHT; i++) {
        const struct layer *layer = &network->layers[scene->plates[i].layer];
        const int source = scene_find_activation(scene, network, layer->inputs[0]);
        if (source >= 0)
            describe_gap(&gaps[(*count)++], scene, network, layout, source, i);
    }
    return gaps;
}

const struct gap *gaps_find(const struct gap *gaps, int count, int target_plate)
{
    for (int i = 0; i < count; i++)
        if (gaps[i].target_plate == target_plate)
            return &gaps[i];
    return NULL;
}

void gap_set_uniforms(const struct gap *gap, const struct gl_program *program)
{
    const GLuint name = program->name;
    glProgramUniform1i(name, gl_program_uniform(program, "kind"), (GLint)gap->kind);
    glProgramUniform1i(name, gl_program_uniform(program, "activation_function"), gap->activation);
    glProgramUniform3iv(name, gl_program_uniform(program, "source_shape"), 1, gap->source_shape);
    glProgramUniform3iv(name, gl_program_uniform(program, "target_shape"), 1, gap->target_shape);
    glProgramUniform2iv(name, gl_program_uniform(program, "kernel"), 1, gap->kernel);
    glProgramUniform2iv(name, gl_program_uniform(program, "stride"), 1, gap->stride);
    glProgramUniform2iv(name, gl_program_uniform(program, "padding"), 1, gap->padding);
    glProgramUniform1i(name, gl_program_uniform(program, "source_first"), gap->source_first);
    glProgramUniform1i(name, gl_program_uniform(program, "target_first"), gap->target_first);
    glProgramUniform1i(name, gl_program_uniform(program, "weight_first"), gap->weight_first);
    glProgramUniform1i(name, gl_program_uniform(program, "delta_first"), gap->delta_first);
}
