/* The answer of a build made without the CUDA toolkit. */
#include "compute/cuda/cuda_device.h"

#include <stdio.h>
#include <string.h>

void cuda_query(struct cuda_status *status)
{
    memset(status, 0, sizeof *status);
    snprintf(status->problem, sizeof status->problem, "this build was made without the CUDA toolkit");
}
