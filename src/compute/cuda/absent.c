/* A build without the CUDA toolkit. */
#include "compute/cuda/runtime.h"

const struct cuda_runtime *cuda_runtime(void) { return NULL; }
