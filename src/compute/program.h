/* Programs as values: checked, copied, freed. */
#ifndef LS_COMPUTE_PROGRAM_H
#define LS_COMPUTE_PROGRAM_H

#include "compute/op.h"

/* Asserts what op.h promises: shapes follow from each other, parameters lie inside the flat vector,
 * every tensor is written once and before it is read, cross-entropy follows a softmax. */
void program_check(const struct program *program);

/* Does the tensor depend on any parameter? Training needs the gradients of those that do, only. */
bool program_follows_parameters(const struct program *program, int tensor);

/* A deep copy; free with program_deinit. */
struct program program_copy(const struct program *program);
void program_deinit(struct program *program);

#endif
