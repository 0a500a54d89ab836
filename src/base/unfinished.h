/* The part files that are open (base/atomic_file.h), for those who end the program in the middle: a crash in
 * a library, the end of memory. Any thread. */
#ifndef LS_BASE_UNFINISHED_H
#define LS_BASE_UNFINISHED_H

/* `path` stays the caller's until it is forgotten; beyond 32 at once nothing is noted. */
void unfinished_note(const char *path);
void unfinished_forget(const char *path);
/* Removes those that nothing was written into yet; a film or a log that has begun is of use and stays. Safe
 * in a signal's handler. */
void unfinished_remove_empty(void);

#endif
