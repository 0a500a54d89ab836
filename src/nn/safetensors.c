/* Reading and writing safetensors files. What is read is untrusted. */
#include "nn/safetensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/json_text.h"
#include "base/memory.h"

enum { MAX_TENSORS = 4096, PREFIX = 8 };
static const size_t max_header = 100u << 20; /* the format's own limit */

static const struct {
    const char *name;
    enum tensor_type type;
    size_t size;
} types[] = {
    {"F32", TENSOR_F32, 4},    {"F64", TENSOR_F64, 8},    {"I64", TENSOR_I64, 8},   {"F16", TENSOR_OTHER, 2},
    {"BF16", TENSOR_OTHER, 2}, {"I32", TENSOR_OTHER, 4},  {"I16", TENSOR_OTHER, 2}, {"I8", TENSOR_OTHER, 1},
    {"U8", TENSOR_OTHER, 1},   {"BOOL", TENSOR_OTHER, 1},
};
enum { TYPE_COUNT = sizeof types / sizeof *types };

static bool to_size(const cJSON *item, double limit, uint64_t *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > limit ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

static bool parse_type(struct tensor *tensor, const cJSON *item, size_t *value_size, struct error *err)
{
    for (int i = 0; cJSON_IsString(item) && i < TYPE_COUNT; i++) {
        if (strcmp(item->valuestring, types[i].name) != 0)
            continue;
        tensor->type = types[i].type;
        snprintf(tensor->type_name, sizeof tensor->type_name, "%s", types[i].name);
        *value_size = types[i].size;
        return true;
    }
    return error_set(err, "unknown dtype %.20s", cJSON_IsString(item) ? item->valuestring : "(not a text)");
}

static bool parse_tensor(struct tensor *tensor, const cJSON *item, size_t data_size, struct error *err)
{
    size_t value_size = 0;
    if (!parse_type(tensor, cJSON_GetObjectItemCaseSensitive(item, "dtype"), &value_size, err))
        return false;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
    tensor->rank = cJSON_IsArray(shape) ? cJSON_GetArraySize(shape) : -1;
    if (tensor->rank < 0 || tensor->rank > SAFETENSORS_MAX_RANK)
        return error_set(err, "expected a shape of at most %d dimensions", SAFETENSORS_MAX_RANK);
    uint64_t expected = value_size;
    for (int d = 0; d < tensor->rank; d++) {
        if (!to_size(cJSON_GetArrayItem(shape, d), 1e15, &tensor->dims[d]))
            return error_set(err, "its shape is not a list of whole numbers");
        if (tensor->dims[d] && expected > UINT64_MAX / 2 / tensor->dims[d])
            return error_set(err, "its shape is impossibly large");
        expected *= tensor->dims[d];
    }
    uint64_t begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !to_size(cJSON_GetArrayItem(offsets, 0), 1e18, &begin) ||
        !to_size(cJSON_GetArrayItem(offsets, 1), 1e18, &end) || begin > end)
        return error_set(err, "its data_offsets are not [begin, end]");
    if (end > data_size)
        return error_set(err, "its data ends at byte %llu, the file's data at %zu: the file is truncated",
                         (unsigned long long)end, data_size);
    if (end - begin != expected)
        return error_set(err, "its shape needs %llu bytes, its data_offsets span %llu",
                         (unsigned long long)expected, (unsigned long long)(end - begin));
    tensor->place = (size_t)begin;
    tensor->size = (size_t)expected;
    return true;
}

static bool parse_metadata(struct safetensors *file, const cJSON *metadata, struct error *err)
{
    if (!cJSON_IsObject(metadata))
        return error_set(err, "__metadata__ must map texts to texts");
    const cJSON *item;
    cJSON_ArrayForEach(item, metadata)
    {
        if (!cJSON_IsString(item))
            return error_set(err, "__metadata__ must map texts to texts");
        if (file->metadata_count < SAFETENSORS_MAX_METADATA)
            safetensors_add_metadata(file, item->string, item->valuestring);
    }
    return true;
}

static bool parse_tensors(struct safetensors *file, const cJSON *root, size_t data_size, struct error *err)
{
    const int count = cJSON_IsObject(root) ? cJSON_GetArraySize(root) : -1;
    if (count < 0 || count > MAX_TENSORS)
        return error_set(err, "its header is not a JSON object of at most %d tensors", MAX_TENSORS);
    file->tensors = ls_calloc((size_t)count, sizeof *file->tensors);
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (strcmp(item->string, "__metadata__") == 0) {
            if (!parse_metadata(file, item, err))
                return false;
            continue;
        }
        struct tensor *tensor = &file->tensors[file->count];
        if (strlen(item->string) >= sizeof tensor->name)
            return error_set(err, "tensor \"%.40s…\": its name is longer than %zu bytes", item->string,
                             sizeof tensor->name - 1);
        if (safetensors_find(file, item->string))
            return error_set(err, "tensor \"%s\" appears twice", item->string);
        snprintf(tensor->name, sizeof tensor->name, "%s", item->string);
        if (!parse_tensor(tensor, item, data_size, err)) {
            error_prefix(err, "tensor \"%s\"", tensor->name);
            return false;
        }
        file->count++;
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct tensor *const *x = a, *const *y = b;
    if ((*x)->place != (*y)->place)
        return (*x)->place < (*y)->place ? -1 : 1;
    return ((*x)->size > (*y)->size) - ((*x)->size < (*y)->size);
}

/* The format wants every byte of the data to belong to one tensor. */
static bool check_places(const struct safetensors *file, size_t data_size, struct error *err)
{
    const struct tensor **order = ls_calloc((size_t)file->count + 1, sizeof *order);
    for (int i = 0; i < file->count; i++)
        order[i] = &file->tensors[i];
    qsort(order, (size_t)file->count, sizeof *order, by_place);
    bool ok = true;
    size_t end = 0;
    for (int i = 0; ok && i < file->count; i++) {
        const size_t begin = order[i]->place;
        if (begin < end)
            ok = error_set(err, "tensors \"%s\" and \"%s\" overlap", order[i - 1]->name, order[i]->name);
        else if (begin > end)
            ok = error_set(err, "%zu bytes before tensor \"%s\" belong to no tensor", begin - end,
                           order[i]->name);
        end = begin + order[i]->size;
    }
    if (ok && end != data_size)
        ok = error_set(err, "is too long: the tensors end at byte %zu of the data, the file at %zu", end,
                       data_size);
    free(order);
    return ok;
}

/* JSON takes many times its length once it is parsed; what no header needs is not. */
static bool is_short_list(const char *header, size_t size)
{
    const size_t most = 32 * (size_t)(MAX_TENSORS + SAFETENSORS_MAX_METADATA);
    size_t values = 0;
    bool quoted = false;
    for (size_t i = 0; i < size && values <= most; i++) {
        if (quoted && header[i] == '\\')
            i++;
        else if (header[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            values += header[i] == ',' || header[i] == '[' || header[i] == '{';
    }
    return values <= most;
}

/* Leaves the tensors' values open. */
static bool parse_header(struct safetensors *file, const char *header, size_t size, size_t data_size,
                         struct error *err)
{
    if (!is_short_list(header, size))
        return error_set(err, "its header is not a JSON object of at most %d tensors", MAX_TENSORS);
    if (json_text_has_zero(header, size))
        return error_set(err,
                         "its header is not valid JSON: it has a text with \\u0000 or a byte of value 0");
    cJSON *root = cJSON_ParseWithLength(header, size);
    const bool ok = (root || error_set(err, "its header is not valid JSON")) &&
                    parse_tensors(file, root, data_size, err) && check_places(file, data_size, err);
    cJSON_Delete(root);
    return ok;
}

/* The length of the header that the first `got` bytes of a file of `size` begin with. */
static bool read_length(const char *bytes, size_t got, uint64_t size, uint64_t *header, struct error *err)
{
    *header = 0;
    for (size_t i = 0; i < PREFIX && got >= PREFIX; i++)
        *header |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return (got >= PREFIX && *header <= max_header && *header <= size - PREFIX) ||
           error_set(
               err, "is not a safetensors file, or is truncated: expected a header of %llu bytes, found %llu",
               (unsigned long long)*header, (unsigned long long)(size < PREFIX ? size : size - PREFIX));
}

static void place_values(struct safetensors *file, const char *data)
{
    for (int i = 0; i < file->count; i++)
        file->tensors[i].values = data + file->tensors[i].place;
}

bool safetensors_parse(struct safetensors *file, const char *bytes, size_t size, const char *origin,
                       struct error *err)
{
    uint64_t header = 0;
    memset(file, 0, sizeof *file);
    const bool ok = read_length(bytes, size, size, &header, err) &&
                    parse_header(file, bytes + PREFIX, (size_t)header, size - PREFIX - (size_t)header, err);
    if (ok) {
        place_values(file, bytes + PREFIX + header);
    } else {
        error_prefix(err, "%s", origin);
        safetensors_deinit(file);
    }
    return ok;
}

/* `size` bytes of the stream in fresh memory, or NULL. */
static char *read_part(FILE *stream, uint64_t size, struct error *err)
{
    char *bytes = malloc((size_t)size + 1);
    if (!bytes)
        error_set(err, "its %llu bytes do not fit into memory", (unsigned long long)size);
    else if (fread(bytes, 1, (size_t)size, stream) != size) {
        if (ferror(stream))
            error_set_errno(err, "cannot be read");
        else
            error_set(err, "became shorter while it was read; load it again");
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

/* The header says what follows and is held against the file's size before there is room for it. */
static bool read_stream(struct safetensors *file, FILE *stream, uint64_t size, struct error *err)
{
    char prefix[PREFIX];
    uint64_t length = 0;
    if (!read_length(prefix, fread(prefix, 1, PREFIX, stream), size, &length, err))
        return false;
    const uint64_t data_size = size - PREFIX - length;
    if (data_size > SAFETENSORS_MAX_DATA)
        return error_set(err, "expected at most %llu bytes of tensors, found %llu",
                         (unsigned long long)SAFETENSORS_MAX_DATA, (unsigned long long)data_size);
    char *header = read_part(stream, length, err);
    const bool ok = header && parse_header(file, header, (size_t)length, (size_t)data_size, err);
    free(header);
    if (ok)
        file->bytes = read_part(stream, data_size, err);
    if (ok && file->bytes)
        place_values(file, file->bytes);
    return ok && file->bytes;
}

bool safetensors_read(struct safetensors *file, const char *path, struct error *err)
{
    uint64_t size = 0;
    memset(file, 0, sizeof *file);
    FILE *stream = file_open(path, &size, err);
    if (!stream)
        return false;
    const bool ok = read_stream(file, stream, size, err);
    fclose(stream);
    if (!ok) {
        error_prefix(err, "%s", path);
        safetensors_deinit(file);
    }
    return ok;
}

void safetensors_deinit(struct safetensors *file)
{
    for (int i = 0; i < file->metadata_count; i++) {
        free(file->metadata[i][0]);
        free(file->metadata[i][1]);
    }
    free(file->tensors);
    free(file->bytes);
    memset(file, 0, sizeof *file);
}

void safetensors_add(struct safetensors *file, const char *name, enum tensor_type type, int rank,
                     const uint64_t *dims, const void *values)
{
    LS_ASSERT(rank <= SAFETENSORS_MAX_RANK && type != TENSOR_OTHER &&
              strlen(name) < sizeof file->tensors->name);
    file->tensors = ls_realloc(file->tensors, (size_t)(file->count + 1) * sizeof *file->tensors);
    struct tensor *tensor = &file->tensors[file->count++];
    memset(tensor, 0, sizeof *tensor);
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->type = type;
    tensor->rank = rank;
    tensor->values = values;
    for (int i = 0; i < TYPE_COUNT; i++)
        if (types[i].type == type) {
            snprintf(tensor->type_name, sizeof tensor->type_name, "%s", types[i].name);
            tensor->size = types[i].size;
        }
    for (int d = 0; d < rank; d++) {
        tensor->dims[d] = dims[d];
        tensor->size *= (size_t)dims[d];
    }
}

void safetensors_add_metadata(struct safetensors *file, const char *key, const char *value)
{
    LS_ASSERT(file->metadata_count < SAFETENSORS_MAX_METADATA);
    file->metadata[file->metadata_count][0] = ls_strdup(key);
    file->metadata[file->metadata_count++][1] = ls_strdup(value);
}

/* The header's text, padded with spaces so that the data begins at a multiple of 8. */
static char *print_header(const struct safetensors *file)
{
    cJSON *root = cJSON_CreateObject();
    if (file->metadata_count > 0) {
        cJSON *metadata = cJSON_AddObjectToObject(root, "__metadata__");
        for (int i = 0; i < file->metadata_count; i++)
            cJSON_AddStringToObject(metadata, file->metadata[i][0], file->metadata[i][1]);
    }
    double offset = 0;
    for (int i = 0; i < file->count; i++) {
        const struct tensor *tensor = &file->tensors[i];
        cJSON *item = cJSON_AddObjectToObject(root, tensor->name);
        cJSON_AddStringToObject(item, "dtype", tensor->type_name);
        cJSON *shape = cJSON_AddArrayToObject(item, "shape");
        for (int d = 0; d < tensor->rank; d++)
            cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)tensor->dims[d]));
        cJSON *offsets = cJSON_AddArrayToObject(item, "data_offsets");
        cJSON_AddItemToArray(offsets, cJSON_CreateNumber(offset));
        offset += (double)tensor->size;
        cJSON_AddItemToArray(offsets, cJSON_CreateNumber(offset));
    }
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    LS_ASSERT(text != NULL);
    const size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    text = ls_realloc(text, padded + 1);
    memset(text + length, ' ', padded - length);
    text[padded] = 0;
    return text;
}

static bool check_names(const struct safetensors *file, const char *path, struct error *err)
{
    for (int i = 0; i < file->count; i++)
        if (safetensors_find(file, file->tensors[i].name) != &file->tensors[i])
            return error_set(err, "%s: two tensors are called \"%s\"; give the layers other names", path,
                             file->tensors[i].name);
    return true;
}

bool safetensors_write_to(const struct safetensors *file, struct atomic_file *out, struct error *err)
{
    if (!check_names(file, out->path, err)) {
        atomic_file_discard(out);
        return false;
    }
    char *header = print_header(file);
    const uint64_t length = strlen(header);
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (unsigned char)(length >> (8 * i));
    fwrite(prefix, 1, sizeof prefix, out->stream);
    fwrite(header, 1, (size_t)length, out->stream);
    for (int i = 0; i < file->count; i++)
        fwrite(file->tensors[i].values, 1, file->tensors[i].size, out->stream);
    free(header);
    return atomic_file_commit(out, err); /* notices a failed write */
}

bool safetensors_write(const struct safetensors *file, const char *path, bool overwrite, struct error *err)
{
    struct atomic_file out;
    return atomic_file_open(&out, path, overwrite, err) && safetensors_write_to(file, &out, err);
}

const struct tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    for (int i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key)
{
    for (int i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i][0], key) == 0)
            return file->metadata[i][1];
    return NULL;
}
