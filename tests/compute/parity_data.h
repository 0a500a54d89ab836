/* What a case runs on: samples, labels, targets and parameters, drawn from the case's seed. */
#ifndef LS_TESTS_PARITY_DATA_H
#define LS_TESTS_PARITY_DATA_H

#include "parity.h"

struct parity_data {
    uint32_t count; /* samples */
    size_t outputs; /* values of a sample's output */
    uint8_t *bytes; /* (count, channels, height, width); NULL when the case has floats */
    float *values;  /* the same as floats, always */
    int32_t *labels;
    float *targets;
    float *parameters;
    float *buffers;
    uint32_t *indices; /* (2·count) sample numbers, with repeats */
};

/* Draws again until no sample lies nearer than `distance` to a kink. */
void parity_data_init(struct parity_data *data, const struct parity_case *c, double distance);
void parity_data_deinit(struct parity_data *data);

/* The data as the case wants it bound, or with floats in place of bytes. */
struct compute_data parity_data_bound(const struct parity_data *data, const struct parity_case *c);
struct compute_data parity_data_as_floats(const struct parity_data *data, const struct parity_case *c);

struct compute_desc parity_desc(const struct parity_case *c);
/* The reference with the case's parameters and data (number 0). */
struct compute *parity_reference(const struct parity_case *c, const struct parity_data *data, int max_batch);

#endif
