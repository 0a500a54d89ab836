/* Runs the built binary as a user would. */
#ifndef LS_TESTS_APP_PROGRAM_H
#define LS_TESTS_APP_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct program_result {
    int status; /* exit status, or 128 + signal */
    char out[8192], err[8192];
};

/* Runs `command` (a shell line in which $LAYERSCOPE is the binary) in `folder`. */
struct program_result program_run(const char *folder, const char *command);
/* The same, but sends SIGINT to the binary `seconds` after a file of the pattern `trigger` exists in
 * `folder`. `command` must start with "exec". */
struct program_result program_interrupt(const char *folder, const char *command, const char *trigger,
                                        double seconds);

/* The same with another signal. */
struct program_result program_signal(const char *folder, const char *command, const char *trigger,
                                     double seconds, int number);
/* Is there a file that a shell would find by `pattern`? */
bool program_finds(const char *pattern);

#endif
