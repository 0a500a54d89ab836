/* Batches of CIFAR-10, one or a folder of them. */
#include "data/cifar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/capacity.h"
#include "data/names.h"
#include "data/readers.h"

enum { BATCHES = 5, PIXELS = CIFAR_RECORD - 1 };

static const char *const usual_names[CIFAR_CLASSES] = {
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
};

static void batch_name(int batch, char name[32]) { snprintf(name, 32, "data_batch_%d.bin", batch); }

bool cifar_is_batch_name(const char *name)
{
    char batch[32];
    for (int i = 1; i <= BATCHES; i++) {
        batch_name(i, batch);
        if (strcmp(name, batch) == 0)
            return true;
    }
    return strcmp(name, "test_batch.bin") == 0;
}

/* A file of other than whole records is none, however long: its size tells before it is read. */
static bool check_size(uint64_t size, const char *origin, struct error *err)
{
    return (size > 0 && size % CIFAR_RECORD == 0) ||
           error_set(err, "%s: expected whole records of %d bytes, found %llu and %d bytes more", origin,
                     CIFAR_RECORD, (unsigned long long)(size / CIFAR_RECORD), (int)(size % CIFAR_RECORD));
}

bool cifar_parse(struct dataset *set, const uint8_t *bytes, size_t size, const char *origin,
                 struct error *err)
{
    if (!check_size(size, origin, err))
        return false;
    if (size / CIFAR_RECORD > UINT32_MAX - set->count)
        return error_set(err, "%s: has %zu records; at most %u are read", origin, size / CIFAR_RECORD,
                         UINT32_MAX);
    const uint32_t count = (uint32_t)(size / CIFAR_RECORD), total = set->count + count;
    for (uint32_t n = 0; n < count; n++)
        if (bytes[(size_t)n * CIFAR_RECORD] >= CIFAR_CLASSES)
            return error_set(err, "%s: record %u (from 0) is of class %d; expected 0 to %d", origin, n,
                             bytes[(size_t)n * CIFAR_RECORD], CIFAR_CLASSES - 1);
    if (!capacity_check(total, CIFAR_RECORD + sizeof(int32_t), origin, err))
        return false;
    set->channels = 3;
    set->height = set->width = CIFAR_SIDE;
    set->pixels = ls_realloc(set->pixels, (size_t)total * PIXELS);
    set->labels = ls_realloc(set->labels, total * sizeof *set->labels);
    for (uint32_t n = 0; n < count; n++) {
        const uint8_t *record = bytes + (size_t)n * CIFAR_RECORD;
        set->labels[set->count + n] = record[0];
        memcpy(set->pixels + (size_t)(set->count + n) * PIXELS, record + 1, PIXELS);
    }
    set->count = total;
    return true;
}

static bool read_batch(struct dataset *set, const char *path, struct error *err)
{
    uint8_t *bytes, first;
    size_t size, got;
    uint64_t length;
    if (!bytes_head(path, &first, 1, &got, &length, err) || !check_size(length, path, err) ||
        !bytes_read(path, (uint64_t)UINT32_MAX * CIFAR_RECORD, &bytes, &size, err))
        return false;
    const bool ok = cifar_parse(set, bytes, size, path, err);
    free(bytes);
    return ok;
}

/* batches.meta.txt; without it the names that everyone knows. */
static bool read_names(struct data *data, const char *folder, struct error *err)
{
    char *path = folder ? path_find(folder, "batches.meta.txt") : NULL;
    bool ok = true;
    if (path) {
        ok = names_read(path, CIFAR_CLASSES, &data->class_names, &data->classes, err);
        if (ok && data->classes != CIFAR_CLASSES)
            ok = error_set(err, "%s: expected %d names, one a line, found %d", path, CIFAR_CLASSES,
                           data->classes);
    } else {
        data->class_names = ls_calloc(CIFAR_CLASSES, sizeof *data->class_names);
        for (; data->classes < CIFAR_CLASSES; data->classes++)
            data->class_names[data->classes] = ls_strdup(usual_names[data->classes]);
    }
    free(path);
    return ok;
}

/* Batch 1 on, without a gap; a test batch where there is one. */
static bool read_folder(struct data *data, const char *folder, struct error *err)
{
    int missing = 0;
    bool ok = true;
    for (int batch = 1; ok && batch <= BATCHES; batch++) {
        char name[32];
        batch_name(batch, name);
        char *path = path_find(folder, name);
        if (!path)
            missing = missing ? missing : batch;
        else if (missing)
            ok = error_set(err, "%s: data_batch_%d.bin is missing, %s is there; fetch all batches", folder,
                           missing, name);
        else
            ok = read_batch(&data->train, path, err);
        free(path);
    }
    if (ok && missing == 1)
        ok = error_set(err, "%s: expected data_batch_1.bin in it to train with", folder);
    char *test = path_find(folder, "test_batch.bin");
    if (ok && test)
        ok = read_batch(&data->test, test, err);
    free(test);
    return ok && read_names(data, folder, err);
}

bool cifar_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    if (path_is_folder(spec->path))
        return read_folder(data, spec->path, err);
    return read_batch(&data->train, spec->path, err) && read_names(data, NULL, err);
}
