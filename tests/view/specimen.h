/* A small world for the tests of the view: a network, real activations of a drawn sample, a snapshot. */
#ifndef LS_TESTS_VIEW_SPECIMEN_H
#define LS_TESTS_VIEW_SPECIMEN_H

#include "data/dataset.h"
#include "nn/network.h"
#include "nn/snapshot.h"

struct hud_key;
struct specimen {
    struct network *network;
    struct data data; /* the drawn digit is the one test sample */
    struct snapshot_layout layout;
    float *snapshot; /* (layout.size) bytes: the forward pass of a drawn digit with fresh weights */
    struct snapshot_info info;
    const struct hud_key *keys; /* for the list of keys; none until a test sets them */
    int key_count;
};

/* `name`: a built-in model; "mlp-dropout": one hidden layer and its dropout "drop"; "norms": SPECIMEN_GRAPH;
 * "kernels": SPECIMEN_KERNELS.
 */
void specimen_init(struct specimen *specimen, const char *name);
void specimen_deinit(struct specimen *specimen);
float *specimen_region(struct specimen *specimen, enum region_kind kind, const char *layer, int parameter);
/* A network over 28×28 images; `layers` are those between input and output, in JSON with a comma at the end.
 */
struct network *specimen_network(const char *layers, int classes);
#define SPECIMEN_FLATTEN "{\"class_name\": \"Flatten\", \"config\": {\"name\": \"flatten\"}},"
#define SPECIMEN_POOL(name)                                                                                  \
    "{\"class_name\": \"MaxPooling2D\", \"config\": {\"name\": \"" name "\", \"pool_size\": [2, 2]}},"
#define SPECIMEN_CONV(name, maps)                                                                            \
    "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"" name "\", \"filters\": " #maps                  \
    ", \"kernel_size\": [3, 3], \"padding\": 1, \"activation\": \"relu\"}},"
#define SPECIMEN_DENSE(name, units)                                                                          \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"" name "\", \"units\": " #units                    \
    ", \"activation\": \"relu\"}},"
#define SPECIMEN_DROPOUT(name, rate_)                                                                        \
    "{\"class_name\": \"Dropout\", \"config\": {\"name\": \"" name "\", \"rate\": " #rate_ "}},"
#define SPECIMEN_READS(class, name, inputs)                                                                  \
    "{\"class_name\": \"" class "\", \"inputs\": [" inputs "], \"config\": {\"name\": \"" name "\"}},"
/* Both norms, a sum, a concatenation, a mean of maps, a dilated convolution and a GELU after a dense layer.
 */
#define SPECIMEN_GRAPH                                                                                       \
    SPECIMEN_CONV("conv", 3)                                                                                 \
    SPECIMEN_READS("BatchNormalization", "batch", "\"conv\"")                                                \
    "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"wide\", \"filters\": 3, \"kernel_size\": [3, "    \
    "3], "                                                                                                   \
    "\"padding\": \"same\", \"dilation_rate\": [2, 2]}}," SPECIMEN_READS(                                    \
        "Add", "sum", "\"wide\", \"batch\"") SPECIMEN_READS("Concatenate", "join", "\"sum\", \"conv\"")      \
        SPECIMEN_READS("LayerNormalization", "layer", "\"join\"") SPECIMEN_READS(                            \
            "GlobalAveragePooling2D", "mean",                                                                \
            "\"layer\"") "{\"class_name\": \"Dense\", \"config\": {\"name\": \"gelu\", \"units\": 12, "      \
                         "\"activation\": \"gelu\"}}," SPECIMEN_DROPOUT("drop", 0.25)
/* 65×64 kernels of 3×3, too many to be seen one by one, and as many of a single weight. */
#define SPECIMEN_KERNELS                                                                                     \
    SPECIMEN_POOL("small")                                                                                   \
    SPECIMEN_POOL("smaller")                                                                                 \
    SPECIMEN_CONV("first", 64)                                                                               \
    SPECIMEN_CONV("many",                                                                                    \
                  65) "{\"class_name\": \"Conv2D\", \"config\": {\"name\": \"single\", \"filters\": 64, "    \
                      "\"kernel_size\": 1}},"                                                                \
                      "{\"class_name\": \"GlobalAveragePooling2D\", \"config\": {\"name\": \"mean\"}},"
/* Hands the snapshot over; the publisher must have a free slot. */
void specimen_publish(const struct specimen *specimen, const struct publisher *publisher);

#endif
