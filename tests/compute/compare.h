/* Two backends side by side on one case. */
#ifndef LS_TESTS_COMPARE_H
#define LS_TESTS_COMPARE_H

#include "parity.h"
#include "parity_data.h"

/* What parity.h allows, as a share of the scale. */
static const double compare_tolerance = 1e-5;

/* Rounding moves a value by less than this; see kinks in parity.h. */
static const double compare_kink_distance = 4e-6;

struct pair {
    const struct parity_case *c;
    const struct parity_data *data;
    struct compute *reference, *other;
    float *expected, *got; /* scratch for any tensor of any batch, the parameters or the buffers, of each */
    struct parity_report *report;
};

/* Which gradients compute.h promises. */
enum gradients { GRADIENTS_NONE, GRADIENTS_OF_RUN, GRADIENTS_OF_STEP };

/* Compares values first … first+count-1 of pair->expected and pair->got on the given scale. */
void compare_values(const struct pair *p, const char *what, size_t first, size_t count, double scale);
/* The first `count` values on their own scale. */
void compare_tensor(const struct pair *p, const char *what, size_t count);
/* The first `count` values bit by bit. */
void compare_exactly(const struct pair *p, const char *what, size_t count);

/* `ties` samples may count as correct in one and not in the other; the gradient's norm is compared on a scale
 * of at least `gradient_scale`. */
void compare_metrics(const struct pair *p, const char *what, const struct batch_metrics *expected,
                     const struct batch_metrics *got, int ties, double gradient_scale);
/* The scale of the gradient's norm in the reference's last batch of the slot; see compare_scale.h. */
double compare_gradient_scale(const struct pair *p, enum compute_slot slot, int batch);
/* How many samples have two outputs so near to each other that rounding may decide which is larger. */
int compare_near_ties(const float *outputs, size_t width, int batch);

/* Reads from both and compares. */
void compare_parameter_gradients(const struct pair *p, const char *what, enum compute_slot slot, int batch);
void compare_tensors(const struct pair *p, const char *what, enum compute_slot slot, int batch,
                     enum gradients gradients);

/* Did the reference's last forward in the slot stay clear of every kink? Otherwise counts what is not
 * compared. */
bool compare_is_clear(const struct pair *p, enum compute_slot slot);

/* Runs the same batch on both and compares everything; the other one's data may have another number. */
void compare_run(const struct pair *p, const char *what, enum compute_slot slot,
                 const struct compute_batch *batch, int other_data, bool backward);

/* Everything readable of a slot of the other backend after a backward run, in fresh memory. */
float *compare_read_all(const struct pair *p, enum compute_slot slot, int batch, size_t *count);
/* Two results of compare_read_all, bit by bit. */
void compare_all(const struct pair *p, const char *what, float *expected, float *got, size_t count);

double compare_largest(const float *values, size_t count); /* magnitude */
int compare_output_tensor(const struct pair *p);

#endif
