/* --log: a row of CSV for each training step (docs/file-formats.md). */
#ifndef LS_APP_STEP_LOG_H
#define LS_APP_STEP_LOG_H

#include "base/atomic_file.h"
#include "nn/metrics.h"

/* Stays where it is while it is open. */
struct step_log {
    struct atomic_file file; /* closed: nothing is logged */
    struct error failure;    /* of the write that ended the log */
};

/* `path` NULL: rows go nowhere. */
bool step_log_open(struct step_log *log, const char *path, bool overwrite, struct error *err);
/* `evaluation` NULL: none at this step. */
void step_log_add(struct step_log *log, const struct step_sample *sample, double epoch,
                  const struct evaluation_sample *evaluation);
/* Hands the rows so far to the system, for those who follow the file. False once, when that cannot be: the
 * log ends with its last whole row, and `failure` says why. */
bool step_log_flush(struct step_log *log);
/* Gives the file its name, also one that ended early: false with its failure then. */
bool step_log_finish(struct step_log *log, struct error *err);
void step_log_discard(struct step_log *log);

#endif
