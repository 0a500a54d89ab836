/* Small data files written on the spot, right or wrong in one way, in a folder of their own. */
#ifndef LS_TESTS_DATA_FILES_H
#define LS_TESTS_DATA_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"

struct data_folder {
    char path[64]; /* made by mkdtemp */
};

void data_folder_create(struct data_folder *folder);
/* Removes the folder and everything in it. */
void data_folder_destroy(struct data_folder *folder);
/* Writes FOLDER/NAME; folders in NAME are made. */
void data_folder_write(const struct data_folder *folder, const char *name, const void *bytes, size_t size);
void data_folder_write_text(const struct data_folder *folder, const char *name, const char *text);
/* FOLDER/NAME followed by `options` (such as ":split=3"), loaded; fails the test with the error. */
struct data *data_folder_load(const struct data_folder *folder, const char *name_and_options);
/* Loads what must be refused; fails the test unless the error begins with the folder and holds `expected`. */
void data_folder_refuse(const struct data_folder *folder, const char *name_and_options, const char *expected);

/* An .npy file of version 1: the header's dictionary as given, then the values. Free `bytes`. */
struct file_bytes {
    uint8_t *bytes;
    size_t size;
};
struct file_bytes npy_make(const char *dictionary, const void *values, size_t size);
/* An array of a type ("<f4"; "F<f4" for Fortran order) and a shape ("(2, 3)"). */
struct file_bytes npy_make_array(const char *type, const char *shape, const void *values, size_t size);
void data_folder_write_npy(const struct data_folder *folder, const char *name, const char *type,
                           const char *shape, const void *values, size_t size);

#endif
