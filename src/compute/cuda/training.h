/* Training along a schedule: whole steps as CUDA graphs, many a launch. Batch, shuffle and learning rate are
 * worked out on the device; metrics go to a ring there and come back in one copy. */
#ifndef LS_COMPUTE_CUDA_TRAINING_H
#define LS_COMPUTE_CUDA_TRAINING_H

#include "compute/compute.h"
#include "kernels/kernels.h"

struct cuda_compute;
struct CUgraphExec_st;

/* Sizes of graphs, in steps; what is left over of one goes to the next. */
enum { CUDA_GRAPH_COUNT = 2, CUDA_RING = 1024 };

struct cuda_training {
    struct kernel_step *step;     /* device */
    float *learning_rates;        /* (CUDA_RING), device: of each step where its metrics will be */
    struct kernel_metrics *ring;  /* (CUDA_RING), device */
    uint32_t ring_next;           /* entry of the next step */
    float rates_there[CUDA_RING]; /* what the device has; NaN: nothing yet */
    bool step_there;              /* *step is the schedule's */
    bool warm;                    /* a step was made kernel by kernel: all of them are loaded */
    bool products_chosen;         /* who makes the large products was measured */
    bool graphs;                  /* LAYERSCOPE_CUDA_GRAPHS=off: every kernel by itself */
    struct CUgraphExec_st *executables[CUDA_GRAPH_COUNT];
};

void cuda_training_init(struct cuda_compute *cuda);
void cuda_training_deinit(struct cuda_compute *cuda);
/* The schedule or the optimizer is another one: graphs and the device's place are out of date. */
void cuda_training_changed(struct cuda_compute *cuda);
void cuda_training_run(struct cuda_compute *cuda, int steps, const float *learning_rates,
                       struct batch_metrics *out);

#endif
