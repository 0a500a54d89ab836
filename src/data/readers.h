/* One reader per format. Each fills samples with labels or targets, and the classes of labels; a source that
 * names test samples fills `test` too. What was filled before a failure stays, for data_destroy. Errors begin
 * with the file. Private to data/. */
#ifndef LS_DATA_READERS_H
#define LS_DATA_READERS_H

#include "data/dataset.h"
#include "data/spec.h"

bool idx_folder_read(struct data *data, const char *folder, struct error *err);
bool npy_set_read(struct data *data, const struct data_spec *spec, struct error *err);
bool npz_set_read(struct data *data, const struct data_spec *spec, struct error *err);
bool csv_set_read(struct data *data, const struct data_spec *spec, struct error *err);
bool cifar_read(struct data *data, const struct data_spec *spec, struct error *err);
bool image_folder_read(struct data *data, const struct data_spec *spec, struct error *err);
bool generated_read(struct data *data, const struct data_spec *spec, struct error *err);

/* Whether `name` is that of generated data; the names, separated by commas. */
bool generated_is_name(const char *name);
const char *generated_names(void);

#endif
