/* A network: a graph of named layers, its shapes, its parameters' places in one flat vector, and the
 * program of operations that computes it. */
#ifndef LS_NN_NETWORK_H
#define LS_NN_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "compute/op.h"
#include "nn/initializer.h"
#include "nn/recipe.h"

enum layer_kind {
    LAYER_INPUT,
    LAYER_DENSE,
    LAYER_CONV2D,
    LAYER_MAX_POOL2D,
    LAYER_AVERAGE_POOL2D,
    LAYER_FLATTEN,
    LAYER_ACTIVATION,            /* a layer of its own: any activation or softmax */
    LAYER_GLOBAL_AVERAGE_POOL2D, /* its kernel is the whole image */
    LAYER_DROPOUT,
    LAYER_BATCH_NORM,
    LAYER_LAYER_NORM,
    LAYER_ADD,
    LAYER_CONCATENATE /* along the channels */
};

enum { NETWORK_MAX_INPUTS = 16, NETWORK_MAX_PARAMETERS = 4, NETWORK_MAX_BUFFERS = 2, NETWORK_NAME = 64 };

/* One trained tensor of a layer, as PyTorch shapes it: weight (out, in) or (out, in, kh, kw), bias (out). */
struct parameter {
    char name[16]; /* "weight", "bias" */
    int rank;
    int dims[4];
    size_t offset; /* in floats, into the flat vector */
    size_t count;
    struct initializer start;
    float l1, l2; /* penalties, as struct penalty in op.h */
};

struct layer {
    char name[NETWORK_NAME];
    const char *class_name; /* Keras's: "Dense", "Conv2D", "ReLU", … */
    enum layer_kind kind;
    enum activation activation;
    bool softmax; /* its output is a softmax: a layer of its own or dense with activation "softmax" */
    int inputs[NETWORK_MAX_INPUTS]; /* layer numbers */
    int input_count;
    struct shape input, output; /* of one sample */
    /* As struct op (compute/op.h) has them. */
    int kernel_h, kernel_w, stride_h, stride_w;
    int padding_h, padding_w, padding_end_h, padding_end_w, dilation_h, dilation_w;
    bool counts_padding;
    float alpha, rate, epsilon, momentum;
    bool over_channels, unbiased;
    struct parameter parameters[NETWORK_MAX_PARAMETERS];
    int parameter_count;
    /* A batch norm's "running_mean" and "running_var", whose offsets are into the flat buffer vector. */
    struct parameter buffers[NETWORK_MAX_BUFFERS];
    int buffer_count;
    int op;            /* the program's operation that made the layer's own part; −1 of the input */
    int tensor;        /* the program's tensor that holds this layer's output */
    int logits_tensor; /* the tensor before a softmax, a GELU, or the sigmoid of a binary cross-entropy, each
                        * an operation of its own; −1 otherwise */
};

struct network {
    char name[NETWORK_NAME];
    struct layer *layers; /* (layer_count); layer 0 is the input, every layer follows its inputs */
    int layer_count;
    struct program program;
    struct recipe recipe; /* what the file says about training */
    char *source;         /* the JSON text it was made of */
};

/* Reads a model from JSON (Keras's layer vocabulary, or Keras's own file; see docs/file-formats.md) and
 * infers shapes. `name_or_path`: a built-in name (models/NAME.json; "lenet" is "lenet5") or a file. `input`
 * and `classes` are the data set's; the last Dense with "units": null takes `classes`. Errors name the file,
 * the layer, what was expected and what was found. */
struct network *network_load(const char *name_or_path, struct shape input, int classes, struct error *err);
/* The same from JSON text; `origin` stands in errors. */
struct network *network_parse(const char *json, const char *origin, struct shape input, int classes,
                              struct error *err);
/* The built-in names with commas between them. */
const char *network_built_in_names(void);
void network_destroy(struct network *network);

/* The number of values of the last layer. */
size_t network_output_count(const struct network *network);
/* Whether its outputs are the classes' probabilities: those of a softmax, or one sigmoid. */
bool network_has_probabilities(const struct network *network);
/* The layer of that name, or −1. */
int network_find_layer(const struct network *network, const char *name);
/* layer->class_name. */
const char *layer_kind_name(const struct layer *layer);

/* Fresh parameters as their initializers say; without one: weights uniform in ±√(6 / fan_in) before ReLU (He
 * et al. 2015), in ±√(6 / (fan_in + fan_out)) otherwise (Glorot & Bengio 2010); biases 0. */
void network_initialize(const struct network *network, uint64_t seed, float *parameters);

/* The same of the flat buffer vector: running means 0 and variances 1, unless their initializers say
 * otherwise. */
void network_initialize_buffers(const struct network *network, uint64_t seed, float *buffers);

/* Makes the program's penalties from those of the parameters. */
void network_set_penalties(struct network *network);
/* Penalises the weights of every Dense and Conv2D alike, and nothing else. */
void network_penalise(struct network *network, float l1, float l2);
/* Another start for the weights of every Dense and Conv2D; one that follows the weight's inputs, "pytorch", for
 * their biases too. */
void network_start_with(struct network *network, const struct initializer *start);

/* What network_initialize draws a parameter from. */
struct initializer network_parameter_start(const struct network *network, int layer, int parameter);

#endif
