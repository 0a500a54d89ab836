/* Zip files through libzip. */
#include "data/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "base/memory.h"
#include "data/capacity.h"
#include "data/npy.h"

struct npz {
    zip_t *zip;
    char *origin;
    char name[256];
};

static struct npz *wrap(zip_t *zip, const char *origin)
{
    struct npz *npz = ls_calloc(1, sizeof *npz);
    npz->zip = zip;
    npz->origin = ls_strdup(origin);
    return npz;
}

static bool open_failed(zip_error_t *error, const char *origin, struct error *err)
{
    return error_set(err, "%s: is not a zip file that can be read (%s); write it with numpy.savez", origin,
                     zip_error_strerror(error));
}

struct npz *npz_open(const char *path, struct error *err)
{
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (zip)
        return wrap(zip, path);
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    open_failed(&error, path, err);
    zip_error_fini(&error);
    return NULL;
}

struct npz *npz_open_bytes(const uint8_t *bytes, size_t size, const char *origin, struct error *err)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip) {
        open_failed(&error, origin, err);
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return zip ? wrap(zip, origin) : NULL;
}

void npz_close(struct npz *npz)
{
    if (!npz)
        return;
    zip_discard(npz->zip);
    free(npz->origin);
    free(npz);
}

int npz_count(const struct npz *npz) { return (int)zip_get_num_entries(npz->zip, 0); }

const char *npz_name(struct npz *npz, int member)
{
    const char *name = zip_get_name(npz->zip, (zip_uint64_t)member, 0);
    snprintf(npz->name, sizeof npz->name, "%s", name ? name : "");
    const size_t length = strlen(npz->name);
    if (length > 4 && strcmp(npz->name + length - 4, ".npy") == 0)
        npz->name[length - 4] = 0;
    return npz->name;
}

/* The directory's sizes and the array's header must agree before room is made for the values. */
static bool check_sizes(const struct zip_stat *info, const char *what, struct error *err)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((info->valid & needed) != needed)
        return error_set(err, "%s: has no size; the archive is damaged", what);
    if (info->comp_method != ZIP_CM_STORE && info->comp_method != ZIP_CM_DEFLATE)
        return error_set(err, "%s: is compressed by method %d; expected what numpy.savez_compressed writes",
                         what, info->comp_method);
    /* The most that deflate makes of a byte is 1032; a few bytes more begin and end it. */
    if (info->size / 1032 > info->comp_size + 64)
        return error_set(err, "%s: claims %llu bytes, more than %llu compressed ones can be; it is damaged",
                         what, (unsigned long long)info->size, (unsigned long long)info->comp_size);
    return capacity_check(info->size, 1, what, err);
}

/* Reads `size` bytes, or what there are. */
static bool inflate_some(zip_file_t *file, uint8_t *bytes, size_t size, size_t *got, const char *what,
                         struct error *err)
{
    for (*got = 0; *got < size;) {
        const zip_int64_t part = zip_fread(file, bytes + *got, size - *got);
        if (part < 0)
            return error_set(err, "%s: the compressed data is damaged (%s); fetch the file again", what,
                             zip_error_strerror(zip_file_get_error(file)));
        if (part == 0)
            break;
        *got += (size_t)part;
    }
    return true;
}

/* One byte more than claimed is asked for: at the end libzip compares the check sum. */
static bool inflate_all(zip_file_t *file, uint64_t claimed, const char *what, uint8_t **bytes, size_t *size,
                        struct error *err)
{
    const size_t head = claimed < NPY_HEAD ? (size_t)claimed + 1 : NPY_HEAD;
    size_t got, rest;
    *bytes = ls_realloc(NULL, head);
    if (!inflate_some(file, *bytes, head, &got, what, err) ||
        !npy_check(*bytes, got < claimed ? got : (size_t)claimed, claimed, what, err))
        return false;
    *bytes = ls_realloc(*bytes, (size_t)claimed + 1);
    if (!inflate_some(file, *bytes + got, (size_t)claimed + 1 - got, &rest, what, err))
        return false;
    *size = got + rest;
    if (*size != claimed)
        return error_set(err, "%s: expected %llu bytes, found %s; the file is damaged", what,
                         (unsigned long long)claimed, *size < claimed ? "fewer" : "more");
    return true;
}

bool npz_read(struct npz *npz, int member, uint8_t **bytes, size_t *size, struct error *err)
{
    *bytes = NULL;
    *size = 0;
    struct zip_stat info;
    char *what = ls_sprintf("%s: %s", npz->origin, npz_name(npz, member));
    bool ok = zip_stat_index(npz->zip, (zip_uint64_t)member, 0, &info) == 0
                  ? check_sizes(&info, what, err)
                  : error_set(err, "%s: cannot be read (%s)", what, zip_strerror(npz->zip));
    zip_file_t *file = ok ? zip_fopen_index(npz->zip, (zip_uint64_t)member, 0) : NULL;
    if (ok && !file)
        error_set(err, "%s: cannot be read (%s)", what, zip_strerror(npz->zip));
    ok = file && inflate_all(file, info.size, what, bytes, size, err);
    if (file)
        zip_fclose(file);
    if (!ok) {
        free(*bytes);
        *bytes = NULL;
    }
    free(what);
    return ok;
}
