/* llvmpipe names its threads "llvmpipe-0", "llvmpipe-1", …; the kernel lists them. */
#include "app/drawing_clock.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_renderer(long thread)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/self/task/%ld/comm", thread);
    FILE *file = fopen(path, "re");
    const bool named = file != NULL && fgets(name, sizeof name, file) != NULL;
    if (file != NULL)
        fclose(file);
    return named && strncmp(name, "llvmpipe-", strlen("llvmpipe-")) == 0;
}

/* As pthread_getcpuclockid makes it; see linux/posix-timers.h: a thread's, by scheduler time. */
static clockid_t clock_of(long thread) { return (clockid_t)(~(unsigned)thread << 3 | 6u); }

void drawing_clock_init(struct drawing_clock *clock)
{
    *clock = (struct drawing_clock){.threads = {CLOCK_THREAD_CPUTIME_ID}, .count = 1};
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return;
    for (struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        const long thread = strtol(entry->d_name, NULL, 10);
        if (thread > 0 && clock->count < DRAWING_CLOCK_THREADS && is_renderer(thread))
            clock->threads[clock->count++] = clock_of(thread);
    }
    closedir(tasks);
}

double drawing_clock_seconds(const struct drawing_clock *clock)
{
    double seconds = 0.0;
    for (int i = 0; i < clock->count; i++) {
        struct timespec spent;
        if (clock_gettime(clock->threads[i], &spent) == 0)
            seconds += (double)spent.tv_sec + 1e-9 * (double)spent.tv_nsec;
    }
    return seconds;
}
