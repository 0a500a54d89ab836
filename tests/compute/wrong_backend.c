/* Passes every call on to the reference, except that one of them does something else. */
#include "wrong_backend.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "compute/backend.h"
#include "compute/op_math.h"
#include "compute/program.h"

static const char *const mistake_names[MISTAKE_COUNT] = {
    [MISTAKE_NONE] = "no mistake",
    [MISTAKE_PARAMETERS_ROUNDED] = "parameters rounded",
    [MISTAKE_OUTPUT_SIGN] = "output sign",
    [MISTAKE_OUTPUT_SLIGHTLY_OFF] = "output slightly off",
    [MISTAKE_TENSOR_GRADIENT_SIGN] = "tensor gradient sign",
    [MISTAKE_ONE_GRADIENT_MISSING] = "one gradient missing",
    [MISTAKE_INPUT_GRADIENT_MISSING] = "input gradient missing",
    [MISTAKE_LOSS_SLIGHTLY_OFF] = "loss slightly off",
    [MISTAKE_CORRECT_OFF_BY_ONE] = "correct off by one",
    [MISTAKE_GRADIENT_NORM_KEPT] = "gradient norm kept",
    [MISTAKE_PROBE_USES_TRAIN_SLOT] = "probe uses train slot",
    [MISTAKE_INDICES_IGNORED] = "indices ignored",
    [MISTAKE_BYTES_OVER_256] = "bytes over 256",
    [MISTAKE_EVALUATE_FORGETS_LAST] = "evaluate forgets last",
    [MISTAKE_STEP_NUMBER_STUCK] = "step number stuck",
    [MISTAKE_OPTIMIZER_STATE_LOST] = "optimizer state lost",
    [MISTAKE_OPTIMIZER_CHANGE_IGNORED] = "optimizer change ignored",
    [MISTAKE_WEIGHT_DECAY_IGNORED] = "weight decay ignored",
    [MISTAKE_NESTEROV_AS_MOMENTUM] = "nesterov as momentum",
    [MISTAKE_DECAY_NOT_DECOUPLED] = "decay not decoupled",
    [MISTAKE_PENALTIES_IGNORED] = "penalties ignored",
    [MISTAKE_PENALTY_HALVED] = "penalty halved",
    [MISTAKE_CLIP_VALUE_IGNORED] = "clip value ignored",
    [MISTAKE_CLIP_NORM_IGNORED] = "clip norm ignored",
    [MISTAKE_NOISE_IGNORED] = "noise ignored",
    [MISTAKE_NOISE_REPEATS] = "noise repeats",
    [MISTAKE_NOISE_DOES_NOT_FADE] = "noise does not fade",
    [MISTAKE_CLIPPED_NORM_TOLD] = "clipped norm told",
    [MISTAKE_STALE_PARAMETERS] = "stale parameters",
    [MISTAKE_UNSHUFFLED] = "unshuffled",
    [MISTAKE_LAST_BATCH_FULL] = "last batch full",
    [MISTAKE_LEARNING_RATE_STUCK] = "learning rate stuck",
    [MISTAKE_NAN] = "nan",
    [MISTAKE_MASK_OF_NEXT_STEP] = "mask of the next step",
    [MISTAKE_MASK_OF_ANOTHER_SEED] = "mask of another seed",
    [MISTAKE_EVALUATES_IN_TRAINING_MODE] = "evaluates in training mode",
    [MISTAKE_RUN_MOVES_STATISTICS] = "run moves statistics",
    [MISTAKE_STATISTICS_KEPT] = "statistics kept",
    [MISTAKE_BUFFERS_NOT_WRITTEN] = "buffers not written",
    [MISTAKE_SECOND_GRADIENT_OVERWRITES] = "second gradient overwrites",
    [MISTAKE_CLIPPED_PROBABILITIES] = "clipped probabilities",
    [MISTAKE_ARGMAX_OF_ONE_OUTPUT] = "argmax of one output",
    [MISTAKE_PADDING_ON_THE_OTHER_SIDE] = "padding on the other side",
    [MISTAKE_DILATION_IGNORED] = "dilation ignored",
    [MISTAKE_PADDING_COUNTED] = "padding counted",
    [MISTAKE_BIASED_CONFUSED] = "biased and unbiased confused",
    [MISTAKE_MOMENTUM_OF_THE_OLD] = "momentum of the old statistics",
    [MISTAKE_EPSILON_IGNORED] = "epsilon ignored",
    [MISTAKE_NORM_WITHOUT_BIAS] = "norm without bias",
    [MISTAKE_ALPHA_IGNORED] = "alpha ignored",
    [MISTAKE_GELU_APPROXIMATED] = "gelu approximated",
    [MISTAKE_DROPOUT_RATE_ROUNDED] = "dropout rate rounded",
    [MISTAKE_CONCATENATED_IN_REVERSE] = "concatenated in reverse",
};

const char *mistake_name(enum mistake mistake) { return mistake_names[mistake]; }

struct wrong {
    struct compute base;
    struct compute *inner;
    enum mistake mistake;
    struct optimizer optimizer;
    double last_norm;
    int writes;
    float learning_rate;             /* of the first compute_train */
    float *floats[COMPUTE_MAX_DATA]; /* bytes / 256 */
};

static struct wrong *of(struct compute *compute) { return (struct wrong *)compute; }

static size_t tensor_size(struct wrong *w, int tensor)
{
    return shape_count(w->base.program.tensors[tensor]);
}

static int output_tensor(const struct wrong *w)
{
    return w->base.program.ops[w->base.program.op_count - 1].output;
}

static void destroy(struct compute *compute)
{
    struct wrong *w = of(compute);
    compute_destroy(w->inner);
    for (int i = 0; i < COMPUTE_MAX_DATA; i++)
        free(w->floats[i]);
    free(w);
}

static void write_parameters(struct compute *compute, const float *parameters)
{
    struct wrong *w = of(compute);
    if (w->mistake == MISTAKE_STALE_PARAMETERS && w->writes++ > 0)
        return;
    compute_write_parameters(w->inner, parameters);
}

static void read_parameters(struct compute *compute, float *parameters)
{
    struct wrong *w = of(compute);
    compute_read_parameters(w->inner, parameters);
    if (w->mistake == MISTAKE_PARAMETERS_ROUNDED)
        for (size_t i = 0; i < w->base.program.parameter_count; i++)
            parameters[i] = roundf(parameters[i] * 4096.0f) / 4096.0f;
}

static void write_buffers(struct compute *compute, const float *buffers)
{
    struct wrong *w = of(compute);
    if (w->mistake != MISTAKE_BUFFERS_NOT_WRITTEN)
        compute_write_buffers(w->inner, buffers);
}

/* Running statistics that are a little off, or those of before. */
static void spoil_buffers(struct wrong *w, bool moves, const float *before)
{
    const size_t count = w->base.program.buffer_count;
    float *buffers = ls_calloc(count, sizeof *buffers);
    compute_read_buffers(w->inner, buffers);
    for (size_t i = 0; i < count; i++)
        buffers[i] = moves ? buffers[i] * 0.99f : before[i];
    compute_write_buffers(w->inner, buffers);
    free(buffers);
}

static void read_buffers(struct compute *compute, float *buffers)
{
    compute_read_buffers(of(compute)->inner, buffers);
}

static void write_state(struct compute *compute, enum compute_state state, const void *values)
{
    compute_write_state(of(compute)->inner, state, values);
}

static void read_state(struct compute *compute, enum compute_state state, void *values)
{
    compute_read_state(of(compute)->inner, state, values);
}

static enum compute_slot slot_of(struct wrong *w, enum compute_slot slot)
{
    return w->mistake == MISTAKE_PROBE_USES_TRAIN_SLOT ? COMPUTE_TRAIN : slot;
}

static void read_parameter_gradients(struct compute *compute, enum compute_slot slot, float *gradients)
{
    struct wrong *w = of(compute);
    compute_read_parameter_gradients(w->inner, slot_of(w, slot), gradients);
    if (w->mistake == MISTAKE_ONE_GRADIENT_MISSING && w->base.program.parameter_count > 0)
        gradients[w->base.program.parameter_count - 1] = 0;
}

static void bind_data(struct compute *compute, int handle, const struct compute_data *data)
{
    struct wrong *w = of(compute);
    struct compute_data own = *data;
    if (w->mistake == MISTAKE_BYTES_OVER_256 && data->bytes) {
        const size_t count = data->count * tensor_size(w, 0);
        w->floats[handle] = ls_calloc(count, sizeof(float));
        for (size_t i = 0; i < count; i++)
            w->floats[handle][i] = (float)data->bytes[i] / 256.0f;
        own.bytes = NULL;
        own.values = w->floats[handle];
    }
    compute_bind_data(w->inner, &own);
}

/* The loss of the batch that ran, over probabilities that are kept off 0 and 1. */
static double clipped_loss(struct wrong *w, enum compute_slot slot, const struct compute_batch *batch)
{
    const struct compute_data *data = &w->base.data[batch->data];
    const size_t outputs = tensor_size(w, output_tensor(w)), count = (size_t)batch->count * outputs;
    float *y = ls_calloc(count, sizeof *y);
    compute_read_tensor(w->inner, slot, output_tensor(w), y);
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t sample = compute_batch_sample(batch, (int)(i / outputs));
        const double p = fmin(fmax((double)y[i], 1e-7), 1.0 - 1e-7);
        const double t = data->targets
                             ? (double)data->targets[sample * outputs + i % outputs]
                             : (double)op_target_of_label(data->labels[sample], outputs, i % outputs);
        sum -= t * log(p) + (1.0 - t) * log(1.0 - p);
    }
    free(y);
    return sum / (double)count;
}

static int count_zero_labels(const struct wrong *w, const struct compute_batch *batch)
{
    int count = 0;
    const int32_t *labels = w->base.data[batch->data].labels;
    for (int n = 0; labels && n < batch->count; n++)
        count += labels[compute_batch_sample(batch, n)] == 0;
    return count;
}

static void spoil(struct wrong *w, const struct compute_batch *batch, bool backward,
                  struct batch_metrics *out)
{
    if (!out)
        return;
    if (w->mistake == MISTAKE_ARGMAX_OF_ONE_OUTPUT && tensor_size(w, output_tensor(w)) == 1)
        out->correct = count_zero_labels(w, batch);
    if (w->mistake == MISTAKE_LOSS_SLIGHTLY_OFF)
        out->loss *= 1.0001;
    if (w->mistake == MISTAKE_CORRECT_OFF_BY_ONE)
        out->correct += out->correct < batch->count ? 1 : -1;
    if (w->mistake == MISTAKE_GRADIENT_NORM_KEPT && !backward)
        out->gradient_norm = w->last_norm;
    if (w->mistake == MISTAKE_CLIPPED_NORM_TOLD && w->optimizer.clip_norm > 0.0f)
        out->gradient_norm = fmin(out->gradient_norm, (double)w->optimizer.clip_norm);
    w->last_norm = out->gradient_norm;
}

static struct compute_batch pass_on(struct wrong *w, const struct compute_batch *batch)
{
    w->inner->schedule = w->base.schedule; /* names the draws */
    if (w->mistake == MISTAKE_NOISE_REPEATS && w->optimizer.noise > 0.0f)
        w->inner->schedule.step = 0;
    w->inner->schedule.step += w->mistake == MISTAKE_MASK_OF_NEXT_STEP;
    w->inner->schedule.seed += w->mistake == MISTAKE_MASK_OF_ANOTHER_SEED;
    struct compute_batch own = *batch;
    if (w->mistake == MISTAKE_INDICES_IGNORED && (uint32_t)batch->count <= w->base.data[batch->data].count)
        own.indices = NULL;
    return own;
}

static void run(struct compute *compute, enum compute_slot slot, const struct compute_batch *batch,
                bool backward, struct batch_metrics *out)
{
    struct wrong *w = of(compute);
    const struct compute_batch own = pass_on(w, batch);
    const bool trains = backward || w->mistake == MISTAKE_EVALUATES_IN_TRAINING_MODE;
    compute_run(w->inner, slot_of(w, slot), &own, trains, out);
    if (out && !backward)
        out->gradient_norm = 0;
    if (w->mistake == MISTAKE_RUN_MOVES_STATISTICS && slot == COMPUTE_TRAIN && backward)
        spoil_buffers(w, true, NULL);
    if (out && w->mistake == MISTAKE_CLIPPED_PROBABILITIES &&
        w->base.program.loss == LOSS_BINARY_CROSS_ENTROPY)
        out->loss = clipped_loss(w, slot_of(w, slot), &own);
    spoil(w, batch, backward, out);
}

static void step(struct compute *compute, const struct compute_batch *batch,
                 const struct compute_update *update, struct batch_metrics *out)
{
    struct wrong *w = of(compute);
    struct compute_update own = *update;
    if (w->mistake == MISTAKE_STEP_NUMBER_STUCK)
        own.step = 1;
    if (w->mistake == MISTAKE_OPTIMIZER_STATE_LOST) {
        struct optimizer other = w->optimizer;
        other.kind = other.kind == OPTIMIZER_SGD ? OPTIMIZER_ADAM : OPTIMIZER_SGD;
        compute_set_optimizer(w->inner, &other);
        compute_set_optimizer(w->inner, &w->optimizer);
    }
    const struct compute_batch passed = pass_on(w, batch);
    float *before = ls_calloc(w->base.program.buffer_count, sizeof *before);
    compute_read_buffers(w->inner, before);
    compute_step(w->inner, &passed, &own, out);
    if (w->mistake == MISTAKE_STATISTICS_KEPT)
        spoil_buffers(w, false, before);
    free(before);
    spoil(w, batch, true, out);
}

/* As compute.c does it for a backend that has no such call, from the order of the epochs on. */
static void train(struct compute *compute, int steps, const float *learning_rates, struct batch_metrics *out)
{
    struct wrong *w = of(compute);
    struct compute_schedule *schedule = &compute->schedule, before = *schedule;
    if (w->mistake == MISTAKE_UNSHUFFLED)
        schedule->seed++;
    compute->shuffle_epoch = UINT64_MAX;
    w->learning_rate = w->learning_rate > 0 ? w->learning_rate : learning_rates[0];
    for (int i = 0; i < steps; i++, schedule->step++) {
        struct compute_batch batch = {.data = schedule->data, .indices = compute->indices};
        batch.count = compute_next_batch(compute, compute->indices);
        if (w->mistake == MISTAKE_LAST_BATCH_FULL)
            batch.count = schedule->batch;
        const struct compute_update update = {w->mistake == MISTAKE_LEARNING_RATE_STUCK ? w->learning_rate
                                                                                        : learning_rates[i],
                                              ++schedule->update};
        step(compute, &batch, &update, out ? &out[i] : NULL);
    }
    *schedule = before;
}

static void evaluate(struct compute *compute, const struct compute_batch *batch, struct batch_metrics *out,
                     float *outputs)
{
    struct wrong *w = of(compute);
    struct compute_batch own = pass_on(w, batch);
    if (w->mistake == MISTAKE_EVALUATE_FORGETS_LAST)
        own.count--;
    compute_evaluate(w->inner, &own, out, outputs);
    spoil(w, batch, false, out);
}

static void read_tensor(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    struct wrong *w = of(compute);
    compute_read_tensor(w->inner, slot_of(w, slot), tensor, values);
    if (tensor != output_tensor(w))
        return;
    if (w->mistake == MISTAKE_OUTPUT_SIGN)
        values[0] = -values[0];
    if (w->mistake == MISTAKE_OUTPUT_SLIGHTLY_OFF)
        values[0] *= 1.001f;
    if (w->mistake == MISTAKE_NAN)
        values[0] = NAN;
}

static void read_tensor_gradient(struct compute *compute, enum compute_slot slot, int tensor, float *values)
{
    struct wrong *w = of(compute);
    compute_read_tensor_gradient(w->inner, slot_of(w, slot), tensor, values);
    if (w->mistake == MISTAKE_SECOND_GRADIENT_OVERWRITES)
        for (int i = 0; i < w->base.program.op_count; i++) {
            const struct op *op = &w->base.program.ops[i];
            if (op->kind == OP_ADD && op->second == tensor)
                compute_read_tensor_gradient(w->inner, slot_of(w, slot), op->output, values);
        }
    if (w->mistake == MISTAKE_TENSOR_GRADIENT_SIGN && tensor == 1)
        values[0] = -values[0];
    if (w->mistake == MISTAKE_INPUT_GRADIENT_MISSING && tensor == 0)
        for (size_t i = 0; i < tensor_size(w, 0); i++)
            values[i] = 0;
}

static struct optimizer spoil_optimizer(const struct wrong *w, const struct optimizer *optimizer)
{
    struct optimizer own = *optimizer;
    if (w->mistake == MISTAKE_WEIGHT_DECAY_IGNORED)
        own.weight_decay = 0.0f;
    if (w->mistake == MISTAKE_NESTEROV_AS_MOMENTUM && own.kind == OPTIMIZER_NESTEROV)
        own.kind = OPTIMIZER_MOMENTUM;
    if (w->mistake == MISTAKE_DECAY_NOT_DECOUPLED && own.kind == OPTIMIZER_ADAMW)
        own.kind = OPTIMIZER_ADAM;
    if (w->mistake == MISTAKE_CLIP_VALUE_IGNORED)
        own.clip_value = 0.0f;
    if (w->mistake == MISTAKE_CLIP_NORM_IGNORED)
        own.clip_norm = 0.0f;
    if (w->mistake == MISTAKE_NOISE_IGNORED)
        own.noise = 0.0f;
    if (w->mistake == MISTAKE_NOISE_DOES_NOT_FADE)
        own.noise_decay = 0.0f;
    return own;
}

static void set_optimizer(struct compute *compute, const struct optimizer *optimizer)
{
    struct wrong *w = of(compute);
    if (w->mistake == MISTAKE_OPTIMIZER_CHANGE_IGNORED)
        return;
    w->optimizer = spoil_optimizer(w, optimizer);
    compute_set_optimizer(w->inner, &w->optimizer);
}

static void sync_inner(struct compute *compute) { compute_sync(of(compute)->inner); }

static const struct compute_ops wrong_ops = {
    .value_size = sizeof(double),
    .destroy = destroy,
    .write_parameters = write_parameters,
    .read_parameters = read_parameters,
    .write_buffers = write_buffers,
    .read_buffers = read_buffers,
    .write_state = write_state,
    .read_state = read_state,
    .read_parameter_gradients = read_parameter_gradients,
    .bind_data = bind_data,
    .run = run,
    .step = step,
    .train = train,
    .evaluate = evaluate,
    .read_tensor = read_tensor,
    .read_tensor_gradient = read_tensor_gradient,
    .set_optimizer = set_optimizer,
    .sync = sync_inner,
};

struct compute *wrong_create(const struct parity_target *target, const struct compute_desc *desc,
                             struct error *err)
{
    struct compute_desc inner = *desc;
    inner.backend = BACKEND_REFERENCE;
    inner.input_gradients = true; /* for the probe in the wrong slot */
    struct wrong *w = ls_calloc(1, sizeof *w);
    w->mistake = (enum mistake)target->option;
    w->optimizer = spoil_optimizer(w, &desc->optimizer);
    inner.optimizer = w->optimizer;
    struct program program = wrong_program(desc->program, w->mistake);
    inner.program = &program;
    w->inner = compute_create(&inner, err);
    program_deinit(&program);
    compute_base_init(&w->base, &wrong_ops, desc);
    return &w->base;
}
