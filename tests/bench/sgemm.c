/* OpenBLAS through dlopen. */
#include "sgemm.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

enum { SIZE = 1024, ROW_MAJOR = 101, NO_TRANSPOSE = 111, MAX_RUNS = 256 };

struct sgemm {
    void *library;
    void (*multiply)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                     const float *a, int lda, const float *b, int ldb, float beta, float *c,
                     int ldc); /* cblas_sgemm */
    void (*set_threads)(int threads);
    char *(*core_name)(void);
    float *a, *b, *c;
};

/* An OpenBLAS older than the CPU does not know it and takes code for machines of 2004, a tenth as fast:
 * that would be no roof. */
static void ask_for_wide_code(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f"))
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
    else if (__builtin_cpu_supports("avx2"))
        setenv("OPENBLAS_CORETYPE", "Haswell", 0);
#endif
}

struct sgemm *sgemm_create(struct error *err)
{
    ask_for_wide_code();
    struct sgemm *sgemm = ls_calloc(1, sizeof *sgemm);
    sgemm->library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!sgemm->library) {
        error_set(err, "sgemm: cannot load OpenBLAS: %s; install libopenblas0", dlerror());
        free(sgemm);
        return NULL;
    }
    /* POSIX lets a data pointer from dlsym hold a function; ISO C has no cast for it. */
    *(void **)&sgemm->multiply = dlsym(sgemm->library, "cblas_sgemm");
    *(void **)&sgemm->set_threads = dlsym(sgemm->library, "openblas_set_num_threads");
    *(void **)&sgemm->core_name = dlsym(sgemm->library, "openblas_get_corename");
    if (!sgemm->multiply || !sgemm->set_threads || !sgemm->core_name) {
        error_set(
            err, "sgemm: expected cblas_sgemm in libopenblas.so.0, found none; install libopenblas0-pthread");
        sgemm_destroy(sgemm);
        return NULL;
    }
    sgemm->a = ls_calloc_aligned((size_t)SIZE * SIZE, sizeof *sgemm->a);
    sgemm->b = ls_calloc_aligned((size_t)SIZE * SIZE, sizeof *sgemm->b);
    sgemm->c = ls_calloc_aligned((size_t)SIZE * SIZE, sizeof *sgemm->c);
    for (int i = 0; i < SIZE * SIZE; i++) {
        sgemm->a[i] = (float)(i % 251) * 0.01f;
        sgemm->b[i] = (float)(i % 241) * 0.01f;
    }
    return sgemm;
}

void sgemm_destroy(struct sgemm *sgemm)
{
    if (!sgemm)
        return;
    free(sgemm->a);
    free(sgemm->b);
    free(sgemm->c);
    dlclose(sgemm->library);
    free(sgemm);
}

const char *sgemm_core_name(const struct sgemm *sgemm) { return sgemm->core_name(); }

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_rate(struct sgemm *sgemm, double seconds)
{
    double rates[MAX_RUNS];
    int runs = 0;
    const double end = clock_seconds() + seconds;
    while (runs < 3 || (runs < MAX_RUNS && clock_seconds() < end)) {
        const double start = clock_seconds();
        sgemm->multiply(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, SIZE, SIZE, SIZE, 1.0f, sgemm->a, SIZE,
                        sgemm->b, SIZE, 0.0f, sgemm->c, SIZE);
        rates[runs++] = 2.0 * SIZE * SIZE * SIZE / (clock_seconds() - start) * 1e-9;
    }
    qsort(rates, (size_t)runs, sizeof *rates, ascending);
    return rates[runs / 2];
}

double sgemm_measure(struct sgemm *sgemm, int threads, double seconds)
{
    double best = 0.0;
    for (int count = 1; count <= threads; count++) {
        sgemm->set_threads(count);
        const double rate = median_rate(sgemm, seconds / threads);
        best = rate > best ? rate : best;
    }
    return best;
}
