#include "parity_data.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "compute/program.h"
#include "compute/reference/reference.h"
#include "draw.h"

static void draw_parameters(struct draw *draw, const struct program *program, float *parameters)
{
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        const size_t weights = program_weight_count(program, op), biases = program_bias_count(program, op);
        if (op->kind != OP_DENSE && op->kind != OP_CONV2D)
            continue;
        const size_t units = (size_t)program->tensors[op->output].channels, fan_in = weights / units;
        const float bound = sqrtf(3.0f / (float)fan_in);
        for (size_t w = 0; w < weights; w++)
            parameters[op->weight_offset + w] = draw_float(draw, -bound, bound);
        for (size_t b = 0; b < biases; b++)
            parameters[op->bias_offset + b] = draw_float(draw, -0.5f, 0.5f);
    }
}

/* A norm's γ around 1 and β around 0, and running statistics that are not those of any batch. */
static void draw_norms(struct draw *draw, const struct program *program, struct parity_data *data)
{
    for (int i = 0; i < program->op_count; i++) {
        const struct op *op = &program->ops[i];
        if (op->kind != OP_BATCH_NORM && op->kind != OP_LAYER_NORM)
            continue;
        for (size_t w = 0; w < program_weight_count(program, op); w++)
            data->parameters[op->weight_offset + w] = draw_float(draw, 0.5f, 1.5f);
        for (size_t b = 0; b < program_bias_count(program, op); b++)
            data->parameters[op->bias_offset + b] = draw_float(draw, -0.5f, 0.5f);
        const size_t buffers = program_buffer_count(program, op);
        for (size_t b = 0; b < buffers; b++)
            data->buffers[op->buffer_offset + b] =
                b < buffers / 2 ? draw_float(draw, -0.5f, 0.5f) : draw_float(draw, 0.25f, 2.0f);
    }
}

/* Of a binary cross-entropy from 0 to 1, often one of the two. */
static float draw_target(struct draw *draw, enum loss_kind loss)
{
    const float value = draw_float(draw, -1.0f, 1.0f);
    if (loss != LOSS_BINARY_CROSS_ENTROPY)
        return value;
    return fminf(fmaxf(1.5f * value, -1.0f), 1.0f) * 0.5f + 0.5f;
}

static void draw_all(struct parity_data *data, const struct parity_case *c, uint64_t seed)
{
    struct draw draw = {.seed = seed};
    const size_t inputs = shape_count(c->program.tensors[0]);
    for (size_t i = 0; i < data->count * inputs; i++) {
        if (data->bytes) {
            data->bytes[i] = (uint8_t)draw_int(&draw, 0, 255);
            data->values[i] = (float)data->bytes[i] / 255.0f;
        } else
            data->values[i] = draw_float(&draw, -1.0f, 1.0f);
    }
    const int classes = data->outputs == 1 && c->program.loss != LOSS_CROSS_ENTROPY ? 2 : (int)data->outputs;
    for (uint32_t i = 0; i < data->count; i++)
        data->labels[i] = draw_int(&draw, 0, classes - 1);
    for (size_t i = 0; i < data->count * data->outputs; i++)
        data->targets[i] = draw_target(&draw, c->program.loss);
    for (uint32_t i = 0; i < 2 * data->count; i++)
        data->indices[i] = (uint32_t)draw_int(&draw, 0, (int)data->count - 1);
    draw_parameters(&draw, &c->program, data->parameters);
    draw_norms(&draw, &c->program, data);
}

/* In evaluation, and in training on the first batch. */
static bool is_clear(const struct parity_data *data, const struct parity_case *c, double distance)
{
    struct compute *reference = parity_reference(c, data, (int)data->count);
    const struct compute_batch all = {.count = (int)data->count};
    compute_evaluate(reference, &all, NULL, NULL);
    bool clear = reference_kink_distance(reference, COMPUTE_TRAIN) > distance;
    const struct compute_batch first = {.indices = data->indices, .count = c->batch};
    compute_run(reference, COMPUTE_TRAIN, &first, true, NULL);
    clear = clear && reference_kink_distance(reference, COMPUTE_TRAIN) > distance;
    const struct compute_batch row = {.count = c->batch};
    compute_run(reference, COMPUTE_TRAIN, &row, true, NULL);
    clear = clear && reference_kink_distance(reference, COMPUTE_TRAIN) > distance;
    compute_destroy(reference);
    return clear;
}

void parity_data_init(struct parity_data *data, const struct parity_case *c, double distance)
{
    const struct program *program = &c->program;
    const size_t inputs = shape_count(program->tensors[0]);
    *data = (struct parity_data){.count = (uint32_t)c->batch + 3};
    data->outputs = shape_count(program->tensors[program->ops[program->op_count - 1].output]);
    data->bytes = c->bytes ? ls_calloc(data->count, inputs) : NULL;
    data->values = ls_calloc(data->count * inputs, sizeof(float));
    data->labels = ls_calloc(data->count, sizeof(int32_t));
    data->targets = ls_calloc(data->count * data->outputs, sizeof(float));
    data->parameters = ls_calloc(program->parameter_count, sizeof(float));
    data->buffers = ls_calloc(program->buffer_count, sizeof(float));
    data->indices = ls_calloc(2 * (size_t)data->count, sizeof(uint32_t));
    bool clear = false;
    for (uint64_t attempt = 0; attempt < 1000 && !clear; attempt++) {
        draw_all(data, c, c->seed + attempt * 1000000);
        clear = is_clear(data, c, distance);
    }
    LS_ASSERT(clear);
}

void parity_data_deinit(struct parity_data *data)
{
    free(data->bytes);
    free(data->values);
    free(data->labels);
    free(data->targets);
    free(data->parameters);
    free(data->buffers);
    free(data->indices);
}

struct compute_data parity_data_as_floats(const struct parity_data *data, const struct parity_case *c)
{
    return (struct compute_data){.count = data->count,
                                 .values = data->values,
                                 .labels = c->unlabelled ? NULL : data->labels,
                                 .targets = c->targets ? data->targets : NULL};
}

struct compute_data parity_data_bound(const struct parity_data *data, const struct parity_case *c)
{
    struct compute_data bound = parity_data_as_floats(data, c);
    if (c->bytes) {
        bound.bytes = data->bytes;
        bound.values = NULL;
    }
    return bound;
}

struct compute_desc parity_desc(const struct parity_case *c)
{
    return (struct compute_desc){.program = &c->program,
                                 .max_batch = c->batch,
                                 .probe_batch = c->probe_batch,
                                 .input_gradients = c->input_gradients,
                                 .optimizer = c->optimizer};
}

struct compute *parity_reference(const struct parity_case *c, const struct parity_data *data, int max_batch)
{
    struct compute_desc desc = parity_desc(c);
    desc.backend = BACKEND_REFERENCE;
    desc.max_batch = max_batch;
    struct compute *reference = compute_create(&desc, NULL);
    compute_write_parameters(reference, data->parameters);
    compute_write_buffers(reference, data->buffers);
    const struct compute_data bound = parity_data_bound(data, c);
    compute_bind_data(reference, &bound);
    return reference;
}
