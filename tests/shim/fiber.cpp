// Switching stacks: a few instructions on x86-64, swapcontext elsewhere (which asks the kernel about signals
// each time).
#include "fiber.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#define __sanitizer_finish_switch_fiber(fake, bottom, size) ((void)(fake), (void)(bottom), (void)(size))
#endif

namespace
{

constexpr size_t stack_bytes = 64 * 1024;
// Tops that are as far apart as pages would all fall into the same few lines of the processor's cache.
constexpr size_t stagger_bytes = 4096, stagger_step = 192;

#if defined(__x86_64__)
// Saves what a called function must keep, changes stacks, returns on the other one.
struct machine {
    void *stack;
};

extern "C" void shim_switch_stacks(void **from, void *to);
asm(R"(
    .text
    .globl shim_switch_stacks
    .type shim_switch_stacks, @function
shim_switch_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size shim_switch_stacks, .-shim_switch_stacks
    .section .note.GNU-stack,"",@progbits
    .text
)");

void machine_switch(machine *from, machine *to) { shim_switch_stacks(&from->stack, to->stack); }

void machine_init(machine *m, char *bottom, size_t size, void (*entry)())
{
    // Six registers, the address to go to, and that of a caller, which there is not: a called function finds
    // the stack 8 bytes off a multiple of 16.
    uint64_t *top = reinterpret_cast<uint64_t *>(bottom + size) - 1;
    *top = 0;
    *--top = reinterpret_cast<uint64_t>(entry);
    for (int i = 0; i < 6; i++)
        *--top = 0;
    m->stack = top;
}
#else
struct machine {
    ucontext_t context;
};

void machine_switch(machine *from, machine *to) { swapcontext(&from->context, &to->context); }

void machine_init(machine *m, char *bottom, size_t size, void (*entry)())
{
    getcontext(&m->context);
    m->context.uc_stack.ss_sp = bottom;
    m->context.uc_stack.ss_size = size;
    m->context.uc_link = nullptr;
    makecontext(&m->context, entry, 0);
}
#endif

} // namespace

struct fiber {
    machine inside, outside;
    char *stack;
    void (*function)(void *);
    void *context;
    bool ended;
    void *fake_inside, *fake_outside; // AddressSanitizer's
    const void *outside_bottom;
    size_t outside_size;
};

namespace
{

struct fiber *current;

void to_outside(struct fiber *f)
{
    __sanitizer_start_switch_fiber(&f->fake_inside, f->outside_bottom, f->outside_size);
    machine_switch(&f->inside, &f->outside);
    __sanitizer_finish_switch_fiber(f->fake_inside, &f->outside_bottom, &f->outside_size);
}

// Runs one function after another: a fiber that ended can be started again.
void entry()
{
    struct fiber *f = current;
    __sanitizer_finish_switch_fiber(f->fake_inside, &f->outside_bottom, &f->outside_size);
    for (;;) {
        f->function(f->context);
        f->ended = true;
        to_outside(f);
    }
}

} // namespace

struct fiber *fiber_create(void)
{
    struct fiber *f = new fiber();
    void *stack = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) {
        std::perror("shim: no memory for a stack");
        std::abort();
    }
    static size_t stagger;
    f->stack = static_cast<char *>(stack);
    machine_init(&f->inside, f->stack, stack_bytes - stagger, entry);
    stagger = (stagger + stagger_step) % stagger_bytes;
    return f;
}

void fiber_destroy(struct fiber *f)
{
    munmap(f->stack, stack_bytes);
    delete f;
}

bool fiber_start(struct fiber *f, void (*function)(void *), void *context)
{
    f->function = function;
    f->context = context;
    f->ended = false;
    return fiber_resume(f);
}

bool fiber_resume(struct fiber *f)
{
    current = f;
    __sanitizer_start_switch_fiber(&f->fake_outside, f->stack, stack_bytes);
    machine_switch(&f->outside, &f->inside);
    __sanitizer_finish_switch_fiber(f->fake_outside, nullptr, nullptr);
    return f->ended;
}

void fiber_yield(void) { to_outside(current); }
