/* Products of matrices by NVIDIA's cuBLASLt, which is looked for at run time: the program works without it.
 * LAYERSCOPE_CUBLASLT=off leaves it alone; LAYERSCOPE_CUBLASLT_LIBRARY names the file to load. */
#ifndef LS_COMPUTE_CUDA_CUBLASLT_H
#define LS_COMPUTE_CUDA_CUBLASLT_H

#include <stdbool.h>
#include <stddef.h>

struct CUstream_st;
struct cublaslt;

/* The library, or NULL; `text` says which and its version, or why there is none. */
struct cublaslt *cublaslt_open(char *text, size_t capacity);
void cublaslt_close(struct cublaslt *lt); /* NULL is fine */

/* D (rows, columns) = op(A) op(B), all in column order: op(A) is (rows, inner), op(B) (inner, columns).
 * float32 with sums in float32, no TF32, no split sums: the same bits each time. Bias and activation are the
 * caller's: the library's ReLU makes 0 of NaN, and its bias has to lie at a multiple of 16 bytes. */
struct cublaslt_shape {
    int rows, columns, inner;
    bool transpose_a, transpose_b; /* A is stored (inner, rows), B (columns, inner) */
};

enum { CUBLASLT_WORKSPACE = 32 << 20 }; /* bytes of device memory; products of one stream share it */

struct cublaslt_product;

/* Chooses the library's first algorithm for these addresses' alignment. NULL: it has none. */
struct cublaslt_product *cublaslt_product_create(struct cublaslt *lt, const struct cublaslt_shape *shape,
                                                 const float *a, const float *b, const float *d);
void cublaslt_product_destroy(struct cublaslt_product *product);
/* Enqueues; false when the library refuses. */
bool cublaslt_product_run(const struct cublaslt_product *product, const float *a, const float *b, float *d,
                          void *workspace, struct CUstream_st *stream);

#endif
