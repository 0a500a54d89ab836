/* The makers of data files. */
#include "data_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "test.h"

#include <ftw.h>

void data_folder_create(struct data_folder *folder)
{
    snprintf(folder->path, sizeof folder->path, "/tmp/layerscope-data-XXXXXX");
    LS_ASSERT(mkdtemp(folder->path) != NULL);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

void data_folder_destroy(struct data_folder *folder)
{
    nftw(folder->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void data_folder_write(const struct data_folder *folder, const char *name, const void *bytes, size_t size)
{
    char *path = ls_sprintf("%s/%s", folder->path, name);
    for (char *slash = path + strlen(folder->path) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    LS_ASSERT(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    free(path);
}

void data_folder_write_text(const struct data_folder *folder, const char *name, const char *text)
{
    data_folder_write(folder, name, text, strlen(text));
}

struct data *data_folder_load(const struct data_folder *folder, const char *name_and_options)
{
    char *spec = ls_sprintf("%s%s%s", folder->path, *name_and_options && *name_and_options != ':' ? "/" : "",
                            name_and_options);
    struct error err = {0};
    struct data *data = data_load(spec, &err);
    if (!data)
        fail_msg("%s: %s", spec, err.message);
    free(spec);
    return data;
}

void data_folder_refuse(const struct data_folder *folder, const char *name_and_options, const char *expected)
{
    char *spec = ls_sprintf("%s%s%s", folder->path, *name_and_options && *name_and_options != ':' ? "/" : "",
                            name_and_options);
    struct error err = {0};
    struct data *data = data_load(spec, &err);
    if (data)
        fail_msg("%s: was accepted; expected \"%s\"", spec, expected);
    if (!strstr(err.message, expected) || !strstr(err.message, folder->path) || strchr(err.message, '\n'))
        fail_msg("%s: expected \"%s…%s\", found \"%s\"", spec, folder->path, expected, err.message);
    free(spec);
}

struct file_bytes npy_make(const char *dictionary, const void *values, size_t size)
{
    const size_t length = strlen(dictionary);
    struct file_bytes file = {NULL, 10 + length + size};
    file.bytes = ls_calloc(file.size, 1);
    memcpy(file.bytes, "\x93NUMPY\x01\x00", 8);
    file.bytes[8] = (uint8_t)(length & 255);
    file.bytes[9] = (uint8_t)(length >> 8);
    memcpy(file.bytes + 10, dictionary, length);
    if (size)
        memcpy(file.bytes + 10 + length, values, size);
    return file;
}

struct file_bytes npy_make_array(const char *type, const char *shape, const void *values, size_t size)
{
    const bool fortran = *type == 'F';
    char *dictionary = ls_sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", type + fortran,
                                  fortran ? "True" : "False", shape);
    const struct file_bytes file = npy_make(dictionary, values, size);
    free(dictionary);
    return file;
}

void data_folder_write_npy(const struct data_folder *folder, const char *name, const char *type,
                           const char *shape, const void *values, size_t size)
{
    struct file_bytes file = npy_make_array(type, shape, values, size);
    data_folder_write(folder, name, file.bytes, file.size);
    free(file.bytes);
}
