/* One operation's kernels, forward and backward, against the reference's definition of it. */
#ifndef LS_TESTS_KERNELS_OP_CASE_H
#define LS_TESTS_KERNELS_OP_CASE_H

#include <stdint.h>

#include "compute/op.h"

struct op_case {
    struct op op; /* kind, activation, window, bias and so on; the offsets are set by op_case_check */
    struct shape in, out;
    int most, count;    /* launch size and samples */
    bool training;      /* the mode of a batch norm */
    bool differentiate; /* compare gradients with finite differences, too: for small shapes */
    bool brief;         /* gradients together only, not each alone: for large shapes */
    uint64_t seed;
};

/* An operation with all that is the same for most: one value apart, padding counted, a norm with both
 * parameters. */
struct op op_case_op(enum op_kind kind);

/* Fails the test where a kernel and the reference differ by more than check_close allows, where results
 * depend on the order of blocks and threads, and where samples beyond `count` are read or written. */
void op_case_check(const struct op_case *c);

/* The window's output for an input, or height 0 where it does not fit. The padding at the end is the op's
 * own. */
struct shape op_case_window_out(struct shape in, int channels, const struct op *op);

#endif
