/* A model as its file states it, before any shape is known. Private to nn/. */
#ifndef LS_NN_MODEL_H
#define LS_NN_MODEL_H

#include "nn/network.h"
#include "nn/recipe.h"

enum {
    MODEL_MAX_LAYERS = 256,
    MODEL_MAX_SIZE = 131072, /* units, filters, kernel, stride, padding */
    MODEL_MAX_FILE = 4 << 20 /* bytes of a model file */
};

/* What the file leaves out has its default already: Keras's in a Keras file, else PyTorch's. */
struct model_layer {
    char name[NETWORK_NAME];
    const char *class_name; /* Keras's */
    enum layer_kind kind;
    bool pads;     /* a ZeroPadding2D: what reads it takes the padding over, see model_fold */
    bool rescales; /* a Rescaling(1/255): what a network sees of bytes anyway, see model_fold */
    bool reshapes; /* a Reshape of the input to what the data are anyway, see model_fold */
    struct shape target;
    enum activation activation;
    bool softmax;
    int inputs[NETWORK_MAX_INPUTS]; /* layer numbers; 0 is the network's input */
    int input_count;
    int size; /* dense: units, 0 for one per class; conv2d: filters */
    int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
    int padding_h, padding_w, padding_end_h, padding_end_w;
    bool same_padding; /* Keras's "same": padding follows from the input's size */
    /* Zeros around the input before that, of a ZeroPadding2D. */
    int border_h, border_w, border_end_h, border_end_w;
    bool keeps_dims; /* global average pool */
    bool counts_padding, unbiased;
    float alpha, rate, epsilon, momentum; /* as struct op has them */
    int axes[4];                          /* as the file counts them, the batch first */
    int axis_count;                       /* 0: none is named */
    bool has_weight, has_bias;
    struct {
        float l1, l2;
    } weight_penalty, bias_penalty;
    struct initializer weight_start, bias_start, mean_start, variance_start;
};

struct model {
    char name[NETWORK_NAME];
    enum loss_kind loss;
    struct recipe recipe;
    int input_rank;             /* dimensions of a sample that the file declares; 0: none */
    struct shape input;         /* its sizes, 0 for any; a vector is (n, 1, 1) */
    bool reorders;              /* its Flatten would put rows and columns before channels */
    struct model_layer *layers; /* (layer_count); layer 0 is the input */
    int layer_count;
};

/* Reads JSON text, which may come from anywhere; `origin` stands in errors. Names are unique and
 * every layer's inputs precede it. Free with model_deinit, also after a failure. */
bool model_parse(struct model *model, const char *json, const char *origin, struct error *err);
/* Takes the layers out that compute nothing of their own: a ZeroPadding2D becomes padding of the convolutions
 * and pools that read it, a Rescaling by 1/255 of the input is what a network sees anyway, and a Reshape of
 * the input declares its shape. */
bool model_fold(struct model *model, const char *origin, struct error *err);
/* Holds the data's shape against the declared one. Where the file declares a vector and the data are images,
 * a Flatten is put after the input. */
bool model_fit_input(struct model *model, struct shape data, const char *origin, struct error *err);
/* The number among the first `count` layers of the one with this name, or −1. */
int model_find_layer(const struct model *model, int count, const char *name);
void model_deinit(struct model *model);

#endif
