/* What reaches a stream when kernels run on the CPU: the seam between the shimmed launches and the fake CUDA
 * runtime (runtime_shim.c). */
#ifndef LS_TESTS_SHIM_RECORD_H
#define LS_TESTS_SHIM_RECORD_H

#ifdef __cplusplus
extern "C" {
#endif

struct CUstream_st;

/* Runs function(context) at once, or when its turn comes, and then destroy(context); or, while `stream` is
 * captured, keeps both: each launch of the graph runs the function, in the order of recording, and the graph's
 * end destroys the context. On a stream of another device than the thread's, or when the device is lost, it
 * leaves an error and runs nothing. `context` is the caller's own copy of everything that the function reads
 * but device memory. The NULL stream is a programmer's mistake, as in the program. */
void shim_record(struct CUstream_st *stream, void (*function)(void *context), void *context,
                 void (*destroy)(void *context));

/* The last error of the calling thread, as CUDA keeps it; `take`: and forgets it. */
int shim_last_error(int take);
void shim_set_last_error(int error);
const char *shim_error_text(int error);

#ifdef __cplusplus
}
#endif

#endif
