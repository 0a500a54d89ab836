/* Programs as values: checked, measured, copied, freed. */
#ifndef LS_COMPUTE_PROGRAM_H
#define LS_COMPUTE_PROGRAM_H

#include "compute/op.h"

/* Asserts what op.h promises: shapes follow from each other, parameters lie inside the flat vector,
 * every tensor is written once and before it is read, the losses follow their softmax or sigmoid. */
void program_check(const struct program *program);

/* Floats of an operation's weight and bias in the flat vector; 0 where it has none. */
size_t program_weight_count(const struct program *program, const struct op *op);
size_t program_bias_count(const struct program *program, const struct op *op);

/* Floats of a batch norm's running statistics in the flat buffer vector; 0 of all others. */
size_t program_buffer_count(const struct program *program, const struct op *op);

/* The flat buffer vector at first: running means 0, variances 1. */
void program_initial_buffers(const struct program *program, float *buffers);

/* Operations that read the tensor. */
int program_readers(const struct program *program, int tensor);

/* Does the tensor depend on any parameter? Training needs the gradients of those that do, only. */
bool program_follows_parameters(const struct program *program, int tensor);

/* A deep copy; free with program_deinit. */
struct program program_copy(const struct program *program);
void program_deinit(struct program *program);

#endif
