/* Folders of four IDX files. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/idx.h"
#include "data/names.h"
#include "data/readers.h"

enum { MIN_CLASSES = 2 };

/* FOLDER/NAME.gz or FOLDER/NAME in fresh memory, whichever exists. */
static char *find_file(const char *folder, const char *name, struct error *err)
{
    char *packed = ls_sprintf("%s.gz", name);
    char *path = path_find(folder, packed);
    free(packed);
    if (!path)
        path = path_find(folder, name);
    if (!path)
        error_set(err,
                  "%s: expected a file %s or %s.gz in it, found neither; a data set is a folder of four IDX "
                  "files",
                  folder, name, name);
    return path;
}

static bool accept_images(const struct idx *images, const char *path, const void *context, struct error *err)
{
    (void)context;
    if (images->rank != 3 && images->rank != 4)
        return error_set(
            err,
            "%s: expected images of 3 dimensions (count, height, width) or 4 (count, channels, height, "
            "width), found %d",
            path, images->rank);
    for (int i = 1; i < images->rank; i++)
        if (images->dims[i] > DATA_MAX_SIDE)
            return error_set(err, "%s: dimension %d has size %u; expected at most %d", path, i,
                             images->dims[i], DATA_MAX_SIDE);
    return true;
}

static void take_images(struct dataset *split, struct idx *images)
{
    split->count = images->dims[0];
    split->channels = images->rank == 4 ? (int)images->dims[1] : 1;
    split->height = (int)images->dims[images->rank - 2];
    split->width = (int)images->dims[images->rank - 1];
    split->pixels = images->values;
    images->values = NULL;
}

struct split_job {
    const char *folder, *prefix;
    struct dataset *split;
    char *images_path, *labels_path; /* the files found; for errors */
    struct error err;
    bool ok;
};

static bool accept_labels(const struct idx *labels, const char *path, const void *context, struct error *err)
{
    const struct split_job *job = context;
    if (labels->rank != 1)
        return error_set(err, "%s: expected labels of 1 dimension, found %d", path, labels->rank);
    if (labels->dims[0] != job->split->count)
        return error_set(err, "%s: expected %u labels, one for each image of %s, found %u", path,
                         job->split->count, job->images_path, labels->dims[0]);
    return true;
}

static void take_labels(struct dataset *split, const struct idx *labels)
{
    split->labels = ls_calloc(split->count, sizeof *split->labels);
    for (uint32_t i = 0; i < split->count; i++)
        split->labels[i] = labels->values[i];
}

/* Reads one split; runs on a thread, since inflating the files is most of the start-up time. */
static void *read_split(void *argument)
{
    struct split_job *job = argument;
    struct error *err = &job->err;
    char name[64];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", job->prefix);
    job->images_path = find_file(job->folder, name, err);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", job->prefix);
    job->labels_path = job->images_path ? find_file(job->folder, name, err) : NULL;
    struct idx images = {0}, labels = {0};
    job->ok = job->labels_path && idx_read(&images, job->images_path, accept_images, NULL, err);
    if (job->ok) {
        take_images(job->split, &images);
        job->ok = idx_read(&labels, job->labels_path, accept_labels, job, err);
    }
    if (job->ok)
        take_labels(job->split, &labels);
    idx_deinit(&images);
    idx_deinit(&labels);
    return NULL;
}

static void split_job_deinit(struct split_job *job)
{
    free(job->images_path);
    free(job->labels_path);
}

/* Which label is too large for `classes` classes; -1: none. */
static long long find_beyond(const struct dataset *split, int classes)
{
    for (uint32_t i = 0; i < split->count; i++)
        if (split->labels[i] >= classes)
            return i;
    return -1;
}

/* With names the labels are trusted: the file of names is the one that somebody wrote by hand. */
static bool check_labels(const struct split_job *job, int classes, const char *names, struct error *err)
{
    const long long at = find_beyond(job->split, classes);
    if (at < 0)
        return true;
    const int label = job->split->labels[at];
    if (names)
        return error_set(
            err,
            "%s: names %d classes, but label %lld of %s is %d: expected at least %d names, one a "
            "line, the first for label 0",
            names, classes, at, job->labels_path, label, label + 1);
    return error_set(err, "%s: label %lld is %d; expected 0 to %d", job->labels_path, at, label, classes - 1);
}

/* As many as the training labels need, named by their numbers. */
static void number_classes(struct data *data)
{
    int largest = 0;
    for (uint32_t i = 0; i < data->train.count; i++)
        largest = data->train.labels[i] > largest ? data->train.labels[i] : largest;
    data->class_names = ls_calloc(DATA_MAX_CLASSES, sizeof *data->class_names);
    for (; data->classes <= largest; data->classes++)
        data->class_names[data->classes] = ls_sprintf("%d", data->classes);
}

static bool find_classes(struct data *data, const char *folder, const struct split_job jobs[2],
                         struct error *err)
{
    char *names = path_find(folder, "classes.txt");
    bool ok = true;
    if (names)
        ok = names_read(names, DATA_MAX_CLASSES, &data->class_names, &data->classes, err);
    else
        number_classes(data);
    if (ok && data->classes < MIN_CLASSES)
        ok = error_set(err, "%s: expected at least %d classes, found %d%s", names ? names : folder,
                       MIN_CLASSES, data->classes, names ? "" : "; every training label is 0");
    for (int i = 0; ok && i < 2; i++)
        ok = check_labels(&jobs[i], data->classes, names, err);
    free(names);
    return ok;
}

bool idx_folder_read(struct data *data, const char *folder, struct error *err)
{
    struct split_job jobs[] = {{.folder = folder, .prefix = "train", .split = &data->train},
                               {.folder = folder, .prefix = "t10k", .split = &data->test}};
    pthread_t thread;
    const bool threaded = pthread_create(&thread, NULL, read_split, &jobs[1]) == 0;
    read_split(&jobs[0]);
    if (threaded)
        pthread_join(thread, NULL);
    else
        read_split(&jobs[1]);
    bool ok = jobs[0].ok && jobs[1].ok;
    if (!ok)
        error_set(err, "%s", jobs[jobs[0].ok].err.message);
    ok = ok && find_classes(data, folder, jobs, err);
    split_job_deinit(&jobs[0]);
    split_job_deinit(&jobs[1]);
    return ok;
}
