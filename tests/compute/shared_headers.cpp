// The headers that C and CUDA share, seen by a C++ compiler as nvcc sees them.
#include "base/rng.h"
#include "compute/op.h"
#include "compute/op_math.h"

float shared_headers_are_cpp(float x);

float shared_headers_are_cpp(float x)
{
    const optimizer adam = {OPTIMIZER_ADAM, 0.9f, 0.9f, 0.999f, 1e-8f, 0.99f, 0.0f, 0.0f, 0.0f, 0.0f, 0.55f};
    const adam_step step = op_adam_step(&adam, 1e-3f, 1);
    float w = op_activate(ACTIVATION_TANH, 0.0f, x), m = 0.0f, v = 0.0f;
    op_adam(&w, &m, &v, rng_uniform(1, RNG_TEST, 0, 0), &step);
    return w;
}
