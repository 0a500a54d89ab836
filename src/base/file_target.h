/* Where a file is to be written, what lies there, and who else writes there; private to base/. */
#ifndef LS_BASE_FILE_TARGET_H
#define LS_BASE_FILE_TARGET_H

#include <stdbool.h>

#include "base/error.h"

struct file_target {
    char *path;   /* with links followed; the caller frees */
    bool through; /* a device, a pipe or a descriptor of this process: written where it is */
};

/* False with the reason, and nothing to free, when `path` may not be written. */
bool file_target_find(struct file_target *target, const char *path, bool overwrite, struct error *err);
/* A descriptor of what is there; −1 with an error. */
int file_target_open_through(const struct file_target *target, struct error *err);
/* A new, locked part file and its name, which the caller frees; −1 with an error, as when another writes the
 * same target. `path` is for errors. */
int file_target_open_part(const struct file_target *target, const char *path, bool overwrite, char **part,
                          struct error *err);
/* The same without a look at others. */
int file_target_open_another_part(const char *target, char **part, struct error *err);
/* Renames `part`. */
bool file_target_take_place(const char *part, const char *target, const char *path, bool overwrite,
                            struct error *err);

/* Removes what killed writers of the target left. */
void file_target_sweep(const char *target);

#endif
