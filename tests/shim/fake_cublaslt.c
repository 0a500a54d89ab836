/* cuBLASLt's part that src/compute/cuda/cublaslt.c calls, in plain loops: a library of its own that is loaded
 * by name, and enqueues through the program that loads it (shim_record.h). Refuses what the real one would.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shim_record.h"

enum { OK = 0, INVALID = 7, TRANSPOSE_A = 3, TRANSPOSE_B = 4, MOST_ALGORITHMS = 1, MAGIC = 4711 };
enum { FIRST_ALIGNMENT = 5, ALIGNMENTS = 4, USUAL_ALIGNMENT = 256 };

struct desc {
    int32_t transpose_a, transpose_b;
};

struct preference {
    uint32_t alignments[ALIGNMENTS]; /* of A, B, C and D */
};

struct layout {
    uint64_t rows, columns;
    int64_t stride;
};

struct result {
    uint64_t algorithm[8];
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

size_t cublasLtGetVersion(void);
int cublasLtCreate(void **handle);
int cublasLtDestroy(void *handle);
int cublasLtMatmulDescCreate(void **desc, int compute, int scale);
int cublasLtMatmulDescDestroy(void *desc);
int cublasLtMatmulDescSetAttribute(void *desc, int attribute, const void *value, size_t size);
int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride);
int cublasLtMatrixLayoutDestroy(void *layout);
int cublasLtMatmulPreferenceCreate(void **preference);
int cublasLtMatmulPreferenceDestroy(void *preference);
int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t size);
int cublasLtMatmulAlgoGetHeuristic(void *handle, void *desc, void *a, void *b, void *c, void *d,
                                   void *preference, int wanted, struct result *results, int *found);
int cublasLtMatmul(void *handle, void *desc, const void *alpha, const void *a, void *layout_a, const void *b,
                   void *layout_b, const void *beta, const void *c, void *layout_c, void *d, void *layout_d,
                   const uint64_t *algorithm, void *workspace, size_t workspace_bytes,
                   struct CUstream_st *stream);

static int make(void **out, size_t size) { return (*out = calloc(1, size)) ? OK : INVALID; }

static int unmake(void *what)
{
    free(what);
    return what ? OK : INVALID;
}

size_t cublasLtGetVersion(void) { return 130002; }
int cublasLtCreate(void **handle) { return make(handle, 1); }
int cublasLtDestroy(void *handle) { return unmake(handle); }

int cublasLtMatmulDescCreate(void **desc, int compute, int scale)
{
    return compute == 68 && scale == 0 ? make(desc, sizeof(struct desc)) : INVALID;
}

int cublasLtMatmulDescDestroy(void *desc) { return unmake(desc); }

int cublasLtMatmulDescSetAttribute(void *desc, int attribute, const void *value, size_t size)
{
    struct desc *to = desc;
    switch (attribute) {
    case TRANSPOSE_A:
        return size == 4 ? memcpy(&to->transpose_a, value, size), OK : INVALID;
    case TRANSPOSE_B:
        return size == 4 ? memcpy(&to->transpose_b, value, size), OK : INVALID;
    default:
        return INVALID;
    }
}

int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride)
{
    if (type != 0 || stride < (int64_t)rows || make(layout, sizeof(struct layout)) != OK)
        return INVALID;
    *(struct layout *)*layout = (struct layout){rows, columns, stride};
    return OK;
}

int cublasLtMatrixLayoutDestroy(void *layout) { return unmake(layout); }

int cublasLtMatmulPreferenceCreate(void **preference)
{
    if (make(preference, sizeof(struct preference)) != OK)
        return INVALID;
    for (int i = 0; i < ALIGNMENTS; i++)
        ((struct preference *)*preference)->alignments[i] = USUAL_ALIGNMENT;
    return OK;
}

int cublasLtMatmulPreferenceDestroy(void *preference) { return unmake(preference); }

int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t size)
{
    struct preference *to = preference;
    const int is_workspace = attribute == 1, is_mask = attribute == 3, which = attribute - FIRST_ALIGNMENT;
    if (which < 0 || which >= ALIGNMENTS)
        return preference && ((is_workspace && size == 8) || (is_mask && size == 4)) ? OK : INVALID;
    return size == 4 ? memcpy(&to->alignments[which], value, size), OK : INVALID;
}

/* op(A) (rows, inner) times op(B) (inner, columns) is D (rows, columns). */
static int fits(const struct desc *desc, const struct layout *a, const struct layout *b,
                const struct layout *d)
{
    const uint64_t rows = desc->transpose_a ? a->columns : a->rows,
                   inner = desc->transpose_a ? a->rows : a->columns;
    const uint64_t b_inner = desc->transpose_b ? b->columns : b->rows,
                   columns = desc->transpose_b ? b->rows : b->columns;
    return rows == d->rows && columns == d->columns && inner == b_inner;
}

int cublasLtMatmulAlgoGetHeuristic(void *handle, void *desc, void *a, void *b, void *c, void *d,
                                   void *preference, int wanted, struct result *results, int *found)
{
    if (!handle || !preference || wanted < 1 || c != d || !fits(desc, a, b, d))
        return INVALID;
    *results = (struct result){.algorithm = {MAGIC}};
    for (int i = 0; i < ALIGNMENTS; i++)
        results->algorithm[1 + i] = ((struct preference *)preference)->alignments[i];
    *found = MOST_ALGORITHMS;
    return OK;
}

/* Where the algorithm was told they would be. */
static int are_aligned(const uint64_t *algorithm, const void *a, const void *b, const void *c, const void *d)
{
    const void *const addresses[ALIGNMENTS] = {a, b, c, d};
    for (int i = 0; i < ALIGNMENTS; i++)
        if ((uintptr_t)addresses[i] % algorithm[1 + i] != 0)
            return 0;
    return 1;
}

struct call {
    struct desc desc;
    struct layout a, b, d;
    const float *from_a, *from_b;
    float *to;
};

static void multiply(void *context)
{
    const struct call *call = context;
    const struct desc *desc = &call->desc;
    const uint64_t inner = desc->transpose_a ? call->a.rows : call->a.columns;
    for (uint64_t column = 0; column < call->d.columns; column++)
        for (uint64_t row = 0; row < call->d.rows; row++) {
            float sum = 0.0f;
            for (uint64_t i = 0; i < inner; i++) {
                const uint64_t at_a = desc->transpose_a ? row * (uint64_t)call->a.stride + i
                                                        : i * (uint64_t)call->a.stride + row;
                const uint64_t at_b = desc->transpose_b ? i * (uint64_t)call->b.stride + column
                                                        : column * (uint64_t)call->b.stride + i;
                sum = fmaf(call->from_a[at_a], call->from_b[at_b], sum);
            }
            call->to[column * (uint64_t)call->d.stride + row] = sum;
        }
}

int cublasLtMatmul(void *handle, void *desc, const void *alpha, const void *a, void *layout_a, const void *b,
                   void *layout_b, const void *beta, const void *c, void *layout_c, void *d, void *layout_d,
                   const uint64_t *algorithm, void *workspace, size_t workspace_bytes,
                   struct CUstream_st *stream)
{
    float one, zero;
    memcpy(&one, alpha, sizeof one);
    memcpy(&zero, beta, sizeof zero);
    if (!handle || one != 1.0f || zero != 0.0f || c != d || layout_c != layout_d || !workspace ||
        workspace_bytes == 0 || algorithm[0] != MAGIC || !are_aligned(algorithm, a, b, c, d) ||
        !fits(desc, layout_a, layout_b, layout_d))
        return INVALID;
    struct call *call = calloc(1, sizeof *call);
    if (!call)
        return INVALID;
    *call = (struct call){*(struct desc *)desc,
                          *(struct layout *)layout_a,
                          *(struct layout *)layout_b,
                          *(struct layout *)layout_d,
                          (const float *)a,
                          (const float *)b,
                          (float *)d};
    shim_record(stream, multiply, call, free);
    return OK;
}
