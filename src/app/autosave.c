/* Where autosaves lie, when they are due, and what is said of them. */
#include "app/autosave.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/terminal.h"

static const double usual_minutes = 10.0;

void autosave_init(struct autosave *autosave, const struct options *options, const struct session *session)
{
    const double minutes = options->autosave_minutes < 0.0 ? usual_minutes : options->autosave_minutes;
    memset(autosave, 0, sizeof *autosave);
    autosave->period = 60.0 * minutes;
    autosave->next_at = clock_seconds() + autosave->period;
    snprintf(autosave->model, sizeof autosave->model, "%s", session->network->name);
    for (char *c = autosave->model; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '-')
            *c = '-';
}

void autosave_deinit(struct autosave *autosave)
{
    free(autosave->path);
    memset(autosave, 0, sizeof *autosave);
}

bool autosave_due(struct autosave *autosave, double now)
{
    if (autosave->period <= 0.0 || now < autosave->next_at)
        return false;
    autosave->next_at = now + autosave->period;
    return true;
}

/* A relative $XDG_STATE_HOME is to be ignored, says the specification. */
static char *state_folder(struct error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && state[0] == '/')
        return ls_sprintf("%s/layerscope", state);
    if (home && home[0] == '/')
        return ls_sprintf("%s/.local/state/layerscope", home);
    error_set(err,
              "autosave: expected $XDG_STATE_HOME or $HOME to be a path from the root, found neither; set "
              "one, or pass --autosave 0");
    return NULL;
}

static bool make_folders(const char *path, struct error *err)
{
    char *part = ls_strdup(path);
    bool ok = true;
    for (char *slash = strchr(part + 1, '/'); ok; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            ok = error_set_errno(err, "autosave: the folder %s cannot be made", part);
        if (!slash)
            break;
        *slash = '/';
    }
    free(part);
    return ok;
}

const char *autosave_path(struct autosave *autosave, struct error *err)
{
    if (autosave->path)
        return autosave->path;
    char *folder = state_folder(err);
    if (folder && make_folders(folder, err)) {
        char now[32] = "";
        const time_t seconds = time(NULL);
        struct tm local;
        if (localtime_r(&seconds, &local))
            strftime(now, sizeof now, "%Y%m%d-%H%M%S", &local);
        autosave->path = ls_sprintf("%s/%s-%s-%ld.safetensors", folder, autosave->model, now, (long)getpid());
        /* One process may begin two runs of a model within a second. */
        for (int i = 2; access(autosave->path, F_OK) == 0; i++) {
            free(autosave->path);
            autosave->path =
                ls_sprintf("%s/%s-%s-%ld-%d.safetensors", folder, autosave->model, now, (long)getpid(), i);
        }
    }
    free(folder);
    return autosave->path;
}

/* The length of the model in MODEL-20260131-123456-789.safetensors, or …-789-2.safetensors; 0: no autosave's
 * name. The model itself may end in numbers. */
static size_t model_length(const char *name)
{
    static const char ending[] = ".safetensors";
    const size_t length = strlen(name);
    if (length <= strlen(ending) || strcmp(name + length - strlen(ending), ending) != 0)
        return 0;
    for (const char *dash = strchr(name, '-'); dash; dash = strchr(dash + 1, '-')) {
        unsigned day, second, process, number;
        int end = 0, more = 0;
        if (sscanf(dash, "-%8u-%6u-%u%n-%u%n", &day, &second, &process, &end, &number, &more) < 3)
            continue;
        end = more > end ? more : end;
        if (dash > name && dash[9] == '-' && dash[16] == '-' && strcmp(dash + end, ending) == 0)
            return (size_t)(dash - name);
    }
    return 0;
}

struct old_save {
    char *path;
    struct timespec written;
};

static int newest_first(const void *a, const void *b)
{
    const struct old_save *one = a, *other = b;
    if (one->written.tv_sec != other->written.tv_sec)
        return one->written.tv_sec > other->written.tv_sec ? -1 : 1;
    if (one->written.tv_nsec != other->written.tv_nsec)
        return one->written.tv_nsec > other->written.tv_nsec ? -1 : 1;
    return strcmp(one->path, other->path);
}

void autosave_prune(const char *path, int keep)
{
    const char *name = strrchr(path, '/');
    const size_t length = name ? model_length(name + 1) : 0;
    char *place = ls_sprintf("%.*s", name ? (int)(name - path) : 0, path);
    DIR *folder = length > 0 ? opendir(place) : NULL;
    struct old_save *saves = NULL;
    int count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (model_length(entry->d_name) != length || strncmp(entry->d_name, name + 1, length) != 0)
            continue;
        char *found = ls_sprintf("%s/%s", place, entry->d_name);
        struct stat info;
        if (stat(found, &info) != 0 || !S_ISREG(info.st_mode)) {
            free(found);
            continue;
        }
        saves = ls_realloc(saves, (size_t)(count + 1) * sizeof *saves);
        saves[count++] = (struct old_save){found, info.st_mtim};
    }
    if (count > 0)
        qsort(saves, (size_t)count, sizeof *saves, newest_first);
    for (int i = 0; i < count; i++) {
        if (i >= keep && strcmp(saves[i].path, path) != 0)
            unlink(saves[i].path);
        free(saves[i].path);
    }
    free(saves);
    if (folder)
        closedir(folder);
    free(place);
}

void autosave_tell(const char *path, const struct error *err)
{
    if (err->class_ != ERROR_NONE)
        log_warning("autosave failed, training goes on: %s", err->message);
    else
        log_info("autosave: %s; --load goes on from there", path);
}

static const char *save(struct autosave *autosave, struct trainer *trainer, struct error *err)
{
    const char *path = autosave_path(autosave, err);
    if (!path || !trainer_save(trainer, path, true, err))
        return NULL;
    autosave_prune(path, AUTOSAVES_KEPT);
    return path;
}

void autosave_now(struct autosave *autosave, struct trainer *trainer)
{
    struct error err = {0};
    autosave_tell(save(autosave, trainer, &err), &err);
}

/* As bash and its like read what a terminal would act on: $'line\nfeed'. */
static char *quoted_escapes(const char *path)
{
    char *text = ls_calloc(2 * strlen(path) + 1, 1), *to = text;
    for (; *path; path++) {
        if (*path == '\'' || *path == '\\')
            *to++ = '\\';
        *to++ = *path;
    }
    char *readable = printable(text), *word = ls_sprintf("$'%s'", readable);
    free(readable);
    free(text);
    return word;
}

/* As a shell reads it as one word, in fresh memory. */
static char *quoted(const char *path)
{
    char *readable = printable(path);
    const bool same = strcmp(readable, path) == 0;
    free(readable);
    if (!same)
        return quoted_escapes(path);
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+,:@%-";
    if (path[strspn(path, plain)] == '\0')
        return ls_strdup(path);
    char *text = ls_calloc(4 * strlen(path) + 3, 1), *to = text;
    *to++ = '\'';
    for (; *path; path++)
        if (*path == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *path;
    *to = '\'';
    return text;
}

/* What a checkpoint does not say of a run. */
static char *print_options(const struct options *options, uint64_t steps_left)
{
    char steps[40] = "", threads[40] = "", backend[40] = "";
    if (steps_left > 0)
        snprintf(steps, sizeof steps, " --steps %" PRIu64, steps_left);
    if (options->threads > 0)
        snprintf(threads, sizeof threads, " --threads %d", options->threads);
    if (options->backend != BACKEND_AUTO)
        snprintf(backend, sizeof backend, " --backend %s", compute_backend_name(options->backend));
    return ls_sprintf("%s%s%s", steps, threads, backend);
}

bool autosave_instead(struct autosave *autosave, struct trainer *trainer, struct error *err)
{
    struct error failure = {0};
    const char *path = autosave->period > 0.0 ? save(autosave, trainer, &failure) : NULL;
    if (path)
        error_append(err, "; the run is saved as %s", path);
    else if (failure.class_ != ERROR_NONE)
        error_append(err, "; %s", failure.message);
    return false;
}

bool autosave_at_end(struct autosave *autosave, enum autosave_reason reason, const struct options *options,
                     struct trainer *trainer, uint64_t steps_left, struct error *err)
{
    static const char *const reasons[] = {[AUTOSAVE_INTERRUPTED] = "interrupted",
                                          [AUTOSAVE_DISPLAY_LOST] = "the display was lost",
                                          [AUTOSAVE_OUT_OF_MEMORY] = "ended"};
    const char *what = reasons[reason];
    struct error failure = {0};
    const uint64_t step = trainer_steps_taken(trainer);
    const char *path = options->save;
    if (!path && autosave->period > 0.0)
        path = save(autosave, trainer, &failure);
    char *more = print_options(options, steps_left), *word = path ? quoted(path) : NULL;
    if (failure.class_ != ERROR_NONE)
        error_set(err, "%s after step %" PRIu64 "; the run could not be saved: %s", what, step,
                  failure.message);
    else if (path)
        error_set(err, "%s after step %" PRIu64 "; go on with: layerscope %s --load %s%s", what, step,
                  options->command == COMMAND_TRAIN ? "train" : "view", word, more);
    else
        error_set(err, "%s after step %" PRIu64 "; the run was not saved (--autosave 0)", what, step);
    free(more);
    free(word);
    err->class_ =
        failure.class_ == ERROR_NONE && reason == AUTOSAVE_INTERRUPTED ? ERROR_INTERRUPTED : ERROR_FAILED;
    return false;
}
