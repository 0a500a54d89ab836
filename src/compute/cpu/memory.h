/* The CPU backend's work memory: per slot what must live as long as its batch, per thread what one
 * operation needs while it runs. */
#ifndef LS_COMPUTE_CPU_MEMORY_H
#define LS_COMPUTE_CPU_MEMORY_H

#include "compute/cpu/plan.h"

struct slot_memory {
    int groups;        /* capacity */
    float **values;    /* per tensor: (groups, count, lanes) */
    float **gradients; /* the same */
    float **rows;      /* per storage tensor with rows: (groups · lanes, row_stride); else NULL */
    float **slopes;  /* per dense operation with an activation: dLoss/d(W x + b), (groups, outputs, lanes) */
    float **factors; /* per dropout, of a slot that trains: (groups, count, lanes) of the last batch */
    float **statistics;                /* per layer norm: (groups, 2, places, lanes) */
    struct norm_moments *norm_moments; /* (groups, norm_count) of batch norms in training */
    struct norm_sums *norm_sums;       /* the same after backward */
    float *parameter_gradients;
    double *group_loss;
    int *group_correct;
    /* Of the last batch: */
    int32_t *labels;   /* (groups · lanes); −1 without */
    uint32_t *numbers; /* (groups · lanes) of the samples in the data set `data` */
    int data;
    int count;
    bool has_gradients, has_all_gradients;
};

struct thread_memory {
    float *padded;          /* a convolution's padded input, one group */
    float *padded_gradient; /* and its gradient */
    float *slopes;          /* dLoss/d(convolution without activation), one group */
    float *part;            /* an input gradient that is added to what is there, groups_at_once groups */
    float *sums;            /* gradients of all parameters but dense ones, summed over this thread's groups */
    struct channel_norm *norms; /* (norm_count) of the batch at work */
    double squares;             /* of the parameter gradients that this thread owns */
    double adjusted_squares;    /* of its share of them after penalties and clipping by value */
};

/* `trains`: batches may run in training mode. */
void slot_memory_init(struct slot_memory *slot, const struct plan *plan, int lanes, int batch, bool trains);
void slot_memory_deinit(struct slot_memory *slot, const struct plan *plan);
void thread_memory_init(struct thread_memory *memory, const struct plan *plan, int lanes);
void thread_memory_deinit(struct thread_memory *memory);

#endif
