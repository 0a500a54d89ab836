/* Programs for tests, one operation after the other. */
#ifndef LS_TESTS_BUILDER_H
#define LS_TESTS_BUILDER_H

#include "compute/op.h"

struct window {
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
};

/* What else a window can have; the padding after the last row and column is given by itself. */
struct window_ends {
    int padding_end_h, padding_end_w, dilation_h, dilation_w;
    bool counts_padding;
};

struct builder {
    struct program program;
    int current; /* the tensor that the next operation reads: the last one, until another is chosen */
    float alpha; /* of the leaky ReLUs and ELUs that follow; 0.25 at first */
};

/* Does the window lie in the image at least once? */
bool window_fits(struct shape in, struct window window);
bool window_fits_with(struct shape in, struct window window, struct window_ends ends);

void builder_init(struct builder *builder, struct shape input);
/* The shape that the next operation reads. */
struct shape builder_shape(const struct builder *builder);

void builder_dense(struct builder *builder, int units, enum activation activation, bool has_bias);
void builder_conv(struct builder *builder, int channels, struct window window, enum activation activation,
                  bool has_bias);
void builder_conv_with(struct builder *builder, int channels, struct window window, struct window_ends ends,
                       enum activation activation, bool has_bias);
/* OP_MAX_POOL2D or OP_AVERAGE_POOL2D */
void builder_pool(struct builder *builder, enum op_kind kind, struct window window);
void builder_pool_with(struct builder *builder, enum op_kind kind, struct window window,
                       struct window_ends ends);
void builder_flatten(struct builder *builder);
void builder_activation(struct builder *builder, enum activation activation);
void builder_softmax(struct builder *builder);
void builder_dropout(struct builder *builder, float rate);
/* OP_BATCH_NORM or OP_LAYER_NORM with the settings of `norm`; its places and tensors are found out. */
void builder_norm(struct builder *builder, struct op norm);
/* The current tensor with another one after it. */
void builder_add(struct builder *builder, int second);
void builder_concatenate(struct builder *builder, int second);

/* The finished program; free it with program_deinit. The builder is empty afterwards. */
struct program builder_finish(struct builder *builder, enum loss_kind loss);

#endif
