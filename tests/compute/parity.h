/* The parity harness: runs a program on a backend and on the reference, and compares everything that
 * compute.h lets one read; checks the reference itself against central finite differences.
 *
 * Tolerance: the largest difference within a tensor is at most 1e-5 of its scale: of its largest magnitude,
 * or, where sums whose terms happen to cancel went before, of a share of the largest term (compare_scale.h).
 * A draw in which some value lies too near to a kink (a ReLU's input near 0, two near
 * maxima in a window) is replaced by another one: rounding decides there, not the code. Where a batch norm or
 * a dropout makes a later batch come near to one, that batch is not compared.
 *
 * Checks count failures instead of stopping, so that the harness can be tested on wrong backends. */
#ifndef LS_TESTS_PARITY_H
#define LS_TESTS_PARITY_H

#include "compute/compute.h"

/* Something to compare with the reference. A new backend, or one of its variants, is a new row of
 * parity_targets(). */
struct parity_target {
    char name[64];
    struct compute *(*create)(const struct parity_target *target, const struct compute_desc *desc,
                              struct error *err);
    enum backend_kind backend;
    int threads;
    int option; /* for `create` */
};

enum { PARITY_MAX_TARGETS = 16 };
/* Every backend but the reference that this build and machine can run; the CPU's with 1, 2 and 3 threads
 * and with each instruction set. */
int parity_targets(struct parity_target targets[PARITY_MAX_TARGETS]);
/* Creates through compute_create. */
struct compute *parity_create(const struct parity_target *target, const struct compute_desc *desc,
                              struct error *err);

/* A program with what it runs on. */
struct parity_case {
    char name[200];
    struct program program;
    int batch;       /* samples of a training batch; the data has a few more */
    int probe_batch; /* at most `batch` */
    bool bytes;      /* pixels as bytes, else as floats */
    bool targets;    /* float targets; labels too unless `unlabelled` */
    bool unlabelled;
    bool input_gradients;
    struct optimizer optimizer;
    int steps; /* training steps to compare */
    uint64_t seed;
};

struct parity_report {
    const char *target;
    int cases, checks, failures;
    int unclear;  /* runs that were not compared because of a kink */
    double worst; /* largest difference so far, as a share of what is allowed */
    char worst_check[400];
    char first_failure[400];
};

/* Compares `target` with the reference on one case. */
void parity_run(const struct parity_target *target, const struct parity_case *c,
                struct parity_report *report);
/* How often `target` takes an answer that is no number for right, or right ones beside it for wrong: all
 * losses to labels, NaN at every place of samples that fill some vectors and a part of one. */
int parity_no_numbers(const struct parity_target *target);
/* Compares the reference's gradients with finite differences on one case. */
void parity_differentiate(const struct parity_case *c, struct parity_report *report);

/* Case number `index` of the fixed list of all operations, activations, losses and optimizers over
 * random shapes; free with parity_case_deinit. `small` bounds the shapes for finite differences. */
int parity_case_count(void);
void parity_case_init(struct parity_case *c, int index, bool small);
void parity_case_deinit(struct parity_case *c);

#endif
