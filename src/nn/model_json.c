/* Checked access to JSON values of a model file. */
#include "nn/model_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/number_exact.h"
#include "nn/model.h"

const char *json_excerpt_text(const char *value, char text[JSON_EXCERPT])
{
    size_t used = 0;
    for (; *value && used + 4 < JSON_EXCERPT; value++) {
        const unsigned char byte = (unsigned char)*value;
        text[used++] = byte < 0x20 || byte == 0x7f ? '?' : *value;
    }
    /* A cut must not leave half of a UTF-8 character behind. */
    if (*value)
        while (used > 0 && ((unsigned char)text[used - 1] & 0x80) != 0)
            used--;
    text[used] = '\0';
    if (*value)
        strcpy(text + used, "...");
    return text;
}

const char *json_excerpt(const cJSON *item, char text[JSON_EXCERPT])
{
    if (!item)
        return strcpy(text, "nothing");
    char *printed = cJSON_PrintUnformatted(item);
    json_excerpt_text(printed ? printed : "?", text);
    cJSON_free(printed);
    return text;
}

bool json_fail(const struct json_place *place, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (place->layer)
        return error_set(place->err, "%s: layer %s: %s", place->origin, place->layer, text);
    return error_set(place->err, "%s: %s", place->origin, text);
}

cJSON *json_parse(const struct json_place *place, const char *json)
{
    const char *end = json;
    const size_t length = strlen(json);
    if (length > MODEL_MAX_FILE) {
        json_fail(place, "expected at most %d bytes of JSON, found %zu", MODEL_MAX_FILE, length);
        return NULL;
    }
    if (json_text_has_zero(json, length)) {
        json_fail(place, "expected JSON, found a text with \\u0000, which would end there");
        return NULL;
    }
    cJSON *root = cJSON_ParseWithOpts(json, &end, true);
    if (root)
        return root;
    int line = 1;
    for (const char *c = json; c < end; c++)
        line += *c == '\n';
    char found[JSON_EXCERPT];
    json_fail(place, "line %d: expected JSON, found %s", line,
              end && *end ? json_excerpt_text(end, found) : "the end of the file");
    return NULL;
}

void json_list_keys(const char *const *keys, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; keys[i] && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", keys[i]);
}

bool json_check_object(const struct json_place *place, const cJSON *item, const char *what,
                       const char *const *keys)
{
    char found[JSON_EXCERPT];
    if (!cJSON_IsObject(item))
        return json_fail(place, "%s: expected an object, found %s", what, json_excerpt(item, found));
    for (const cJSON *member = item->child; member; member = member->next) {
        int k = 0;
        while (keys[k] && strcmp(keys[k], member->string) != 0)
            k++;
        if (!keys[k]) {
            char known[384];
            json_list_keys(keys, known, sizeof known);
            return json_fail(place, "%s: expected the keys %s, found \"%s\"", what, known,
                             json_excerpt_text(member->string, found));
        }
        if (cJSON_GetObjectItemCaseSensitive(item, member->string) != member)
            return json_fail(place, "%s: \"%s\" is there twice; keep one", what, member->string);
    }
    return true;
}

bool json_has_key(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key) != NULL;
}

static bool as_whole(const cJSON *item, int least, int most, int *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= least && item->valuedouble <= most))
        return false;
    const int whole = (int)item->valuedouble;
    if ((double)whole < item->valuedouble)
        return false;
    *value = whole;
    return true;
}

static bool as_size(const cJSON *item, int least, int *value)
{
    return as_whole(item, least, MODEL_MAX_SIZE, value);
}

static bool as_pair(const cJSON *item, int least, int *first, int *second)
{
    return cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2 && as_size(item->child, least, first) &&
           as_size(item->child->next, least, second);
}

bool json_read_whole(const struct json_place *place, const cJSON *object, const char *key, int least,
                     int most, int *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (item && !as_whole(item, least, most, value))
        return json_fail(place, "\"%s\": expected a whole number from %d to %d, found %s", key, least, most,
                         json_excerpt(item, found));
    return true;
}

bool json_read_size(const struct json_place *place, const cJSON *object, const char *key, int *value)
{
    return json_read_whole(place, object, key, 1, MODEL_MAX_SIZE, value);
}

bool json_read_bool(const struct json_place *place, const cJSON *object, const char *key, bool *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    if (!cJSON_IsBool(item))
        return json_fail(place, "\"%s\": expected true or false, found %s", key, json_excerpt(item, found));
    *value = cJSON_IsTrue(item);
    return true;
}

bool json_read_real(const struct json_place *place, const cJSON *object, const char *key, double low,
                    double high, float *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= low && item->valuedouble <= high))
        return json_fail(place, "\"%s\": expected a number from %s to %s, found %s", key,
                         LS_NUMBER_LIMIT(low), LS_NUMBER_LIMIT(high), json_excerpt(item, found));
    *value = (float)item->valuedouble;
    return true;
}

bool json_read_pair(const struct json_place *place, const cJSON *object, const char *key, int least,
                    int *height, int *width)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    if (as_size(item, least, height)) {
        *width = *height;
        return true;
    }
    if (as_pair(item, least, height, width))
        return true;
    return json_fail(place,
                     "\"%s\": expected [height, width] or one number for both, each from %d to %d, found %s",
                     key, least, MODEL_MAX_SIZE, json_excerpt(item, found));
}

bool json_read_padding(const struct json_place *place, const cJSON *object, const char *key, int *before_h,
                       int *before_w, int *after_h, int *after_w)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    if (as_size(item, 0, before_h)) {
        *before_w = *after_h = *after_w = *before_h;
        return true;
    }
    if (as_pair(item, 0, before_h, before_w)) {
        *after_h = *before_h;
        *after_w = *before_w;
        return true;
    }
    if (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2 && as_pair(item->child, 0, before_h, after_h) &&
        as_pair(item->child->next, 0, before_w, after_w))
        return true;
    return json_fail(place,
                     "\"%s\": expected one number, [height, width] or [[top, bottom], [left, right]], each "
                     "from 0 to %d, found %s",
                     key, MODEL_MAX_SIZE, json_excerpt(item, found));
}

bool json_read_name(const struct json_place *place, const cJSON *object, const char *key, char *value,
                    size_t size)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    char found[JSON_EXCERPT];
    if (!item)
        return true;
    const char *text = cJSON_GetStringValue(item);
    bool printable = text && *text;
    for (const char *c = text; c && *c; c++)
        if (*c < 0x20 || *c >= 0x7f || *c == '"' || *c == '\\')
            printable = false;
    if (!printable || strlen(text) >= size)
        return json_fail(place, "\"%s\": expected 1 to %zu printable ASCII characters, found %s", key,
                         size - 1, json_excerpt(item, found));
    strcpy(value, text);
    return true;
}
