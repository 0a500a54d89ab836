/* Checked access to JSON values of a model file. Private to nn/. Each function that fails has set
 * an error of the form: ORIGIN: layer "NAME": what was expected, what was found. */
#ifndef LS_NN_MODEL_JSON_H
#define LS_NN_MODEL_JSON_H

#include <cjson/cJSON.h>

#include "base/error.h"

/* Where an error is. */
struct json_place {
    const char *origin; /* the file */
    const char *layer;  /* what stands after "layer ", or NULL outside of layers */
    struct error *err;
};

enum { JSON_EXCERPT = 48 };

/* A short one-line excerpt of a value, for errors: `"abc"`, `[1,2]`, `nothing` for NULL. */
const char *json_excerpt(const cJSON *item, char text[JSON_EXCERPT]);
/* The same of plain text, which may hold anything. */
const char *json_excerpt_text(const char *value, char text[JSON_EXCERPT]);

/* Sets the error, with the place before it; returns false. */
bool json_fail(const struct json_place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Parses all of `json`; NULL with the line of the mistake in the error. Free with cJSON_Delete. */
cJSON *json_parse(const struct json_place *place, const char *json);
/* Refuses anything but an object with each key at most once, and of `keys` (ended by NULL) only. */
bool json_check_object(const struct json_place *place, const cJSON *item, const char *what,
                       const char *const *keys);

/* "a, b, c" of keys ended by NULL. */
void json_list_keys(const char *const *keys, char *text, size_t size);

/* cJSON_HasObjectItem ignores case. */
bool json_has_key(const cJSON *object, const char *key);

/* Optional members: a missing key leaves `value` alone. */
bool json_read_whole(const struct json_place *place, const cJSON *object, const char *key, int least,
                     int most, int *value);
/* The same from 1 to MODEL_MAX_SIZE. */
bool json_read_size(const struct json_place *place, const cJSON *object, const char *key, int *value);
bool json_read_bool(const struct json_place *place, const cJSON *object, const char *key, bool *value);
/* [height, width] or one number for both, each from `least` on. */
bool json_read_pair(const struct json_place *place, const cJSON *object, const char *key, int least,
                    int *height, int *width);
/* One number for all sides, [height, width], or [[top, bottom], [left, right]]: zeros before the first row
 * and column and after the last. */
bool json_read_padding(const struct json_place *place, const cJSON *object, const char *key, int *before_h,
                       int *before_w, int *after_h, int *after_w);
/* A number from `low` to `high`. */
bool json_read_real(const struct json_place *place, const cJSON *object, const char *key, double low,
                    double high, float *value);
/* A name: 1 … size-1 printable ASCII characters. */
bool json_read_name(const struct json_place *place, const cJSON *object, const char *key, char *value,
                    size_t size);

#endif
