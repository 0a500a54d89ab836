// Enough of CUDA's language for the sources in kernels/ to run on the CPU, for tests. Each thread of a block
// is a fiber. Forward and in reverse blocks run one after the other and threads from barrier to barrier;
// shuffled, four blocks are under way at once, and each is left in the middle of its threads.
//
// What it finds that a GPU would not say:
// - shared memory is all ones (NaN) before a block begins; each variable has a guard behind it;
// - a barrier or a shuffle that not all threads reach at the same place in the source ends the program with a
//   message that names kernel, block, threads and lines; so does a block with more shared memory than one
//   has;
// - a launch beyond what a GPU takes does nothing, and is the last error;
// - in reverse and shuffled order a read that lacks its barrier comes too early.
// What it cannot find: missing memory fences, for memory is in order here, and races between two barriers
// whose outcome is the same in all three orders. Launches go through shim_record (shim_record.h), so streams
// and graphs are those of runtime_shim.h.
#ifndef LS_TESTS_SHIM_H
#define LS_TESTS_SHIM_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <tuple>

#include "shim_record.h"

using std::isnan;

#define __global__ static
#define __device__
#define __host__
#define __launch_bounds__(...)

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

// Of the running thread.
extern dim3 threadIdx, blockIdx, blockDim, gridDim;

typedef int cudaError_t;
enum { cudaSuccess = 0, cudaErrorInvalidConfiguration = 9 };
inline cudaError_t cudaGetLastError(void) { return shim_last_error(true); }
inline cudaError_t cudaPeekAtLastError(void) { return shim_last_error(false); }
inline const char *cudaGetErrorString(cudaError_t error) { return shim_error_text(error); }

struct cudaFuncAttributes {};
inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *, void (*)()) { return cudaSuccess; }

// What the macros below call.
void shim_enqueue(const char *kernel, dim3 grid, dim3 block, size_t dynamic_bytes, struct CUstream_st *stream,
                  std::function<void()> thread);
void shim_barrier(const char *file, int line);
// Exchanges 4 bytes within the warp.
uint32_t shim_shuffle_xor(uint32_t mask, uint32_t value, int distance, const char *file, int line);
void shim_warp_barrier(uint32_t mask, const char *file, int line);
// The block's memory for the variable that `key` stands for.
void *shim_shared(const void *key, size_t bytes);
void *shim_dynamic_shared(void);

// The arguments are copied, as a launch copies them: the kernel may run later.
template <class... P, class... A>
void shim_launch(const char *name, dim3 grid, dim3 block, size_t dynamic_bytes, struct CUstream_st *stream,
                 void (*kernel)(P...), A... arguments)
{
    const std::tuple<P...> copies(arguments...);
    shim_enqueue(name, grid, block, dynamic_bytes, stream, [=] { std::apply(kernel, copies); });
}
#define LS_LAUNCH_ONLY(kernel, grid, block, shared_bytes, stream, ...)                                       \
    shim_launch(#kernel, (grid), (block), (shared_bytes), (stream), kernel, __VA_ARGS__)

// A static of the enclosing function tells variables, and instances of a template, apart.
template <class T> T &shim_shared_variable(const void *key)
{
    return *static_cast<T *>(shim_shared(key, sizeof(T)));
}
#define LS_SHARED(type, name)                                                                                \
    static char name##_key;                                                                                  \
    typedef type name##_type;                                                                                \
    name##_type &name = shim_shared_variable<name##_type>(&name##_key)
#define LS_SHARED_ARRAY(type, name, count)                                                                   \
    static char name##_key;                                                                                  \
    type(&name)[count] = shim_shared_variable<type[count]>(&name##_key)
#define LS_DYNAMIC_SHARED(type, name) type *const name = static_cast<type *>(shim_dynamic_shared())

#define __syncthreads() shim_barrier(__FILE__, __LINE__)
#define __syncwarp() shim_warp_barrier(0xffffffffu, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, distance) shim_shuffle(mask, value, distance, __FILE__, __LINE__)

template <class T> T shim_shuffle(uint32_t mask, T value, int distance, const char *file, int line)
{
    static_assert(sizeof(T) == 4, "the shim shuffles 4 bytes");
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    bits = shim_shuffle_xor(mask, bits, distance, file, line);
    std::memcpy(&value, &bits, 4);
    return value;
}

// Threads run one at a time: nothing is torn, nothing is late.
inline void __threadfence(void) {}
template <class T> T __ldcg(const T *p) { return *p; }
inline unsigned atomicAdd(unsigned *p, unsigned value)
{
    const unsigned old = *p;
    *p += value;
    return old;
}
inline uint32_t __umulhi(uint32_t a, uint32_t b) { return (uint32_t)(((uint64_t)a * b) >> 32); }

#endif
