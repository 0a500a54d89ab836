/* Monotonic time. */
#ifndef LS_BASE_CLOCK_H
#define LS_BASE_CLOCK_H

/* Seconds since an arbitrary start, monotonic. */
double clock_seconds(void);
/* Sleeps for `seconds`; returns early on a signal. */
void clock_sleep(double seconds);

#endif
