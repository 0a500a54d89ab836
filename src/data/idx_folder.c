/* Folders of four IDX files. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/idx.h"
#include "data/readers.h"

enum { MIN_CLASSES = 2 };

/* FOLDER/NAME or FOLDER/NAME.gz in fresh memory, whichever exists. */
static char *find_file(const char *folder, const char *name, struct error *err)
{
    static const char *const endings[] = {".gz", ""};
    struct stat info;
    for (int i = 0; i < 2; i++) {
        char *path = ls_sprintf("%s/%s%s", folder, name, endings[i]);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
            return path;
        free(path);
    }
    error_set(
        err, "%s: expected a file %s or %s.gz in it, found neither; a data set is a folder of four IDX files",
        folder, name, name);
    return NULL;
}

static bool take_images(struct dataset *split, struct idx *images, const char *path, struct error *err)
{
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
    split->count = images->dims[0];
    split->channels = images->rank == 4 ? (int)images->dims[1] : 1;
    split->height = (int)images->dims[images->rank - 2];
    split->width = (int)images->dims[images->rank - 1];
    split->pixels = images->values;
    images->values = NULL;
    return true;
}

static bool take_labels(struct dataset *split, const struct idx *labels, const char *path,
                        const char *images_path, struct error *err)
{
    if (labels->rank != 1)
        return error_set(err, "%s: expected labels of 1 dimension, found %d", path, labels->rank);
    if (labels->dims[0] != split->count)
        return error_set(err, "%s: expected %u labels, one for each image of %s, found %u", path,
                         split->count, images_path, labels->dims[0]);
    split->labels = ls_calloc(split->count, sizeof *split->labels);
    for (uint32_t i = 0; i < split->count; i++)
        split->labels[i] = labels->values[i];
    return true;
}

struct split_job {
    const char *folder, *prefix;
    struct dataset *split;
    char *images_path, *labels_path; /* the files found; for errors */
    struct error err;
    bool ok;
};

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
    job->ok = job->labels_path && idx_read(&images, job->images_path, err) &&
              take_images(job->split, &images, job->images_path, err) &&
              idx_read(&labels, job->labels_path, err) &&
              take_labels(job->split, &labels, job->labels_path, job->images_path, err);
    idx_deinit(&images);
    idx_deinit(&labels);
    return NULL;
}

static void split_job_deinit(struct split_job *job)
{
    free(job->images_path);
    free(job->labels_path);
}

static bool check_labels(const struct split_job *job, int classes, struct error *err)
{
    for (uint32_t i = 0; i < job->split->count; i++)
        if (job->split->labels[i] >= classes)
            return error_set(err, "%s: label %u is %d; expected 0 to %d", job->labels_path, i,
                             job->split->labels[i], classes - 1);
    return true;
}

/* classes.txt: one name a line. Without it, classes are numbered and there are as many as the training
 * labels need. */
static bool read_classes(struct data *data, const char *folder, struct error *err)
{
    char *path = ls_sprintf("%s/classes.txt", folder);
    struct stat info;
    size_t size = 0;
    char *text = stat(path, &info) == 0 ? file_read(path, 1 << 20, &size, err) : NULL;
    data->class_names = ls_calloc(DATA_MAX_CLASSES, sizeof *data->class_names);
    if (text) {
        for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
            line[strcspn(line, "\r")] = 0;
            if (*line && data->classes < DATA_MAX_CLASSES)
                data->class_names[data->classes++] = ls_strdup(line);
        }
    } else {
        int largest = 0;
        for (uint32_t i = 0; i < data->train.count; i++)
            largest = data->train.labels[i] > largest ? data->train.labels[i] : largest;
        for (; data->classes <= largest; data->classes++)
            data->class_names[data->classes] = ls_sprintf("%d", data->classes);
    }
    const bool failed = err->class_ != ERROR_NONE;
    if (!failed && data->classes < MIN_CLASSES)
        error_set(err, "%s: expected at least %d classes, found %d%s", text ? path : folder, MIN_CLASSES,
                  data->classes, text ? "" : "; every training label is 0");
    free(text);
    free(path);
    return err->class_ == ERROR_NONE;
}

bool idx_folder_read(struct data *data, const char *folder, struct error *err)
{
    struct split_job train = {.folder = folder, .prefix = "train", .split = &data->train};
    struct split_job test = {.folder = folder, .prefix = "t10k", .split = &data->test};
    pthread_t thread;
    const bool threaded = pthread_create(&thread, NULL, read_split, &test) == 0;
    read_split(&train);
    if (threaded)
        pthread_join(thread, NULL);
    else
        read_split(&test);
    bool ok = train.ok && test.ok;
    if (!ok)
        error_set(err, "%s", train.ok ? test.err.message : train.err.message);
    ok = ok && read_classes(data, folder, err) && check_labels(&train, data->classes, err) &&
         check_labels(&test, data->classes, err);
    split_job_deinit(&train);
    split_job_deinit(&test);
    return ok;
}
