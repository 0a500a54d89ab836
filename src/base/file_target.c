/* Links, devices, part files with their locks, and the last rename.
 *
 * A writer creates its part file, locks it, and only then looks for others: of two that begin at once at
 * least one sees the other. */
#include "base/file_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/memory.h"

enum { MOST_LINKS = 40, OWN_LETTERS = 6, TRIES = 4 };

static const char ending[] = ".part";

/* ---- the target ---- */

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ls_strdup(".");
    return slash == path ? ls_strdup("/") : ls_sprintf("%.*s", (int)(slash - path), path);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What a chain of links leads to, whether it exists or not; NULL with errno when the chain has no end. */
static char *follow_links(const char *path)
{
    char *at = ls_strdup(path);
    for (int i = 0; i < MOST_LINKS; i++) {
        char link[4096];
        const ssize_t length = readlink(at, link, sizeof link - 1);
        if (length < 0)
            return at;
        link[length] = 0;
        char *folder = folder_of(at);
        free(at);
        at = link[0] == '/' ? ls_strdup(link) : ls_sprintf("%s/%s", folder, link);
        free(folder);
    }
    free(at);
    errno = ELOOP;
    return NULL;
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* /dev/stdout and its like: what they lead to belongs to whoever opened it. */
static bool is_descriptor(const char *path)
{
    return strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/stderr") == 0 ||
           begins_with(path, "/dev/fd/") || begins_with(path, "/proc/self/fd/");
}

static bool check_folder(const char *target, const char *path, struct error *err)
{
    struct stat info;
    char *folder = folder_of(target);
    bool ok = true;
    if (stat(folder, &info) != 0)
        ok = error_set_errno(err, "%s: its folder %s cannot be used", path, folder);
    else if (!S_ISDIR(info.st_mode))
        ok = error_set(err, "%s: %s is not a folder", path, folder);
    else if (access(folder, W_OK) != 0)
        ok = error_set_errno(err, "%s: no permission to write into %s", path, folder);
    free(folder);
    return ok;
}

/* `info` is of what exists. */
static bool check_existing(const struct stat *info, const char *path, bool overwrite, bool *through,
                           struct error *err)
{
    const mode_t mode = info->st_mode;
    if (S_ISDIR(mode))
        return error_set(err, "%s: is a folder; expected the name of a file to write", path);
    if (S_ISSOCK(mode))
        return error_set(err, "%s: is a socket; expected the name of a file to write", path);
    *through = !S_ISREG(mode) || is_descriptor(path);
    /* Pipes and terminals hold nothing that could be lost; disks do. */
    if (!overwrite && !S_ISCHR(mode) && !S_ISFIFO(mode) && !is_descriptor(path))
        return error_set(err, "%s: exists already; pass --overwrite to replace it", path);
    if (*through && access(path, W_OK) != 0)
        return error_set_errno(err, "%s: no permission to write", path);
    return true;
}

bool file_target_find(struct file_target *target, const char *path, bool overwrite, struct error *err)
{
    struct stat info;
    *target = (struct file_target){.path = NULL};
    if (stat(path, &info) == 0 && !check_existing(&info, path, overwrite, &target->through, err))
        return false;
    if (*name_of(path) == 0)
        return error_set(err, "%s: names no file; expected the name of a file to write", path);
    target->path = target->through ? ls_strdup(path) : follow_links(path);
    if (!target->path)
        return error_set_errno(err, "%s: cannot be followed", path);
    if (target->through || check_folder(target->path, path, err))
        return true;
    free(target->path);
    target->path = NULL;
    return false;
}

static bool same_folder(const char *a, const char *b)
{
    char *folders[] = {folder_of(a), folder_of(b)};
    struct stat first, second;
    const bool same = stat(folders[0], &first) == 0 && stat(folders[1], &second) == 0 &&
                      first.st_dev == second.st_dev && first.st_ino == second.st_ino;
    free(folders[0]);
    free(folders[1]);
    return same;
}

bool file_same_target(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return true;
    struct stat info;
    if (is_descriptor(a) || is_descriptor(b) || (stat(a, &info) == 0 && !S_ISREG(info.st_mode)))
        return false;
    char *first = follow_links(a), *second = follow_links(b);
    const bool same =
        first && second && strcmp(name_of(first), name_of(second)) == 0 && same_folder(first, second);
    free(first);
    free(second);
    return same;
}

int file_target_open_through(const struct file_target *target, struct error *err)
{
    /* A descriptor may be a file that others write to as well: what they wrote stays. */
    const int descriptor = open(target->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_APPEND);
    if (descriptor < 0)
        error_set_errno(err, "%s: cannot be opened", target->path);
    return descriptor;
}

/* ---- part files ---- */

static bool is_part_of(const char *name, const char *file)
{
    const size_t length = strlen(file);
    if (strncmp(name, file, length) != 0 || name[length] != '.')
        return false;
    const char *own = name + length + 1;
    return strspn(own, "abcdefghijklmnopqrstuvwxyz0123456789") == OWN_LETTERS &&
           strcmp(own + OWN_LETTERS, ending) == 0;
}

/* Calls `visit` with the path of each part file of `target` but `own` (or NULL) until it returns true. */
static bool any_part(const char *target, const char *own, bool (*visit)(const char *part))
{
    char *place = folder_of(target);
    DIR *folder = opendir(place);
    bool found = false;
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        if (!is_part_of(entry->d_name, name_of(target)) || (own && strcmp(entry->d_name, name_of(own)) == 0))
            continue;
        char *part = ls_sprintf("%s/%s", place, entry->d_name);
        found = visit(part);
        free(part);
    }
    if (folder)
        closedir(folder);
    free(place);
    return found;
}

static bool exists(const char *part) { return access(part, F_OK) == 0; }

static bool is_alive(const char *part)
{
    const int descriptor = open(part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    const bool locked = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(descriptor);
    return locked;
}

/* A writer that has created its file and not locked it yet finds it gone and takes another. */
static bool sweep(const char *part)
{
    const int descriptor = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        unlink(part);
    if (descriptor >= 0)
        close(descriptor);
    return false;
}

static void choose_letters(char letters[OWN_LETTERS + 1])
{
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char random[OWN_LETTERS];
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (int i = 0; i < OWN_LETTERS; i++)
            random[i] = (unsigned char)(((unsigned long)now.tv_nsec ^ (unsigned long)getpid()) >> (3 * i));
    }
    for (int i = 0; i < OWN_LETTERS; i++)
        letters[i] = all[random[i] % (sizeof all - 1)];
    letters[OWN_LETTERS] = 0;
}

/* A file system without locks leaves the names, which are enough to keep writers apart. */
static bool lock_own(int descriptor)
{
    struct stat info;
    while (flock(descriptor, LOCK_EX) != 0 && errno == EINTR)
        ;
    return fstat(descriptor, &info) == 0 && info.st_nlink > 0;
}

static int create_part(const char *target, char **part)
{
    for (;;) {
        char letters[OWN_LETTERS + 1];
        choose_letters(letters);
        *part = ls_sprintf("%s.%s%s", target, letters, ending);
        const int descriptor = open(*part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 && lock_own(descriptor))
            return descriptor;
        if (descriptor >= 0)
            close(descriptor);
        else if (errno != EEXIST)
            return -1;
        free(*part);
    }
}

/* Whoever may not read what is replaced shall not read what replaces it. */
static void take_over_mode(int descriptor, const char *target)
{
    struct stat info;
    if (stat(target, &info) == 0 && fchmod(descriptor, info.st_mode & 0777) != 0)
        return;
}

static void rest_a_moment(void)
{
    unsigned char random = 0;
    getrandom(&random, sizeof random, GRND_NONBLOCK);
    const struct timespec pause = {0, 2000000L + 100000L * random};
    nanosleep(&pause, NULL);
}

static bool refuse_second(const char *path, struct error *err)
{
    return error_set(err, "%s: is being written by another program; choose another name, or let it finish",
                     path);
}

static int give_up_part(int descriptor, char **part)
{
    if (descriptor >= 0) {
        unlink(*part);
        close(descriptor);
    }
    free(*part);
    *part = NULL;
    return -1;
}

int file_target_open_part(const struct file_target *target, const char *path, bool overwrite, char **part,
                          struct error *err)
{
    /* Two that begin at the same moment may both step back: they try again. */
    for (int i = 0; i < TRIES; i++) {
        if (i > 0)
            rest_a_moment();
        if (any_part(target->path, NULL, is_alive))
            break;
        const int descriptor = create_part(target->path, part);
        struct stat info;
        if (descriptor < 0) {
            error_set_errno(err, "%s: cannot be created", *part);
            return give_up_part(descriptor, part);
        }
        if (any_part(target->path, *part, is_alive)) {
            give_up_part(descriptor, part);
            continue;
        }
        if (!overwrite && lstat(target->path, &info) == 0) {
            error_set(err, "%s: exists already; pass --overwrite to replace it", path);
            return give_up_part(descriptor, part);
        }
        take_over_mode(descriptor, target->path);
        return descriptor;
    }
    *part = NULL;
    refuse_second(path, err);
    return -1;
}

int file_target_open_another_part(const char *target, char **part, struct error *err)
{
    const int descriptor = create_part(target, part);
    if (descriptor >= 0) {
        take_over_mode(descriptor, target);
        return descriptor;
    }
    error_set_errno(err, "%s: cannot be created", *part);
    free(*part);
    *part = NULL;
    return -1;
}

/* ---- the end ---- */

/* rename, but never over a file: where the file system cannot do that in one step, by a link. */
static bool rename_without_replacing(const char *part, const char *target)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (link(part, target) == 0)
        return unlink(part) == 0;
    if (errno == EEXIST)
        return false;
    struct stat info;
    errno = EEXIST;
    return lstat(target, &info) != 0 && rename(part, target) == 0;
}

/* The work of hours is not thrown away because somebody took its name. */
static bool stay_beside(const char *part, const char *target, const char *path, struct error *err)
{
    char *beside = ls_sprintf("%.*s", (int)(strlen(part) - strlen(ending)), part);
    bool ok;
    if (rename_without_replacing(part, beside))
        ok = error_set(err, "%s: appeared while it was being written, and stays; what was written is in %s",
                       path, beside);
    else
        ok = error_set_errno(err, "%s: cannot be renamed to %s", part, target);
    free(beside);
    return ok;
}

bool file_target_take_place(const char *part, const char *target, const char *path, bool overwrite,
                            struct error *err)
{
    struct stat info;
    const bool there = lstat(target, &info) == 0;
    if (there && (!overwrite || !S_ISREG(info.st_mode)))
        return stay_beside(part, target, path, err);
    if (overwrite ? rename(part, target) != 0 : !rename_without_replacing(part, target)) {
        if (errno == EEXIST)
            return stay_beside(part, target, path, err);
        return error_set_errno(err, "%s: cannot be renamed to %s", part, target);
    }
    return true;
}

void file_target_sweep(const char *target) { any_part(target, NULL, sweep); }

/* ---- questions before the work ---- */

bool file_check_writable(const char *path, bool overwrite, struct error *err)
{
    struct file_target target;
    if (!file_target_find(&target, path, overwrite, err))
        return false;
    bool ok = true;
    if (!target.through && any_part(target.path, NULL, is_alive))
        ok = refuse_second(path, err);
    free(target.path);
    return ok;
}

bool file_name_is_taken(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 || any_part(path, NULL, exists);
}
