/* What the standard threads cannot say. */
#ifndef LS_BASE_THREAD_H
#define LS_BASE_THREAD_H

/* The calling thread lets others of this process go first where there are not cores enough for all, for good;
 * it still gets about a tenth of a core that another wants whole. Threads that it makes do the same. */
void thread_stand_back(void);

#endif
