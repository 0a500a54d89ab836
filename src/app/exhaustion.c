/* Hooks and handlers; they are the process's. */
#include "app/exhaustion.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/unfinished.h"

typedef void hook(void *context);
static _Atomic(hook *) crash_hook;
static void *crash_context;
static bool is_limited;

static void *allocate(size_t size) { return ls_realloc(NULL, size); }

static bool memory_is_limited(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA};
    struct rlimit limit;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (getrlimit((__rlimit_resource_t)limits[i], &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
            return true;
    return false;
}

#ifdef __SANITIZE_ADDRESS__
static void catch_crashes(void) {} /* the sanitizer reports them */
#else
/* Drivers and compilers within them seldom look whether they got the memory that they asked for. */
static void on_crash(int number)
{
    static const char text[] =
        "layerscope: error: a library crashed, as OpenGL's drivers do when they get no memory; memory is "
        "limited (ulimit -v, -d): raise the limit, or use 'layerscope train', which needs less\n";
    static atomic_flag once = ATOMIC_FLAG_INIT;
    static _Atomic(pthread_t) first;
    if (!atomic_flag_test_and_set(&once)) {
        atomic_store(&first, pthread_self());
        const bool told = !is_limited || write(STDERR_FILENO, text, sizeof text - 1) >= 0;
        if (!told) {
            unfinished_remove_empty();
            _exit(1);
        }
        hook *save = atomic_load(&crash_hook);
        if (save)
            save(crash_context);
        unfinished_remove_empty();
    } else {
        while (!pthread_equal(atomic_load(&first), pthread_self()))
            pause(); /* until the thread that crashed before ends the program */
    }
    if (is_limited)
        _exit(1);
    signal(number, SIG_DFL);
    raise(number);
}

static void catch_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_crash;
    action.sa_flags = (int)SA_NODEFER;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}
#endif

void exhaustion_prepare(void)
{
    cJSON_Hooks hooks = {.malloc_fn = allocate, .free_fn = free};
    cJSON_InitHooks(&hooks);
    is_limited = memory_is_limited();
    if (is_limited)
        catch_crashes();
}

void exhaustion_save_by(void (*save)(void *context), void (*after_crash)(void *context), void *context)
{
    memory_on_exhaustion(save, context);
    atomic_store(&crash_hook, NULL);
    crash_context = context;
    atomic_store(&crash_hook, after_crash);
    if (after_crash)
        catch_crashes();
}
