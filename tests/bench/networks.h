/* The networks that training speed is measured on, and the arithmetic that a step of them takes. */
#ifndef LS_TESTS_BENCH_NETWORKS_H
#define LS_TESTS_BENCH_NETWORKS_H

#include "base/error.h"
#include "compute/op.h"

/* "mlp": 784-128-64-10; "lenet5": 28×28 padded by 2; "wide": 784-4096-4096-4096-10; "resnet": the built-in one,
 * models/resnet.json. All with ReLU, softmax and cross-entropy. Free with program_deinit. */
bool bench_network(const char *name, struct program *program, struct error *err);

/* Floating-point operations of the products of one training step: forward, weight gradients, and input
 * gradients but for the first operation with weights. A multiply-add counts two. */
double bench_step_flops(const struct program *program, int batch);

#endif
