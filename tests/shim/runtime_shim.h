/* A CUDA runtime for tests: devices whose memory is the host's. Link ls_cuda_shim before ls_compute, and
 * cuda_runtime() returns it. As in CUDA, each thread chooses its device, and an error that a call returns
 * stays the thread's last one until it is asked for. */
#ifndef LS_TESTS_RUNTIME_SHIM_H
#define LS_TESTS_RUNTIME_SHIM_H

#include "compute/cuda/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Work on streams runs at once; or, when late, when somebody waits for it or asks an event again. Every
 * stream has a queue of its own, and those that nobody waits for go on as well or do not, by draws from the
 * seed: what is read, overwritten or freed too early is then wrong under some seed. */
void shim_set_late(bool late);
void shim_set_seed(uint64_t seed);
/* To plant a mistake: streams and the host wait for no event any more, and events are always there. */
void shim_forget_events(bool forget);

/* Call number `call` from now on (0: the next) of the functions that can fail returns `error`; when `lost`,
 * every later one too, and launches leave it behind. Negative: none. */
void shim_fail(long call, int error, bool lost);
long shim_calls(void); /* of such functions, since the program began */
/* Copies from or to host memory that is not pinned: they wait, as CUDA's may. */
long shim_pageable_copies(void);

/* By their compute capability; at first there is one of 9.0. */
enum { SHIM_MOST_DEVICES = 4 };
struct shim_device {
    int major, minor;
};
void shim_set_devices(const struct shim_device *devices, int count);

/* How the device reaches OpenGL's buffers; NULL, as at first: it drives no context. A mapped buffer is a copy
 * in memory of its own, elsewhere at each map. */
struct shim_gl {
    int device; /* that drives the context */
    size_t (*size)(unsigned buffer);
    void (*read)(unsigned buffer, void *to, size_t bytes);
    void (*write)(unsigned buffer, const void *from, size_t bytes);
};
void shim_set_gl(const struct shim_gl *functions);

/* What is not freed yet. */
struct shim_alive {
    int memory, pinned, streams, events, graphs, executables, resources;
};
struct shim_alive shim_alive(void);
/* Launches of graphs, and of what else reached a stream outside of them, since the program began. */
long shim_graph_launches(void);
long shim_single_launches(void);

#ifdef __cplusplus
}
#endif

#endif
