/* The one way in which this program writes files: whole or not at all, and never two writers into one.
 *
 * A file FILE grows as FILE.XXXXXX.part, six letters and digits of its own, which its writer keeps locked
 * (flock), and takes its name when it is complete. As long as it grows, another writer of FILE is refused. A
 * name left by a killed program has no lock; it goes when the next FILE is complete. Links are followed: the
 * link stays and what it leads to is replaced. A device or pipe is written through, never replaced. */
#ifndef LS_BASE_ATOMIC_FILE_H
#define LS_BASE_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"

/* Stays where it is while it is open: `stream` points to it. */
struct atomic_file {
    FILE *stream;   /* buffered writing; NULL when closed */
    int descriptor; /* the same file, for reading back and seeking */
    char *path;     /* as the caller named it */
    char *target;   /* what takes its place: `path` with links followed */
    char *part;     /* NULL: written through */
    bool overwrite, alone;
    int write_errno; /* of the first write that failed; 0 while all is well */
    int64_t written; /* bytes that reached the file */
};

/* Refuses an existing regular FILE unless `overwrite`, and one that is being written. A pipe waits for its
 * reader, as any program's open does. On failure nothing is left behind, and discarding is safe. */
bool atomic_file_open(struct atomic_file *file, const char *path, bool overwrite, struct error *err);
/* The same for one of many files in a folder that the caller has locked (flock): nobody else is looked for,
 * which would take longer with every file, and nothing is swept up. */
bool atomic_file_open_alone(struct atomic_file *file, const char *path, bool overwrite, struct error *err);
/* A second part of the same FILE, to take its place instead of `first`, which stays open and is discarded by
 * the caller. Not for what is written through. */
bool atomic_file_open_beside(struct atomic_file *file, const struct atomic_file *first, struct error *err);
/* Writes all of it, or remembers why not. For those that need no stream. */
bool atomic_file_write(struct atomic_file *file, const void *bytes, size_t size);
/* Writes what the stream holds; false with the reason when any write so far failed. */
bool atomic_file_flush(struct atomic_file *file, struct error *err);
/* Flushes, fsyncs, renames. On failure the part file is removed; but when a FILE appeared meanwhile that may
 * not be replaced, what was written stays beside it, and the error says where. */
bool atomic_file_commit(struct atomic_file *file, struct error *err);
/* The same, but what was written before a failure stays under the final name, for files that are of use
 * without their end; still false with that failure. */
bool atomic_file_keep(struct atomic_file *file, struct error *err);
/* Removes the part file; safe after commit and on a zeroed struct. */
void atomic_file_discard(struct atomic_file *file);

/* Checks that FILE may be written, without leaving a trace: as atomic_file_open would. */
bool file_check_writable(const char *path, bool overwrite, struct error *err);
/* Whether both names would be one file: "a", "./a" and a link to it. Devices and pipes, which take what
 * several write, are so under one name alone. */
bool file_same_target(const char *a, const char *b);
/* Is there a file of that name, or one that grows or grew towards it? */
bool file_name_is_taken(const char *path);

#endif
