/* Which dense products of training cuBLASLt makes: those of large layers that it was measured to make faster
 * than our own kernel, on this device, before the first step. What was measured is kept in the user's cache
 * folder, so that later runs choose, and compute, the same. LAYERSCOPE_CUBLASLT: off, always, or from how
 * many multiplications on products are measured. */
#ifndef LS_COMPUTE_CUDA_PRODUCTS_H
#define LS_COMPUTE_CUDA_PRODUCTS_H

#include "compute/cuda/cublaslt.h"
#include "compute/cuda/propagate.h"

struct cuda_compute;

enum product_kind { PRODUCT_FORWARD, PRODUCT_INPUT, PRODUCT_WEIGHT, PRODUCT_KIND_COUNT };

struct cuda_products {
    struct cublaslt *lt;
    struct cublaslt_product *(*chosen)[PRODUCT_KIND_COUNT]; /* (op_count); NULL: our own kernel */
    void *workspace;                                        /* device */
    bool refused; /* the library failed at what it had promised; our own kernels take over */
};

/* Before the first step of training, whose memory and first batch are ready: its results are overwritten. */
void cuda_products_init(struct cuda_compute *cuda, const struct cuda_work *work);
void cuda_products_deinit(struct cuda_compute *cuda);

/* What propagate.c asks for operation number `op`; false: not made, the caller's own kernel does it. */
bool cuda_products_forward(struct cuda_products *products, const struct cuda_op *op, int number,
                           const struct cuda_work *work, struct CUstream_st *stream);
/* Parameter gradients and, where `dx` is set, the input's. Overwrites dLoss/dy by dLoss/d(W x + b)
 * and what lies behind the batch in x and dLoss/dy by 0. */
bool cuda_products_backward(struct cuda_products *products, const struct cuda_op *op, int number,
                            const struct cuda_work *work, float *dx, struct CUstream_st *stream);

#endif
