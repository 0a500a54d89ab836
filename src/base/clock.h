/* Monotonic time, and the time that this process has spent. */
#ifndef LS_BASE_CLOCK_H
#define LS_BASE_CLOCK_H

/* Seconds since an arbitrary start, monotonic. */
double clock_seconds(void);
/* Seconds since the system started this process, to a hundredth. */
double clock_process_seconds(void);
/* Time on a core of all threads of this process together, and of the calling one. */
double clock_process_cpu_seconds(void);
double clock_thread_cpu_seconds(void);
/* Sleeps for `seconds`; returns early on a signal. */
void clock_sleep(double seconds);

#endif
