/* Formats by name, by first bytes, and by what a folder holds. */
#include "data/source.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/cifar.h"
#include "data/npy_set.h"
#include "data/readers.h"

const char *data_format_name(enum data_format format)
{
    static const char *const names[FORMAT_COUNT] = {
        [FORMAT_IDX] = "IDX files",
        [FORMAT_NPY] = ".npy files",
        [FORMAT_NPZ] = "an .npz file",
        [FORMAT_CSV] = "CSV",
        [FORMAT_CIFAR] = "CIFAR-10 binary",
        [FORMAT_IMAGES] = "folders of images",
        [FORMAT_GENERATED] = "generated data",
    };
    return names[format];
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcasecmp(text + length - tail, ending) == 0;
}

static bool is_csv_name(const char *path)
{
    static const char *const endings[] = {".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt", ".data"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(path, endings[i]))
            return true;
    return false;
}

static bool detect_file(const char *path, enum data_format *format, struct error *err)
{
    uint8_t head[8] = {0};
    size_t got;
    uint64_t size;
    if (!bytes_head(path, head, sizeof head, &got, &size, err))
        return false;
    const bool known = is_csv_name(path);
    if (got == 0)
        return error_set(err, "%s: is empty", path);
    if (memcmp(head, "\x93NUMPY", 6) == 0 || ends_with(path, ".npy"))
        *format = FORMAT_NPY;
    else if (memcmp(head, "PK", 2) == 0 || ends_with(path, ".npz"))
        *format = FORMAT_NPZ;
    else if (!known && ends_with(path, ".bin") && size % CIFAR_RECORD == 0)
        *format = FORMAT_CIFAR;
    else if (known)
        *format = FORMAT_CSV;
    else if (strstr(path, "ubyte"))
        return error_set(err, "%s: is one IDX file; expected the folder that holds all four", path);
    else
        return error_set(
            err,
            "%s: is of no known format: expected .csv, .tsv, .npy, .npz or a CIFAR-10 batch (a "
            ".bin of whole records of %d bytes), found %llu bytes that begin with %02x %02x %02x "
            "%02x",
            path, CIFAR_RECORD, (unsigned long long)size, head[0], head[1], head[2], head[3]);
    return true;
}

static bool holds_idx(const char *name)
{
    return strstr(name, "-idx3-ubyte") != NULL || strstr(name, "-idx1-ubyte") != NULL;
}

/* The first format of which the folder holds a telling name. */
static bool detect_folder(const char *path, enum data_format *format, struct error *err)
{
    DIR *folder = opendir(path);
    if (!folder)
        return error_set_errno(err, "%s: cannot be opened", path);
    bool found[FORMAT_COUNT] = {false};
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        found[FORMAT_IDX] |= holds_idx(entry->d_name);
        found[FORMAT_CIFAR] |= cifar_is_batch_name(entry->d_name);
        found[FORMAT_NPY] |= npy_set_is_name(entry->d_name);
        found[FORMAT_CSV] |=
            strcmp(entry->d_name, "train.csv") == 0 || strcmp(entry->d_name, "test.csv") == 0;
        char *inner = ls_sprintf("%s/%s", path, entry->d_name);
        found[FORMAT_IMAGES] |= path_is_folder(inner);
        free(inner);
    }
    closedir(folder);
    static const enum data_format order[] = {FORMAT_IDX, FORMAT_CIFAR, FORMAT_NPY, FORMAT_CSV, FORMAT_IMAGES};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (found[order[i]]) {
            *format = order[i];
            return true;
        }
    return error_set(err,
                     "%s: expected in this folder four IDX files, CIFAR-10's data_batch_1.bin …, X.npy and "
                     "y.npy, train.csv, or a folder of PNG or JPEG files for each class; found none of them",
                     path);
}

bool source_detect(const char *path, enum data_format *format, struct error *err)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        if (generated_is_name(path)) {
            *format = FORMAT_GENERATED;
            return true;
        }
        return error_set(err, "%s: there is no such file or folder; expected one, or mnist, %s", path,
                         generated_names());
    }
    if (S_ISDIR(info.st_mode))
        return detect_folder(path, format, err);
    return detect_file(path, format, err);
}

bool source_read(struct data *data, const struct data_spec *spec, enum data_format format, struct error *err)
{
    switch (format) {
    case FORMAT_IDX:
        return idx_folder_read(data, spec->path, err);
    case FORMAT_NPY:
        return npy_set_read(data, spec, err);
    case FORMAT_NPZ:
        return npz_set_read(data, spec, err);
    case FORMAT_CSV:
        return csv_set_read(data, spec, err);
    case FORMAT_CIFAR:
        return cifar_read(data, spec, err);
    case FORMAT_IMAGES:
        return image_folder_read(data, spec, err);
    case FORMAT_GENERATED:
        return generated_read(data, spec, err);
    case FORMAT_COUNT:
        break;
    }
    LS_ASSERT(!"a format");
    return false;
}
