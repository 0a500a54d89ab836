// Coroutines for the shim: cheap to switch, known to AddressSanitizer.
#ifndef LS_TESTS_FIBER_H
#define LS_TESTS_FIBER_H

struct fiber;

// A stack that can run one function after another.
struct fiber *fiber_create(void);
void fiber_destroy(struct fiber *fiber);

// Lets the fiber run `function(context)`, or go on with it, until it yields or ends. True: it ended.
bool fiber_start(struct fiber *fiber, void (*function)(void *), void *context);
bool fiber_resume(struct fiber *fiber);
// Called inside a fiber: back to who resumed it.
void fiber_yield(void);

#endif
