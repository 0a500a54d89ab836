/* What was chosen of data, in one line. Private to data/. */
#ifndef LS_DATA_SUMMARY_H
#define LS_DATA_SUMMARY_H

#include "data/dataset.h"

/* `iris.csv: label is column 5, "species" (3 classes); dropped "Id" (a counter); 4 features, scale=none
 * (ranges differ by 37 times: consider scale=standard); 120 for training, 30 for testing`, in fresh memory.
 */
char *summary_make(const struct data *data, const char *path);

#endif
