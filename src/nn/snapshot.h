/* A snapshot: everything shown of a network at one step, in one block of floats whose layout follows
 * from the network alone. The same table reaches the shaders. */
#ifndef LS_NN_SNAPSHOT_H
#define LS_NN_SNAPSHOT_H

#include "compute/shared_buffers.h"
#include "nn/network.h"

enum region_kind {
    REGION_ACTIVATION,          /* a layer's output for the probe; (channels, height, width) */
    REGION_ACTIVATION_GRADIENT, /* dLoss/dOutput for the probe; the same shape */
    REGION_SUM_GRADIENT, /* dLoss/dz for the probe, z being what a dense or convolution has before its GELU,
                          * whose slope no output tells; the same shape. Of those layers only */
    REGION_BUFFER,       /* layer.buffers[parameter] */
    REGION_PARAMETER,    /* layer.parameters[parameter] */
    REGION_PARAMETER_GRADIENT /* of the last training step, before clipping */
};

struct region {
    enum region_kind kind;
    int layer;
    int parameter; /* for the two parameter kinds; of a buffer its number */
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
/* The region's number, or −1. `parameter` is ignored for the kinds of activations. */
int snapshot_layout_find(const struct snapshot_layout *layout, enum region_kind kind, int layer,
                         int parameter);

enum { SNAPSHOT_MAX_OUTPUTS = 256 };

/* The few numbers that are printed as text. */
struct snapshot_info {
    uint64_t step; /* parameters are those after this many training steps */
    uint64_t run;  /* metrics_run: a step number comes back when training begins anew */
    uint64_t seed; /* of training: with a step it names the masks of dropout (compute/op_math.h) */
    double epoch;  /* samples seen / samples in the training split */
    int batch;
    float learning_rate;
    uint32_t probe_index; /* sample number in the test split */
    int32_t probe_label;  /* −1: the sample has targets */
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

/* A device that writes snapshots into OpenGL's buffers by itself, a whole one at a time. All calls are made
 * on the OpenGL thread; none waits unless told to. */
struct snapshot_device {
    void *context;
    /* A snapshot waits to be written, and the last one is finished. */
    bool (*ready)(void *context, bool wait);
    /* Right after it was ready: enqueues it for that buffer; what OpenGL does there next comes after it. */
    bool (*write)(void *context, int buffer);
    /* True once the snapshot written last is described in `info`. */
    bool (*finish)(void *context, bool wait, struct snapshot_info *info);
    /* Why it writes no more; NULL while it does. */
    const char *(*problem)(void *context);
    void (*close)(void *context);
};

/* Opens such a device on buffers of one snapshot each: false when it cannot write there, and `err` says why.
 */
struct snapshot_device_source {
    void *context;
    bool (*open)(void *context, const struct shared_buffers *buffers, struct snapshot_device *device,
                 struct error *err);
};

/* How a trainer hands snapshots over through the host. `acquire` returns NULL when no slot is free: this
 * publish is skipped. Both are called on the trainer's thread and never wait. */
struct publisher {
    void *context;
    struct snapshot_target *(*acquire)(void *context);
    void (*commit)(void *context, struct snapshot_target *target);
};

#endif
