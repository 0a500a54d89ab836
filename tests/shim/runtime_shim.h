/* A CUDA runtime for tests: one device, whose memory is the host's. Link ls_cuda_shim before ls_compute, and
 * cuda_runtime() returns it. */
#ifndef LS_TESTS_RUNTIME_SHIM_H
#define LS_TESTS_RUNTIME_SHIM_H

#include "compute/cuda/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Work on streams runs at once; or, when late, all of it in the order of its coming when somebody waits for
 * any of it, or asks an event a second time: results that are read too early are then still missing. */
void shim_set_late(bool late);

/* Call number `call` from now on (0: the next) of the functions that can fail returns `error`; when `lost`,
 * every later one too. Negative: none. */
void shim_fail(long call, int error, bool lost);
long shim_calls(void); /* of such functions, since the program began */

/* How the device reaches OpenGL's buffers; NULL, as at first: it drives no context. A mapped buffer is a copy
 * in memory of its own, elsewhere at each map. */
struct shim_gl {
    int device; /* that drives the context: this one is 0 */
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
