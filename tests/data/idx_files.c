/* The makers of IDX files. */
#include "idx_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"

struct idx_bytes idx_bytes_make(int rank, const uint32_t *dims, const uint8_t *values, size_t value_count)
{
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dims[i];
    struct idx_bytes idx = {NULL, 4 + 4 * (size_t)rank + count};
    idx.bytes = ls_calloc(idx.size, 1);
    idx.bytes[2] = 0x08;
    idx.bytes[3] = (uint8_t)rank;
    for (int i = 0; i < rank; i++)
        for (int b = 0; b < 4; b++)
            idx.bytes[4 + 4 * i + b] = (uint8_t)(dims[i] >> (24 - 8 * b));
    for (size_t i = 0; values && i < count; i++)
        idx.bytes[4 + 4 * (size_t)rank + i] = values[i % value_count];
    return idx;
}

void idx_write_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    const size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0) {
        gzFile file = gzopen(path, "wb");
        LS_ASSERT(file && gzfwrite(bytes, 1, size, file) == size && gzclose(file) == Z_OK);
    } else {
        FILE *file = fopen(path, "wb");
        LS_ASSERT(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    }
}

static void write_split(const struct idx_folder *folder, const char *prefix, uint32_t count)
{
    const size_t pixels = (size_t)folder->height * folder->width;
    uint8_t *images = ls_calloc(count, pixels);
    uint8_t *labels = ls_calloc(count, 1);
    for (uint32_t n = 0; n < count; n++) {
        labels[n] = (uint8_t)(n % (uint32_t)folder->classes);
        for (size_t i = 0; i < pixels; i++)
            images[n * pixels + i] = i % folder->width == labels[n] ? 230 : (uint8_t)(i * 7 % 50);
    }
    char name[64];
    const uint32_t image_dims[] = {count, folder->height, folder->width};
    struct idx_bytes idx = idx_bytes_make(3, image_dims, images, count * pixels);
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", prefix);
    idx_folder_replace(folder, name, idx.bytes, idx.size);
    free(idx.bytes);
    idx = idx_bytes_make(1, &count, labels, count);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", prefix);
    idx_folder_replace(folder, name, idx.bytes, idx.size);
    free(idx.bytes);
    free(images);
    free(labels);
}

void idx_folder_create(struct idx_folder *folder)
{
    folder->ending = folder->ending ? folder->ending : "";
    folder->height = folder->height ? folder->height : 12;
    folder->width = folder->width ? folder->width : 10;
    folder->train_count = folder->train_count ? folder->train_count : 40;
    folder->test_count = folder->test_count ? folder->test_count : 20;
    folder->classes = folder->classes ? folder->classes : 4;
    snprintf(folder->path, sizeof folder->path, "/tmp/layerscope-idx-XXXXXX");
    LS_ASSERT(mkdtemp(folder->path) != NULL);
    write_split(folder, "train", folder->train_count);
    write_split(folder, "t10k", folder->test_count);
}

void idx_folder_destroy(struct idx_folder *folder)
{
    DIR *entries = opendir(folder->path);
    LS_ASSERT(entries != NULL);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *path = ls_sprintf("%s/%s", folder->path, entry->d_name);
        if (unlink(path) != 0)
            rmdir(path);
        free(path);
    }
    closedir(entries);
    rmdir(folder->path);
}

char *idx_folder_file(const struct idx_folder *folder, const char *name)
{
    return ls_sprintf("%s/%s%s", folder->path, name, folder->ending);
}

void idx_folder_replace(const struct idx_folder *folder, const char *name, const uint8_t *bytes, size_t size)
{
    char *path = idx_folder_file(folder, name);
    idx_write_bytes(path, bytes, size);
    free(path);
}
