/* For inline functions that C, C++ and CUDA kernels share. */
#ifndef LS_BASE_HOST_DEVICE_H
#define LS_BASE_HOST_DEVICE_H

#ifdef __CUDACC__
#define LS_HOST_DEVICE static __host__ __device__ inline
#else
#define LS_HOST_DEVICE static inline
#endif

#endif
