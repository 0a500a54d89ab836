/* The kernels' launchers, callable from C. Each enqueues work on `stream` and returns at once; a launch that
 * fails shows at the next kernel_last_error. Pointers are device memory unless said otherwise; every array
 * begins at a multiple of 16 bytes but those inside the flat parameter vector.
 *
 * Batches are (sample, channels, height, width), parameters as compute/op.h says. How many samples a batch
 * really holds stands in device memory (struct kernel_step), so that a captured graph serves the smaller
 * last batch of an epoch too: launch sizes follow `most`, the largest batch, and samples from step->count on
 * are neither read nor written. Sums have a fixed order, chosen by shapes alone: same numbers, same bits,
 * on every device.
 *
 * Gradients arrive scaled by 1 / count (the loss kernels do that), so that sums over samples are means.
 *
 * Scratch: kernels of one stream share one array of floats, as large as the largest of the kernel_*_scratch
 * functions asks for. It must be all zero when it is first used; every kernel leaves it ready for the next.
 * Kernels that may run at the same time (branches of a graph) need one each. */
#ifndef LS_KERNELS_KERNELS_H
#define LS_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "compute/op.h"
#include "compute/op_math.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CUstream_st *kernel_stream; /* cudaStream_t */

/* Where training stands; one per slot of work memory, in device memory. The host writes all of it before an
 * eager batch; in a graph kernel_advance moves it on. */
struct kernel_step {
    uint64_t step;  /* updates, this one counted: 1 is the first */
    uint64_t epoch; /* passes over the training split begun before this one */
    uint32_t first; /* place of the batch's first sample in the epoch's order */
    uint32_t count; /* samples in the batch */
    uint32_t ring;  /* entry of the metrics ring that this step writes */
    float clip;     /* what kernel_clip found: the gradient is multiplied with it; 1 before */
    uint64_t seed;  /* with `draw` it names all that is drawn in this step: masks of dropout, noise */
    uint64_t draw;  /* steps of the schedule before this one; unlike `step` it counts on when the optimizer
                       changes */
    struct adam_step adam; /* of this step; for Adam and AdamW */
    float deviation;       /* of the noise on this step's gradient; 0: none */
    uint32_t unused;
};

/* The program's, in device memory. */
struct kernel_penalties {
    const struct penalty *ranges; /* (count), in order; NULL when there is none */
    int count;
};

/* What does not change from step to step; by value. */
struct kernel_schedule {
    uint64_t seed;
    uint32_t samples; /* in the training split */
    uint32_t batch;
    uint32_t ring_entries;
    struct optimizer optimizer;
    const float *learning_rates; /* (ring_entries) in device memory, a step's where its metrics will be: other
                                    numbers between launches, same graph */
    struct kernel_penalties penalties;
};

/* One entry of the metrics ring. */
struct kernel_metrics {
    uint64_t step;
    float loss; /* mean over the batch */
    float gradient_norm;
    uint32_t correct, count;
    float learning_rate;
    uint32_t unused;
};

/* The bound samples; exactly one of `bytes` and `values` is set. */
struct kernel_data {
    const uint8_t *bytes; /* (samples, values per sample); a value is byte / 255 */
    const float *values;
    const int32_t *labels; /* or NULL */
    const float *targets;  /* (samples, outputs) or NULL */
};

/* ---- batch.cu ---- */

/* The next batch: step, epoch, first, count, ring and the step's factors (Adam's, of clipping, of noise) from
 * the ones before. */
void kernel_advance(kernel_stream stream, struct kernel_step *step, const struct kernel_schedule *schedule);
/* Sample number of place i: indices[i] where `indices` is set; else first + i where `schedule` is NULL; else
 * the epoch's shuffled order (rng.h: rng_permute of place first + i). Fills input (most, size), labels (most;
 * −1 without) and, where `targets` is set, targets (most, outputs) from the data's or, where the data has
 * none, one-hot from its labels (of one output the label itself). With a schedule it also sets the step's
 * factors, from its learning rate. */
void kernel_gather(kernel_stream stream, struct kernel_step *step, const struct kernel_schedule *schedule,
                   const uint32_t *indices, const struct kernel_data *data, int most, int size, int outputs,
                   float *input, int32_t *labels, float *targets);

/* ---- dense.cu; `in` and `out` are counts of values per sample ---- */

/* y (most, out) = act(x W' + b); b may be NULL. `alpha` is the activation's, whose slope must follow from its
 * output alone, here and in convolutions. */
void kernel_dense_forward(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                          const float *x, const float *w, const float *b, enum activation activation,
                          float alpha, float *y, float *scratch);
/* y = act(y + b), for a product that was made elsewhere. */
void kernel_dense_ending(kernel_stream stream, const struct kernel_step *step, int most, int out,
                         const float *b, enum activation activation, float alpha, float *y);
/* From dy = dLoss/dy and y, the forward's output: with dz = dy · act'(y), made while it is read,
 * dx (most, in) = dz W; dw (out, in) = dz' x; db (out) = column sums of dz. Each of dx, dw, db may be NULL:
 * not wanted. `y` is not read for ACTIVATION_LINEAR, so that callers who have dz pass it as dy. dx may not be
 * any of the inputs. */
void kernel_dense_backward(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                           enum activation activation, float alpha, const float *x, const float *y,
                           const float *dy, const float *w, float *dx, float *dw, float *db, float *scratch);
size_t kernel_dense_scratch(int most, int in, int out);

/* ---- convolution.cu ---- */

struct kernel_window {
    struct shape in, out;
    int kernel_h, kernel_w, stride_h, stride_w;
    int padding_h, padding_w;   /* before the first row and column; those after the last follow from `out` */
    int dilation_h, dilation_w; /* of convolutions */
    bool counts_padding;        /* of the average pool */
};
/* As the dense ones; w (out channels, in channels, kernel_h, kernel_w), b and db (out channels). */
void kernel_convolution_forward(kernel_stream stream, const struct kernel_step *step, int most,
                                const struct kernel_window *window, const float *x, const float *w,
                                const float *b, enum activation activation, float alpha, float *y,
                                float *scratch);
void kernel_convolution_backward(kernel_stream stream, const struct kernel_step *step, int most,
                                 const struct kernel_window *window, enum activation activation, float alpha,
                                 const float *x, const float *y, const float *dy, const float *w, float *dx,
                                 float *dw, float *db, float *scratch);
size_t kernel_convolution_scratch(int most, const struct kernel_window *window);

/* ---- pool.cu; maximum: padding counts as −∞, the first maximum in row order wins, NaN is a maximum;
 * average: padding counts as 0, and where window->counts_padding in the divisor ---- */

void kernel_max_pool_forward(kernel_stream stream, const struct kernel_step *step, int most,
                             const struct kernel_window *window, const float *x, float *y);
void kernel_max_pool_backward(kernel_stream stream, const struct kernel_step *step, int most,
                              const struct kernel_window *window, const float *x, const float *dy, float *dx);
void kernel_average_pool_forward(kernel_stream stream, const struct kernel_step *step, int most,
                                 const struct kernel_window *window, const float *x, float *y);
void kernel_average_pool_backward(kernel_stream stream, const struct kernel_step *step, int most,
                                  const struct kernel_window *window, const float *dy, float *dx);

/* ---- element.cu; size: values per sample ---- */

void kernel_activation_forward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                               enum activation activation, float alpha, const float *x, float *y);
/* dx = dy · act'(x); x is read where op_slope_needs_input, else y, the activation's output. dx may be dy. */
void kernel_activation_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                enum activation activation, float alpha, const float *x, const float *y,
                                const float *dy, float *dx);
/* y = x / (1 − rate) where op_dropout_keeps (step->seed, step->draw, op), else 0. The gradient's way back is
 * the same: dx from dy. */
void kernel_dropout(kernel_stream stream, const struct kernel_step *step, int most, int size, float rate,
                    int op, const float *x, float *y);
void kernel_softmax_forward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                            const float *x, float *y);
/* dx may be dy. */
void kernel_softmax_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                             const float *y, const float *dy, float *dx);
void kernel_copy(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *x,
                 float *y);

/* y = x + second; y may be either. */
void kernel_add(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *x,
                const float *second, float *y);
/* y (most, size + second_size): a sample's values of x, then those of second. */
void kernel_concatenate(kernel_stream stream, const struct kernel_step *step, int most, int size,
                        int second_size, const float *x, const float *second, float *y);
/* part (most, size) = the values from `first` on of each sample of whole (most, whole_size). */
void kernel_part(kernel_stream stream, const struct kernel_step *step, int most, int size, int whole_size,
                 int first, const float *whole, float *part);

/* Values of samples from step->count on become 0. */
void kernel_clear_rest(kernel_stream stream, const struct kernel_step *step, int most, int size, float *x);

/* ---- batch_norm.cu, layer_norm.cu: x̂ = (x − mean) / √(variance + epsilon), y = x̂ · w + b, with w and b
 * (channels), each of which may be NULL. Tensors are (most, channels, places); statistics are means, then
 * biased variances ---- */

/* Of each channel over the batch: statistics (2 · channels). Where running_statistics are set they move: r +=
 * momentum · (new − r), the variance `unbiased` by count / (count − 1) where there is more than one value. */
void kernel_batch_norm_statistics(kernel_stream stream, const struct kernel_step *step, int most,
                                  int channels, int places, const float *x, float *statistics,
                                  float *running_statistics, float momentum, bool unbiased, float *scratch);
/* By any statistics of channels. */
void kernel_batch_norm_forward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                               int places, float epsilon, const float *x, const float *statistics,
                               const float *w, const float *b, float *y);
/* `through`: the statistics are those of x, and the gradient goes through them. Each of dx, dw, db may be
 * NULL. sums (2 · channels): work memory. dx may not be dy. */
void kernel_batch_norm_backward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                                int places, float epsilon, const float *x, const float *statistics,
                                bool through, const float *w, const float *dy, float *dx, float *dw,
                                float *db, float *sums, float *scratch);
/* Each place of each sample over its channels; all values of a sample are channels of one place. statistics
 * (2 · most · places) are kept for the way back. */
void kernel_layer_norm_forward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                               int places, float epsilon, const float *x, const float *w, const float *b,
                               float *y, float *statistics);
void kernel_layer_norm_backward(kernel_stream stream, const struct kernel_step *step, int most, int channels,
                                int places, float epsilon, const float *x, const float *statistics,
                                const float *w, const float *dy, float *dx, float *dw, float *db,
                                float *scratch);
size_t kernel_norm_scratch(int most, int channels, int places);

/* ---- loss.cu; `correct` is 1 where struct batch_metrics counts the sample, else 0 ---- */

/* Softmax and cross-entropy in one launch. Per sample: p (most, size) = softmax(logits), the loss, and
 * whether the first largest p is the label. Where set, dlogits = (p − onehot) / count and dp = −onehot / (p ·
 * count). */
void kernel_softmax_cross_entropy(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                  const float *logits, const int32_t *labels, float *p, float *dlogits,
                                  float *dp, float *losses, int32_t *correct);
/* Mean over outputs of (y − target)²; without `targets` the one-hot label, of one output the label itself.
 * Where `dy` is set, dLoss/dy. */
void kernel_squared_error(kernel_stream stream, const struct kernel_step *step, int most, int size,
                          const float *y, const int32_t *labels, const float *targets, float *dy,
                          float *losses, int32_t *correct);
/* The last sigmoid and binary cross-entropy in one launch: y (most, size) = sigmoid(z), the loss to targets
 * as above. Where set, dz = (y − target) / (count · size), and dy = dLoss/dy. */
void kernel_binary_cross_entropy(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                 const float *z, const int32_t *labels, const float *targets, float *y,
                                 float *dz, float *dy, float *losses, int32_t *correct);
/* Mean loss, sum of correct, and the Euclidean norm of the gradient (gradient NULL: 0), into
 * ring[step->ring]. `learning_rate` NULL: 0. */
void kernel_measure(kernel_stream stream, const struct kernel_step *step, int most, const float *losses,
                    const int32_t *correct, const float *gradient, size_t parameters,
                    const float *learning_rate, struct kernel_metrics *ring, float *scratch);

/* ---- optimizer.cu ---- */

/* Before an update where the optimizer clips by norm: step->clip from the norm of the gradient after
 * penalties and clipping by value. */
void kernel_clip(kernel_stream stream, struct kernel_step *step, const struct optimizer *optimizer,
                 const struct kernel_penalties *penalties, size_t parameters, const float *gradient,
                 const float *w, float *scratch);
/* One update of the flat vector by step->adam or *learning_rate (op_update), of the gradient after penalties,
 * clipping with step->clip and noise; moments may be NULL where the optimizer has none. */
void kernel_update(kernel_stream stream, const struct kernel_step *step, const struct optimizer *optimizer,
                   const struct kernel_penalties *penalties, const float *learning_rate, size_t parameters,
                   const float *gradient, float *w, float *moment1, float *moment2);
/* The end of a training step in one launch: kernel_update, kernel_measure of the gradient as it is, and then
 * kernel_advance by `schedule`, whose optimizer, penalties and learning rates are used; but the next step's
 * factors are left to kernel_gather. */
void kernel_finish_step(kernel_stream stream, struct kernel_step *step,
                        const struct kernel_schedule *schedule, int most, const float *losses,
                        const int32_t *correct, size_t parameters, const float *gradient, float *w,
                        float *moment1, float *moment2, struct kernel_metrics *ring, float *scratch);
/* For kernel_measure, kernel_clip and kernel_finish_step. */
size_t kernel_measure_scratch(size_t parameters);

/* ---- publish.cu: into the mapped arena ---- */

/* `count` floats. */
void kernel_place(kernel_stream stream, const float *from, float *to, size_t count);
/* Float i becomes (float)(i % 8191) + 0.5: what the interop's self-test reads back through OpenGL. */
void kernel_self_test(kernel_stream stream, float *to, size_t count);

/* An error of the CUDA runtime when the thread's device cannot run what this program was compiled to: no code
 * for it, PTX of a newer version than its driver's. 0: it can. */
int kernel_load(void);

/* The last error of a launch on this thread as text, which the next call overwrites, or NULL; forgets it.
 * Names the kernel whose launch failed first, its grid and its block; or the first launch that was told of
 * the failure of a kernel before it. */
const char *kernel_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
