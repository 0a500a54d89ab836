/* One vector of floats in the instruction set that this file is compiled for: GCC vector extensions,
 * so that the same source makes code for any CPU. LS_ISA_AVX512 or LS_ISA_AVX2, set by the build, says which;
 * neither: any CPU. Only kernel sources include it. */
#ifndef LS_COMPUTE_CPU_SIMD_H
#define LS_COMPUTE_CPU_SIMD_H

#include <stddef.h>
#include <stdint.h>
#if defined(LS_ISA_AVX2) || defined(LS_ISA_AVX512)
#include <immintrin.h>
#endif

/* LANES: floats of a vector. LS_WIDE_TILES: 32 registers, room for about 28 accumulators; else 16. */
#if defined(LS_ISA_AVX512)
enum { LANES = 16 };
#define LS_KERNEL(name) name##_avx512
#define LS_WIDE_TILES 1
#elif defined(LS_ISA_AVX2)
enum { LANES = 8 };
#define LS_KERNEL(name) name##_avx2
#define LS_WIDE_TILES 0
#else
enum { LANES = 4 };
#define LS_KERNEL(name) name##_generic
#define LS_WIDE_TILES 0
#endif

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), may_alias));
typedef int32_t int_vec __attribute__((vector_size(LANES * sizeof(float)), may_alias));
typedef float unaligned_vec __attribute__((vector_size(LANES * sizeof(float)), may_alias, aligned(4)));

/* For tile functions whose sizes are constants at each call. */
#define LS_INLINE static inline __attribute__((always_inline))

LS_INLINE vec vec_load(const float *p) { return *(const vec *)p; }
LS_INLINE vec vec_load_unaligned(const float *p) { return *(const unaligned_vec *)p; }
LS_INLINE void vec_store(float *p, vec v) { *(vec *)p = v; }
LS_INLINE void vec_store_unaligned(float *p, vec v) { *(unaligned_vec *)p = v; }
LS_INLINE vec vec_all(float x) { return x - (vec){0}; }

/* a · b + c, in one rounding where the instruction set has it. */
LS_INLINE vec vec_fma(vec a, vec b, vec c)
{
#if defined(LS_ISA_AVX512)
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(LS_ISA_AVX2)
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    return a * b + c;
#endif
}

/* Comparisons give a mask of lanes. */
#if defined(LS_ISA_AVX512)
typedef __mmask16 vec_mask;
LS_INLINE vec_mask vec_equal(vec a, vec b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_EQ_OQ); }
LS_INLINE vec_mask vec_greater(vec a, vec b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GT_OQ); }
LS_INLINE vec vec_where(vec_mask mask, vec v) { return (vec)_mm512_maskz_mov_ps(mask, (__m512)v); }
LS_INLINE vec_mask mask_not(vec_mask mask) { return (vec_mask)~mask; }
#else
typedef int_vec vec_mask;
LS_INLINE vec_mask vec_equal(vec a, vec b) { return a == b; }
LS_INLINE vec_mask vec_greater(vec a, vec b) { return a > b; }
/* v where the mask is set, else 0. */
LS_INLINE vec vec_where(vec_mask mask, vec v) { return (vec)((int_vec)v & mask); }
LS_INLINE vec_mask mask_not(vec_mask mask) { return ~mask; }
#endif

/* a > b ? a : b, lane by lane: b where one is NaN. */
LS_INLINE vec vec_max(vec a, vec b)
{
#if defined(LS_ISA_AVX512)
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(LS_ISA_AVX2)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    const int_vec greater = a > b;
    return (vec)(((int_vec)a & greater) | ((int_vec)b & ~greater));
#endif
}
/* NaN stays NaN, as in op_relu. */
LS_INLINE vec vec_relu(vec v) { return vec_max((vec){0}, v); }

LS_INLINE float vec_sum(vec v)
{
#if defined(LS_ISA_AVX512)
    return _mm512_reduce_add_ps((__m512)v);
#else
    float lanes[LANES];
    *(unaligned_vec *)lanes = v;
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            lanes[i] += lanes[i + width];
    return lanes[0];
#endif
}

#endif
