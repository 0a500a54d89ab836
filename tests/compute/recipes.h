/* One function per kind of program in the parity harness's cases; each fills the kitchen's builder. */
#ifndef LS_TESTS_RECIPES_H
#define LS_TESTS_RECIPES_H

#include "kitchen.h"

void cook_dense(struct kitchen *k);
void cook_conv(struct kitchen *k);
void cook_two_convs(struct kitchen *k);
void cook_max_pool(struct kitchen *k);
void cook_average_pool(struct kitchen *k);
void cook_flatten(struct kitchen *k);
void cook_activation(struct kitchen *k);
void cook_cross_entropy(struct kitchen *k);
void cook_image_softmax(struct kitchen *k);
void cook_softmax_mse(struct kitchen *k);
void cook_hidden_softmax(struct kitchen *k);
void cook_chain(struct kitchen *k);
void cook_lenet5(struct kitchen *k);
void cook_mlp(struct kitchen *k);

/* recipes_windows.c */
void cook_dilated_conv(struct kitchen *k);
void cook_same_convs(struct kitchen *k);
void cook_uneven_max_pool(struct kitchen *k);
void cook_uneven_average_pool(struct kitchen *k);
void cook_global_average_pool(struct kitchen *k);

/* recipes_norms.c */
void cook_batch_norm(struct kitchen *k);
void cook_layer_norm(struct kitchen *k);
void cook_dropout(struct kitchen *k);
void cook_conv_norm_relu(struct kitchen *k);

/* recipes_branches.c */
void cook_add(struct kitchen *k);
void cook_concatenate(struct kitchen *k);
void cook_many_readers(struct kitchen *k);
void cook_residual_network(struct kitchen *k);
void cook_dense_block(struct kitchen *k);
void cook_mixer(struct kitchen *k);
void cook_binary_cross_entropy(struct kitchen *k);
void cook_one_output(struct kitchen *k);

#endif
