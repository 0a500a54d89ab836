/* Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere. */
#ifndef LS_APP_PROGRESS_H
#define LS_APP_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *unit; /* "steps" */
    uint64_t total;
    bool quiet, terminal;
    double started_at, printed_at; /* clock seconds */
};

void progress_begin(struct progress *progress, const char *unit, uint64_t total, bool quiet);
/* `text` follows the bar: "loss 0.1234". Prints at most ten times a second. */
void progress_update(struct progress *progress, uint64_t done, const char *text);
/* Makes room for another message; the bar comes back with the next update. */
void progress_clear(const struct progress *progress);
/* Leaves the last state on its line. */
void progress_end(struct progress *progress, uint64_t done, const char *text);

#endif
