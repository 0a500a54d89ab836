/* The part of the library's C interface that is used here, by its documentation ("cuBLAS Library", chapter
 * "Using the cuBLASLt API"); opaque things are pointers. */
#include "compute/cuda/cublaslt.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Values of the library's enumerations. */
enum {
    TYPE_FLOAT = 0,          /* CUDA_R_32F */
    COMPUTE_FLOAT = 68,      /* CUBLAS_COMPUTE_32F */
    DESC_TRANSPOSE_A = 3,    /* CUBLASLT_MATMUL_DESC_TRANSA, int32_t */
    DESC_TRANSPOSE_B = 4,    /* CUBLASLT_MATMUL_DESC_TRANSB, int32_t */
    PREFER_WORKSPACE = 1,    /* CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t */
    PREFER_REDUCTION = 3,    /* CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, uint32_t; 0: no split sums */
    PREFER_ALIGNMENT_A = 5,  /* CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, uint32_t; then B, C, D */
    OPERATION_TRANSPOSE = 1, /* CUBLAS_OP_T */
    MOST_ALIGNMENT = 256
};

struct algorithm { /* cublasLtMatmulAlgo_t */
    uint64_t data[8];
};

struct heuristic { /* cublasLtMatmulHeuristicResult_t */
    struct algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};

struct cublaslt {
    void *library, *handle;
    size_t (*version)(void);
    int (*create)(void **handle);
    int (*destroy)(void *handle);
    int (*desc_create)(void **desc, int compute, int scale);
    int (*desc_destroy)(void *desc);
    int (*desc_set)(void *desc, int attribute, const void *value, size_t size);
    int (*layout_create)(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride);
    int (*layout_destroy)(void *layout);
    int (*preference_create)(void **preference);
    int (*preference_destroy)(void *preference);
    int (*preference_set)(void *preference, int attribute, const void *value, size_t size);
    int (*choose)(void *handle, void *desc, void *a, void *b, void *c, void *d, void *preference, int wanted,
                  struct heuristic *results, int *found);
    int (*multiply)(void *handle, void *desc, const void *alpha, const void *a, void *layout_a, const void *b,
                    void *layout_b, const void *beta, const void *c, void *layout_c, void *d, void *layout_d,
                    const struct algorithm *algorithm, void *workspace, size_t workspace_bytes,
                    struct CUstream_st *stream);
};

struct cublaslt_product {
    const struct cublaslt *lt;
    void *desc, *a, *b, *d;
    struct heuristic chosen;
};

static void *load(char *text, size_t capacity)
{
    static const char *const names[] = {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so",
                                        "/usr/local/cuda/lib64/libcublasLt.so"};
    const char *wanted = getenv("LAYERSCOPE_CUBLASLT_LIBRARY");
    const bool one = wanted && *wanted;
    for (size_t i = 0; i < (one ? 1 : sizeof names / sizeof *names); i++) {
        const char *name = one ? wanted : names[i];
        void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
        snprintf(text, capacity, "%s", library ? name : one ? dlerror() : "libcublasLt is not installed");
        if (library)
            return library;
    }
    return NULL;
}

/* POSIX lets a function's address travel as an object's. */
static bool find(struct cublaslt *lt, const char *name, void *function)
{
    void *address = dlsym(lt->library, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static bool find_all(struct cublaslt *lt)
{
    return find(lt, "cublasLtGetVersion", &lt->version) && find(lt, "cublasLtCreate", &lt->create) &&
           find(lt, "cublasLtDestroy", &lt->destroy) &&
           find(lt, "cublasLtMatmulDescCreate", &lt->desc_create) &&
           find(lt, "cublasLtMatmulDescDestroy", &lt->desc_destroy) &&
           find(lt, "cublasLtMatmulDescSetAttribute", &lt->desc_set) &&
           find(lt, "cublasLtMatrixLayoutCreate", &lt->layout_create) &&
           find(lt, "cublasLtMatrixLayoutDestroy", &lt->layout_destroy) &&
           find(lt, "cublasLtMatmulPreferenceCreate", &lt->preference_create) &&
           find(lt, "cublasLtMatmulPreferenceDestroy", &lt->preference_destroy) &&
           find(lt, "cublasLtMatmulPreferenceSetAttribute", &lt->preference_set) &&
           find(lt, "cublasLtMatmulAlgoGetHeuristic", &lt->choose) &&
           find(lt, "cublasLtMatmul", &lt->multiply);
}

struct cublaslt *cublaslt_open(char *text, size_t capacity)
{
    const char *wish = getenv("LAYERSCOPE_CUBLASLT");
    if (wish && strcmp(wish, "off") == 0) {
        snprintf(text, capacity, "LAYERSCOPE_CUBLASLT=off");
        return NULL;
    }
    void *library = load(text, capacity);
    if (!library)
        return NULL;
    struct cublaslt *lt = ls_calloc(1, sizeof *lt);
    lt->library = library;
    if (!find_all(lt)) {
        snprintf(text, capacity, "a function is missing: %s", dlerror());
        cublaslt_close(lt);
        return NULL;
    }
    const unsigned version = (unsigned)lt->version();
    const size_t used = strlen(text);
    snprintf(text + used, capacity - used, ", version %u.%u.%u", version / 10000, version / 100 % 100,
             version % 100);
    return lt;
}

void cublaslt_close(struct cublaslt *lt)
{
    if (!lt)
        return;
    if (lt->handle)
        lt->destroy(lt->handle);
    dlclose(lt->library);
    free(lt);
}

static uint32_t alignment(const void *address)
{
    const uintptr_t lowest = (uintptr_t)address & (~(uintptr_t)address + 1);
    return lowest < MOST_ALIGNMENT && lowest > 0 ? (uint32_t)lowest : MOST_ALIGNMENT;
}

static bool describe(struct cublaslt_product *product, const struct cublaslt_shape *shape)
{
    const struct cublaslt *lt = product->lt;
    const int32_t transpose = OPERATION_TRANSPOSE;
    const uint64_t rows = (uint64_t)shape->rows, columns = (uint64_t)shape->columns,
                   inner = (uint64_t)shape->inner;
    const uint64_t a_rows = shape->transpose_a ? inner : rows, a_columns = shape->transpose_a ? rows : inner;
    const uint64_t b_rows = shape->transpose_b ? columns : inner,
                   b_columns = shape->transpose_b ? inner : columns;
    return lt->desc_create(&product->desc, COMPUTE_FLOAT, TYPE_FLOAT) == 0 &&
           (!shape->transpose_a ||
            lt->desc_set(product->desc, DESC_TRANSPOSE_A, &transpose, sizeof transpose) == 0) &&
           (!shape->transpose_b ||
            lt->desc_set(product->desc, DESC_TRANSPOSE_B, &transpose, sizeof transpose) == 0) &&
           lt->layout_create(&product->a, TYPE_FLOAT, a_rows, a_columns, (int64_t)a_rows) == 0 &&
           lt->layout_create(&product->b, TYPE_FLOAT, b_rows, b_columns, (int64_t)b_rows) == 0 &&
           lt->layout_create(&product->d, TYPE_FLOAT, rows, columns, (int64_t)rows) == 0;
}

static bool choose(struct cublaslt_product *product, const float *a, const float *b, const float *d)
{
    const struct cublaslt *lt = product->lt;
    const uint64_t workspace = CUBLASLT_WORKSPACE;
    const uint32_t reduction = 0, alignments[] = {alignment(a), alignment(b), alignment(d), alignment(d)};
    void *preference = NULL;
    int found = 0;
    bool ok = lt->preference_create(&preference) == 0 &&
              lt->preference_set(preference, PREFER_WORKSPACE, &workspace, sizeof workspace) == 0 &&
              lt->preference_set(preference, PREFER_REDUCTION, &reduction, sizeof reduction) == 0;
    for (int i = 0; i < 4; i++)
        ok = ok && lt->preference_set(preference, PREFER_ALIGNMENT_A + i, &alignments[i],
                                      sizeof alignments[i]) == 0;
    ok = ok && lt->choose(lt->handle, product->desc, product->a, product->b, product->d, product->d,
                          preference, 1, &product->chosen, &found) == 0;
    if (preference)
        lt->preference_destroy(preference);
    return ok && found > 0 && product->chosen.state == 0 && product->chosen.workspace <= workspace;
}

struct cublaslt_product *cublaslt_product_create(struct cublaslt *lt, const struct cublaslt_shape *shape,
                                                 const float *a, const float *b, const float *d)
{
    if (!lt->handle && lt->create(&lt->handle) != 0)
        return NULL;
    struct cublaslt_product *product = ls_calloc(1, sizeof *product);
    product->lt = lt;
    if (describe(product, shape) && choose(product, a, b, d))
        return product;
    cublaslt_product_destroy(product);
    return NULL;
}

void cublaslt_product_destroy(struct cublaslt_product *product)
{
    if (!product)
        return;
    const struct cublaslt *lt = product->lt;
    void *const layouts[] = {product->a, product->b, product->d};
    for (int i = 0; i < 3; i++)
        if (layouts[i])
            lt->layout_destroy(layouts[i]);
    if (product->desc)
        lt->desc_destroy(product->desc);
    free(product);
}

bool cublaslt_product_run(const struct cublaslt_product *product, const float *a, const float *b, float *d,
                          void *workspace, struct CUstream_st *stream)
{
    const float one = 1.0f, zero = 0.0f;
    return product->lt->multiply(product->lt->handle, product->desc, &one, a, product->a, b, product->b,
                                 &zero, d, product->d, d, product->d, &product->chosen.algorithm, workspace,
                                 CUBLASLT_WORKSPACE, stream) == 0;
}
