/* Small IDX files written on the spot, right or wrong in one way. */
#ifndef LS_TESTS_IDX_FILES_H
#define LS_TESTS_IDX_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An IDX file in memory. */
struct idx_bytes {
    uint8_t *bytes; /* free() */
    size_t size;
};

/* Header of `rank` sizes and the values, which repeat `values` (or zeros when NULL). */
struct idx_bytes idx_bytes_make(int rank, const uint32_t *dims, const uint8_t *values, size_t value_count);
/* Writes `size` bytes, through gzip when the name ends in ".gz". */
void idx_write_bytes(const char *path, const uint8_t *bytes, size_t size);

/* A folder of four files that loads: bright bars whose place is the label. `ending` is "" or ".gz". */
struct idx_folder {
    char path[64]; /* made by mkdtemp */
    const char *ending;
    uint32_t height, width, train_count, test_count;
    int classes;
};

/* Zero fields take 12 × 10 pixels, 40 training and 20 test images, 4 classes, plain files. */
void idx_folder_create(struct idx_folder *folder);
/* Removes the folder and everything in it. */
void idx_folder_destroy(struct idx_folder *folder);
/* PATH/NAME in fresh memory; NAME such as "train-images-idx3-ubyte" gets the ending. */
char *idx_folder_file(const struct idx_folder *folder, const char *name);
/* Replaces one file of the folder. */
void idx_folder_replace(const struct idx_folder *folder, const char *name, const uint8_t *bytes, size_t size);

#endif
