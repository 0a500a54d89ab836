/* Time from the system's clocks; the start of the process from /proc. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }

double clock_process_cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

double clock_thread_cpu_seconds(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

/* Seconds from the machine's start to the process's; negative when /proc does not say. */
static double process_start(void)
{
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    const size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    /* The program's name, in brackets, may hold anything; the start is the 20th number behind it. */
    const char *rest = strrchr(text, ')');
    unsigned long long ticks;
    if (!rest ||
        sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &ticks) != 1)
        return -1.0;
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

double clock_process_seconds(void)
{
    const double start = process_start();
    return start < 0.0 ? 0.0 : seconds_of(CLOCK_BOOTTIME) - start;
}

void clock_sleep(double seconds)
{
    if (seconds <= 0)
        return;
    struct timespec span;
    span.tv_sec = (time_t)seconds;
    span.tv_nsec = (long)((seconds - (double)span.tv_sec) * 1e9);
    nanosleep(&span, NULL);
}
