/* Data sets of NumPy arrays: which array plays which part, by name. */
#ifndef LS_DATA_NPY_SET_H
#define LS_DATA_NPY_SET_H

#include <stdbool.h>

/* "X.npy", "y_train.npy", …: a file that makes a folder a data set of arrays. */
bool npy_set_is_name(const char *name);

#endif
