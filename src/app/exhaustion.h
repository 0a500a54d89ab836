/* The end of memory, and crashes in code of others (graphics drivers), with the run saved where that can be.
 */
#ifndef LS_APP_EXHAUSTION_H
#define LS_APP_EXHAUSTION_H

/* Once, at the start of the program: libraries that take memory through hooks end it as ls_calloc does, and a
 * crash under a limit of memory (ulimit -v, -d) is told as what it is, with exit status 1. */
void exhaustion_prepare(void);

/* `save` is called when the program is about to end for lack of memory, on whichever thread finds out, and
 * `after_crash` in the handler of a crash's signal, where it may wait for another thread but not allocate or
 * lock. NULL: nothing is to be saved; a crash without a limit of memory takes its usual course. */
void exhaustion_save_by(void (*save)(void *context), void (*after_crash)(void *context), void *context);

#endif
