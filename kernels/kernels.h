/* The kernels' launchers, callable from C. Each enqueues work on `stream` and returns at once; a launch that
 * fails shows at the next kernel_last_error. Pointers are device memory unless said otherwise.
 *
 * Batches are (sample, channels, height, width), parameters as compute/op.h says. How many samples a batch
 * really holds stands in device memory (struct kernel_step), so that a captured graph serves the smaller
 * last batch of an epoch too: launch sizes follow `most`, the largest batch, and samples from step->count on
 * are neither read nor written. Sums have a fixed order: same device, same numbers, same bits.
 *
 * Gradients arrive scaled by 1 / count (the loss kernels do that), so that sums over samples are means. */
#ifndef LS_KERNELS_KERNELS_H
#define LS_KERNELS_KERNELS_H

#include <stdbool.h>
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
    uint64_t step;    /* updates, this one counted: 1 is the first */
    uint64_t epoch;   /* passes over the training split begun before this one */
    uint32_t first;   /* place of the batch's first sample in the epoch's order */
    uint32_t count;   /* samples in the batch */
    uint32_t ring;    /* entry of the metrics ring that this step writes */
    uint32_t unused;
    struct adam_step adam; /* of this step */
};

/* What does not change from step to step; by value. */
struct kernel_schedule {
    uint64_t seed;
    uint32_t samples; /* in the training split */
    uint32_t batch;
    uint32_t ring_entries;
    struct optimizer optimizer;
    const float *learning_rate; /* device memory: changes between launches without a new graph */
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

/* The next batch: step, epoch, first, count, ring and Adam's factors from the ones before. */
void kernel_advance(kernel_stream stream, struct kernel_step *step, const struct kernel_schedule *schedule);
/* Sample number of place i: indices[i] where `indices` is set; else first + i where `schedule` is NULL; else
 * the epoch's shuffled order (rng.h: rng_permute). Fills input (most, size), labels (most; −1 without) and,
 * where the data has them and `targets` is set, targets (most, outputs). */
void kernel_gather(kernel_stream stream, const struct kernel_step *step, const struct kernel_schedule *schedule,
                   const uint32_t *indices, const struct kernel_data *data, int most, int size, int outputs,
                   float *input, int32_t *labels, float *targets);

/* ---- dense.cu; inputs and outputs are counts of values per sample ---- */

/* y (most, out) = act(x W' + b); b may be NULL. */
void kernel_dense_forward(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                          const float *x, const float *w, const float *b, enum activation activation, float *y);
/* dx (most, in) = dz W, where dz (most, out) is the gradient before the activation. */
void kernel_dense_backward_input(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                                 const float *dz, const float *w, float *dx);
/* dw (out, in) = dz' x and db (out) = column sums of dz; db may be NULL. `scratch`: see
 * kernel_dense_scratch. */
void kernel_dense_backward_weight(kernel_stream stream, const struct kernel_step *step, int most, int in, int out,
                                  const float *x, const float *dz, float *dw, float *db, float *scratch);
/* Floats of scratch that kernel_dense_backward_weight needs; 0: none, NULL is fine. */
size_t kernel_dense_scratch(int most, int in, int out);

/* ---- convolution.cu ---- */

struct kernel_window {
    struct shape in, out;
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
};
void kernel_convolution_forward(kernel_stream stream, const struct kernel_step *step, int most,
                                const struct kernel_window *window, const float *x, const float *w,
                                const float *b, enum activation activation, float *y);
void kernel_convolution_backward_input(kernel_stream stream, const struct kernel_step *step, int most,
                                       const struct kernel_window *window, const float *dz, const float *w,
                                       float *dx);
void kernel_convolution_backward_weight(kernel_stream stream, const struct kernel_step *step, int most,
                                        const struct kernel_window *window, const float *x, const float *dz,
                                        float *dw, float *db, float *scratch);
size_t kernel_convolution_scratch(int most, const struct kernel_window *window);

/* ---- pool.cu; maximum: padding counts as −∞, the first maximum in row order wins; average: padding
 * counts as 0 and is counted ---- */

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
                               enum activation activation, const float *x, float *y);
/* dx = dy · act'(x) from y, the activation's output; dx may be dy. */
void kernel_activation_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                                enum activation activation, const float *y, const float *dy, float *dx);
void kernel_softmax_forward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                            const float *x, float *y);
void kernel_softmax_backward(kernel_stream stream, const struct kernel_step *step, int most, int size,
                             const float *y, const float *dy, float *dx);
void kernel_copy(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *x,
                 float *y);

/* ---- loss.cu ---- */

/* Per sample: the loss, and whether the first largest output is the label. `logits` are the softmax's input,
 * `p` its output; both (most, size). Where `dz` is set, dLoss/dlogits = (p − onehot) / count. */
void kernel_cross_entropy(kernel_stream stream, const struct kernel_step *step, int most, int size,
                          const float *logits, const float *p, const int32_t *labels, float *dz, float *losses,
                          int32_t *correct);
/* Mean over outputs of (y − target)²; without `targets` the one-hot label. Where `dy` is set, dLoss/dy. */
void kernel_squared_error(kernel_stream stream, const struct kernel_step *step, int most, int size, const float *y,
                          const int32_t *labels, const float *targets, float *dy, float *losses,
                          int32_t *correct);
/* Mean loss, sum of correct, and the Euclidean norm of the gradient (gradient NULL: 0), into
 * ring[step->ring]. `scratch`: KERNEL_METRICS_SCRATCH floats. */
enum { KERNEL_METRICS_SCRATCH = 1024 };
void kernel_measure(kernel_stream stream, const struct kernel_step *step, int most, const float *losses,
                    const int32_t *correct, const float *gradient, size_t parameters,
                    const float *learning_rate, struct kernel_metrics *ring, float *scratch);

/* ---- optimizer.cu ---- */

/* One update of the flat vector; moment1 is momentum's velocity; both may be NULL where unused. */
void kernel_update(kernel_stream stream, const struct kernel_step *step, const struct optimizer *optimizer,
                   const float *learning_rate, size_t parameters, const float *gradient, float *w,
                   float *moment1, float *moment2);

/* ---- publish.cu: into the mapped arena ---- */

/* `count` floats. */
void kernel_place(kernel_stream stream, const float *from, float *to, size_t count);
/* Float i becomes (float)(i % 8191) + 0.5: what the interop's self-test reads back through OpenGL. */
void kernel_self_test(kernel_stream stream, float *to, size_t count);

/* The last error of a launch on this thread as text, or NULL; forgets it. */
const char *kernel_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
