/* A folder of one test program, and the built binary run in it. */
#ifndef LS_TESTS_APP_WORKPLACE_H
#define LS_TESTS_APP_WORKPLACE_H

#include <stdbool.h>

#include "program.h"

/* cmocka group fixtures: make the folder, remove it with all that is in it. */
int workplace_set_up(void **state);
int workplace_tear_down(void **state);

const char *workplace_path(void);
/* Runs a shell line in the folder ($LAYERSCOPE is the binary); fails the test unless the exit status is
 * `status` and `text` (or NULL) stands in what it printed. */
struct program_result workplace_expect(int status, const char *text, const char *command);
/* The bytes of a file in the folder, in fresh memory. */
char *workplace_read(const char *name);
/* `name` may be a pattern, as of a shell. */
bool workplace_has(const char *name);

#endif
