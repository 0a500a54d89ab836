/* How parameters start: Keras's initializers by name, their ranges and draws. */
#ifndef LS_NN_INITIALIZER_H
#define LS_NN_INITIALIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum initializer_kind {
    INITIALIZER_USUAL, /* weights: He uniform before a ReLU, else Glorot uniform; biases: 0 */
    INITIALIZER_CONSTANT,
    INITIALIZER_UNIFORM,
    INITIALIZER_NORMAL,
    INITIALIZER_TRUNCATED_NORMAL /* drawn again beyond two deviations */
};
/* FAN_WEIGHT_IN is the fan in of the layer's weight, for its bias as well. */
enum initializer_fan { FAN_NONE, FAN_IN, FAN_OUT, FAN_AVERAGE, FAN_WEIGHT_IN };

/* With a fan n, values of mean 0 and variance scale / n: Glorot and Bengio 2010 (average, 1), He et al. 2015
 * (in, 2), LeCun et al. 1998 (in, 1); PyTorch's own start of Linear and Conv2d is uniform (weight's in, 1/3),
 * which is ±1/√fan_in. Without one, `a` is the constant, the low end or the mean, `b` the high
 * end or the deviation. */
struct initializer {
    enum initializer_kind kind;
    enum initializer_fan fan;
    float scale, a, b;
};

/* "he_uniform", "random_normal(0, 0.05)", …; "usual" for INITIALIZER_USUAL. */
void initializer_describe(const struct initializer *initializer, char *text, size_t size);

/* NAME or NAME:key=value,key=value with the names and keys of model files: "he_normal",
 * "random_normal:stddev=0.1". */
bool initializer_parse(const char *text, struct initializer *initializer, struct error *err);

/* Fills `values` with the draws of (seed, RNG_INIT, layer). Not for INITIALIZER_USUAL. */
void initializer_fill(const struct initializer *initializer, double fan_in, double fan_out, uint64_t seed,
                      uint32_t layer, float *values, size_t count);

#endif
