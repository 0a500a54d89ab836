/* All that training goes on from as one safetensors file (docs/file-formats.md, "Checkpoints"): parameters as
 * tensors LAYER.weight, LAYER.bias, LAYER.running_mean, … with PyTorch's names and shapes and nothing else
 * among them, so that PyTorch's strict load_state_dict takes the file; the rest as metadata. What is read is
 * untrusted. */
#ifndef LS_NN_CHECKPOINT_H
#define LS_NN_CHECKPOINT_H

#include "nn/network.h"
#include "nn/safetensors.h"
#include "nn/schedule.h"

enum {
    CHECKPOINT_VERSION = 1,         /* of what the metadata "training" holds */
    CHECKPOINT_IN_HEADER = 64 << 20 /* characters of moments; more become tensors "optimizer.…" */
};

/* How the run was trained; every draw of random numbers is named by seed and step, so that these two are all
 * that there is of a generator's state. */
struct checkpoint_training {
    struct optimizer optimizer;
    float learning_rate; /* what the schedule begins with */
    struct schedule schedule;
    struct schedule_state schedule_state;
    bool penalised; /* by l1 and l2 for all weights, apart from what the model says */
    float l1, l2;
    int batch;
    uint64_t update;   /* steps since the optimizer's state was zero */
    uint32_t samples;  /* of the training split: with step and batch the place in the epoch */
    size_t value_size; /* of a number of the moments: 4 or 8 */
};

struct checkpoint_info {
    uint64_t step; /* training steps taken; 0 when the file does not say */
    uint64_t seed;
    bool has_training; /* false: parameters alone, and what follows is 0 */
    struct checkpoint_training training;
    const char *model; /* its JSON; NULL: not said */
    const char *data;  /* as --data names it; NULL: not said */
};

/* Vectors of the network's parameter_count floats or doubles. */
struct checkpoint_values {
    size_t size; /* of a number: 4 or 8 */
    const void *parameters;
    const void *moments[2]; /* those that the optimizer has */
    const void *buffers;    /* buffer_count numbers; may be NULL where that is 0 */
};

/* Into an open file, which is closed: complete or discarded. Without has_training parameters alone. */
bool checkpoint_save_to(struct atomic_file *out, const struct network *network,
                        const struct checkpoint_values *values, const struct checkpoint_info *info,
                        struct error *err);
bool checkpoint_save(const char *path, const struct network *network, const struct checkpoint_values *values,
                     const struct checkpoint_info *info, bool overwrite, struct error *err);

/* A file that was read. */
struct checkpoint {
    struct safetensors file;
    char *origin;                /* its path, for errors */
    struct checkpoint_info info; /* texts belong to the checkpoint */
};

/* Refuses a file that is no safetensors file, truncated, damaged or from a newer version. */
bool checkpoint_open(struct checkpoint *checkpoint, const char *path, struct error *err);
/* The same from memory, which stays the caller's. */
bool checkpoint_parse(struct checkpoint *checkpoint, const char *bytes, size_t size, const char *origin,
                      struct error *err);
void checkpoint_close(struct checkpoint *checkpoint);

/* F32 or F64 values into `parameters` and running statistics into `buffers` (NULL where the network has
 * none), numbers of `size` bytes. Tensors are found by name, or, in a file that names them otherwise, by
 * order and shape, which a warning in the log says. Refuses a missing or unknown tensor, a wrong shape or
 * type, naming the tensor; `parameters` is left alone then. */
bool checkpoint_read_parameters(const struct checkpoint *checkpoint, const struct network *network,
                                void *parameters, void *buffers, size_t size, struct error *err);
/* Moment 0 or 1 of the file's optimizer, `count` numbers; zeros before its first update. */
bool checkpoint_read_moment(const struct checkpoint *checkpoint, int moment, void *values, size_t count,
                            size_t size, struct error *err);

#endif
