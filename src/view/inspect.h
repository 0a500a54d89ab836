/* The arithmetic behind one value: which floats of a snapshot explain it, and what they add up to. Numbers
 * alone, no OpenGL; sums are made in double. */
#ifndef LS_VIEW_INSPECT_H
#define LS_VIEW_INSPECT_H

#include "data/dataset.h"
#include "view/display.h"
#include "view/readback.h"
#include "view/scene.h"

/* What values belong to; borrowed. */
struct inspect_subject {
    const struct network *network;
    const struct data *data;
    const struct snapshot_layout *layout;
    const struct scene *scene;
};

/* The floats of one snapshot that a value's explanation needs. */
struct inspect_plan {
    struct display_cell cell; /* plate −1: none */
    bool brief;               /* the value and its gradient alone */
    struct readback_range *ranges;
    int count, capacity;
    size_t floats;
};

enum inspect_kind {
    INSPECT_PLAIN, /* nothing to explain: the input, a softmax of its own */
    INSPECT_CONVOLUTION,
    INSPECT_DENSE,
    INSPECT_POOL,
    INSPECT_FUNCTION, /* an activation of its own: act(operand) */
    INSPECT_ADD,      /* terms: a value of each input */
    INSPECT_PASSED,   /* a concatenation's or a dropout's: `operand` of the layer source_name */
    INSPECT_NORM,     /* gamma · (operand − mean) / deviation + bias */
    INSPECT_WEIGHT
};

enum { INSPECT_WINDOW = 225, INSPECT_WINDOWS = 2, INSPECT_TERMS = 4, INSPECT_TEXT = 64 };

/* One input channel's part of a convolution, or a pool's window, or a weight's kernel; row by row. */
struct inspect_window {
    int channel;
    double sum;                  /* of input × kernel */
    float input[INSPECT_WINDOW]; /* NaN: padding */
    float kernel[INSPECT_WINDOW];
};

/* One input's part of a dense neuron. */
struct inspect_term {
    int source; /* number in the source's values */
    float value, weight;
    double product;
    char name[INSPECT_TEXT];
};

struct inspection {
    struct display_cell cell; /* plate −1: nothing */
    bool brief;
    uint64_t step;
    enum inspect_kind kind;
    char name[INSPECT_TEXT];  /* "conv2", "conv2 kernels" */
    char where[INSPECT_TEXT]; /* "ch 7 row 6 col 2", "ch 3 → ch 7 row 1 col 2" */
    char flat[INSPECT_TEXT];  /* "flatten 137": the value's number where it is passed on; or empty */
    float value;
    bool has_gradient;
    float gradient;

    /* The rest only if not brief. */
    int source_plate;               /* whose values are the inputs, or −1 */
    int weight_plate;               /* or −1 */
    char source_name[INSPECT_TEXT]; /* "pool1" */
    int window_rows, window_columns, window_count;
    struct inspect_window windows[INSPECT_WINDOWS]; /* strongest first, by |sum| */
    int marked; /* cell of the window: a pool's maximum, the weight; or −1 */
    int term_count;
    struct inspect_term terms[INSPECT_TERMS]; /* strongest first, by |product| */
    int more_count;                           /* inputs or channels beyond those */
    double more;                              /* what they add */
    float bias;
    double sum;       /* shown parts + more + bias: before the activation */
    bool inputs_zero; /* all that it is made of, weights and bias aside: no edge leads here */
    bool softmax;
    enum activation activation;
    bool is_mean;           /* a pool's */
    int averaged;           /* values that such a mean is of */
    bool has_mask, dropped; /* a dropout's in the training step before */
    float rate;
    double mean, deviation, gamma; /* of a norm; its β is `bias` */
    float
        operand; /* of INSPECT_FUNCTION and of a dense weight: the input; a weight's sum is input × weight */
};

/* Replaces what the plan was; `cell` with plate −1 empties it. */
void inspect_plan_set(struct inspect_plan *plan, const struct inspect_subject *subject,
                      struct display_cell cell, bool brief);
void inspect_plan_deinit(struct inspect_plan *plan);
/* The most floats that any value of the network needs. */
size_t inspect_largest(const struct inspect_subject *subject);
/* `values`: the plan's ranges, one behind the other. */
void inspect_solve(const struct inspect_plan *plan, const struct inspect_subject *subject,
                   const float *values, struct inspection *out);
/* Of a dropout's value: whether the step before `step` dropped it in its first sample. */
void inspect_note_dropout(struct inspection *inspection, const struct inspect_subject *subject, uint64_t seed,
                          uint64_t step);
/* What a bare value leaves open, in a line: "0: the ReLU cut off −0.31", "0: all of its window is 0", "before
 * the tanh 0.73"; empty when nothing is. Not of a brief one. */
void inspect_reason(const struct inspection *inspection, char text[INSPECT_TEXT]);
/* "ReLU", "sigmoid", "tanh", "softmax", "linear" */
const char *inspect_activation_name(const struct inspection *inspection);

#endif
