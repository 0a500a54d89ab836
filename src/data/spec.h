/* What follows --data: NAME or PATH, and options: "PATH:key=value,key=value". */
#ifndef LS_DATA_SPEC_H
#define LS_DATA_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum data_task { TASK_AUTO, TASK_CLASSIFY, TASK_REGRESS };
enum data_scale {
    SCALE_AUTO, /* what is bytes, or looks like them (data/finish.h), / 255; anything else as it is */
    SCALE_NONE,
    SCALE_BYTE,    /* x / 255 */
    SCALE_UNIT,    /* each feature's training values to 0 … 1 */
    SCALE_STANDARD /* each feature's training values to mean 0, deviation 1 */
};
enum data_header { HEADER_AUTO, HEADER_YES, HEADER_NO };
enum data_layout { LAYOUT_AUTO, LAYOUT_CHANNELS_FIRST, LAYOUT_CHANNELS_LAST };

struct data_spec {
    char *path;     /* or the name */
    uint32_t given; /* bit k: option_rows' row k was given */

    char label[128]; /* CSV: the column's name or number, from 1; "": not given */
    char *drop;      /* CSV: COLUMN/COLUMN to leave out, or "none"; NULL: not given */
    char *features;  /* CSV: COLUMN/COLUMN to learn from; NULL: not given */
    enum data_header header;
    enum data_task task;
    enum data_scale scale;
    enum data_layout layout;
    double split; /* below 1: the share of samples to test with; else their number. 0.2 */
    bool split_given;
    uint64_t seed;
    double noise;     /* of generated data: the deviation of what is added to each coordinate */
    uint32_t samples; /* of generated data: how many, test samples included */
    int classes;      /* of generated gaussians and spirals */
    int shape[3];     /* (channels, height, width); channels 0: as many as fit; height 0: not given */
};

/* One option: `set` reads its value. `formats` (bits of enum data_format in source.h) take it. */
struct data_option_row {
    const char *name, *argument;
    unsigned formats;
    const char *text;
    bool (*set)(struct data_spec *spec, const char *value, struct error *err);
};
extern const struct data_option_row data_option_rows[];
extern const int data_option_row_count;

/* Splits and reads `text`; a path that exists as it stands has no options. Wrong options are errors of usage.
 * Free with data_spec_deinit, also after a failure. */
bool data_spec_parse(struct data_spec *spec, const char *text, struct error *err);
void data_spec_deinit(struct data_spec *spec);
/* The shape of samples of `size` values, as asked for; false when it does not fit. `shape` stays as it is
 * when none was asked for. */
bool data_spec_fit(const struct data_spec *spec, size_t size, int shape[3], const char *origin,
                   struct error *err);
/* Refuses options that do not belong to the format (enum data_format). */
bool data_spec_check(const struct data_spec *spec, int format, const char *format_name, struct error *err);

#endif
