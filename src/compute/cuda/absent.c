/* A build without the CUDA toolkit. */
#include "compute/backend.h"
#include "compute/cuda/device.h"
#include "compute/cuda/runtime.h"

const struct cuda_runtime *cuda_runtime(void) { return NULL; }

struct compute *cuda_create(const struct compute_desc *desc, struct error *err)
{
    (void)desc;
    struct cuda_status status;
    cuda_query(NULL, &status);
    error_set(err, "backend cuda: %s; use --backend cpu", status.problem);
    return NULL;
}
