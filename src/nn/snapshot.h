/* A snapshot: everything shown of a network at one step, in one block of floats whose layout follows
 * from the network alone. The same table reaches the shaders. */
#ifndef LS_NN_SNAPSHOT_H
#define LS_NN_SNAPSHOT_H

#include "nn/network.h"

enum region_kind {
    REGION_ACTIVATION,          /* a layer's output for the probe; (channels, height, width) */
    REGION_ACTIVATION_GRADIENT, /* dLoss/dOutput for the probe; the same shape */
    REGION_PARAMETER,           /* layer.parameters[parameter] */
    REGION_PARAMETER_GRADIENT   /* of the last training step, before clipping */
};

struct region {
    enum region_kind kind;
    int layer;
    int parameter; /* for the two parameter kinds */
    size_t offset; /* in bytes from the start of the snapshot; a multiple of 256 */
    size_t count;  /* floats */
};

struct snapshot_layout {
    struct region *regions;
    int region_count;
    size_t size; /* bytes; a multiple of 256 */
};

void snapshot_layout_init(struct snapshot_layout *layout, const struct network *network);
void snapshot_layout_deinit(struct snapshot_layout *layout);
/* The region's number, or −1. `parameter` is ignored for the activation kinds. */
int snapshot_layout_find(const struct snapshot_layout *layout, enum region_kind kind, int layer,
                         int parameter);

enum { SNAPSHOT_MAX_OUTPUTS = 256 };

/* The few numbers that are printed as text. */
struct snapshot_info {
    uint64_t step; /* parameters are those after this many training steps */
    double epoch;  /* samples seen / samples in the training split */
    int batch;
    float learning_rate;
    uint32_t probe_index; /* sample number in the test split */
    int32_t probe_label;
    float probe_loss;
    int output_count;                   /* values in `output`, at most SNAPSHOT_MAX_OUTPUTS */
    float output[SNAPSHOT_MAX_OUTPUTS]; /* the network's output for the probe */
    double train_ms;                    /* wall time of the last training step */
    bool has_gradients;                 /* false before the first training step: parameter gradients are 0 */
};

/* Where a snapshot is written. `memory` is write only (it may be write combined) and `size` bytes big. */
struct snapshot_target {
    float *memory;
    struct snapshot_info info;
};

/* How a trainer hands snapshots over. `acquire` returns NULL when no slot is free: this publish is
 * skipped. Both are called on the trainer's thread and never wait. */
struct publisher {
    void *context;
    struct snapshot_target *(*acquire)(void *context);
    void (*commit)(void *context, struct snapshot_target *target);
};

#endif
