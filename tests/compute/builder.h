/* Programs for tests, one operation after the other. */
#ifndef LS_TESTS_BUILDER_H
#define LS_TESTS_BUILDER_H

#include "compute/op.h"

struct window {
    int kernel_h, kernel_w, stride_h, stride_w, padding_h, padding_w;
};

struct builder {
    struct program program;
};

/* Does the window lie in the image at least once? */
bool window_fits(struct shape in, struct window window);

void builder_init(struct builder *builder, struct shape input);
/* The shape that the next operation reads. */
struct shape builder_shape(const struct builder *builder);

void builder_dense(struct builder *builder, int units, enum activation activation, bool has_bias);
void builder_conv(struct builder *builder, int channels, struct window window, enum activation activation,
                  bool has_bias);
/* OP_MAX_POOL2D or OP_AVERAGE_POOL2D */
void builder_pool(struct builder *builder, enum op_kind kind, struct window window);
void builder_flatten(struct builder *builder);
void builder_activation(struct builder *builder, enum activation activation);
void builder_softmax(struct builder *builder);

/* The finished program; free it with program_deinit. The builder is empty afterwards. */
struct program builder_finish(struct builder *builder, enum loss_kind loss);

#endif
