/* Reading IDX files through zlib, which passes plain files as they are. */
#include "data/idx.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/capacity.h"

enum { TYPE_BYTE = 0x08 };

/* No data set that fits into memory is larger; a compressed file could else claim anything. */
static const uint64_t max_values = UINT64_C(1) << 33;

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

/* Reads magic and sizes from `head`; `*count` is the number of values that must follow. */
static bool parse_magic(struct idx *idx, const uint8_t *head, const char *origin, struct error *err)
{
    memset(idx, 0, sizeof *idx);
    if (head[0] != 0 || head[1] != 0)
        return error_set(err,
                         "%s: is not an IDX file: expected it to begin with bytes 00 00, found %02x %02x",
                         origin, head[0], head[1]);
    if (head[2] != TYPE_BYTE)
        return error_set(err, "%s: expected an IDX file of unsigned bytes (type 08), found type %02x", origin,
                         head[2]);
    if (head[3] < 1 || head[3] > IDX_MAX_RANK)
        return error_set(err, "%s: expected 1 to %d dimensions, found %d", origin, IDX_MAX_RANK, head[3]);
    idx->rank = head[3];
    return true;
}

static bool parse_sizes(struct idx *idx, const uint8_t *sizes, const char *origin, uint64_t *count,
                        struct error *err)
{
    *count = 1;
    for (int i = 0; i < idx->rank; i++) {
        idx->dims[i] = big_endian(sizes + 4 * i);
        if (idx->dims[i] == 0)
            return error_set(err, "%s: dimension %d has size 0; expected at least 1", origin, i);
        if (*count > max_values / idx->dims[i])
            return error_set(err,
                             "%s: claims more than %llu values; the header is damaged or the set too large",
                             origin, (unsigned long long)max_values);
        *count *= idx->dims[i];
    }
    return true;
}

bool idx_parse(struct idx *idx, const uint8_t *bytes, size_t size, const char *origin, struct error *err)
{
    if (size < 4)
        return error_set(err, "%s: expected an IDX header of at least 4 bytes, found %zu", origin, size);
    if (!parse_magic(idx, bytes, origin, err))
        return false;
    const size_t header = 4 + 4 * (size_t)idx->rank;
    if (size < header)
        return error_set(err, "%s: ends inside its header: expected %zu bytes, found %zu", origin, header,
                         size);
    uint64_t count;
    if (!parse_sizes(idx, bytes + 4, origin, &count, err))
        return false;
    if (size - header != count)
        return error_set(err, "%s: expected %llu values after the header, found %zu; the file is %s", origin,
                         (unsigned long long)count, size - header,
                         size - header < count ? "truncated" : "too long");
    idx->values = ls_calloc(count, 1);
    memcpy(idx->values, bytes + header, count);
    return true;
}

/* Reads exactly `size` bytes; `*got` says how many there were. False for a damaged stream. */
static bool read_bytes(gzFile file, void *out, uint64_t size, uint64_t *got)
{
    *got = 0;
    while (*got < size) {
        const uint64_t left = size - *got;
        const int part = gzread(file, (uint8_t *)out + *got, left > (1u << 30) ? 1u << 30 : (unsigned)left);
        if (part < 0)
            return false;
        if (part == 0)
            break;
        *got += (uint64_t)part;
    }
    return true;
}

static bool damaged(gzFile file, const char *path, struct error *err)
{
    int code;
    const char *text = gzerror(file, &code);
    if (code == Z_ERRNO)
        return error_set_errno(err, "%s: cannot be read", path);
    return error_set(err, "%s: the compressed data is damaged or truncated (%s); fetch the file again", path,
                     *text ? text : "unexpected end of file");
}

/* A gzip stream that stops in its middle; a plain file never does. */
static bool ends_early(gzFile file)
{
    int code;
    gzerror(file, &code);
    return code == Z_BUF_ERROR;
}

/* Room for the values grows with what really arrives, so that a lying header costs no memory. */
static bool read_values(gzFile file, struct idx *idx, uint64_t count, const char *path, struct error *err)
{
    uint64_t used = 0, capacity = count < (1u << 22) ? count : 1u << 22;
    idx->values = ls_realloc(NULL, capacity);
    for (;;) {
        uint64_t got;
        if (!read_bytes(file, idx->values + used, capacity - used, &got))
            return damaged(file, path, err);
        used += got;
        if (used < capacity || capacity == count)
            break;
        capacity = capacity * 2 < count ? capacity * 2 : count;
        idx->values = ls_realloc(idx->values, capacity);
    }
    if (used < count)
        return error_set(err, "%s: is truncated: expected %llu values after the header, found %llu", path,
                         (unsigned long long)count, (unsigned long long)used);
    uint8_t extra;
    uint64_t got;
    if (!read_bytes(file, &extra, 1, &got))
        return damaged(file, path, err);
    if (got)
        return error_set(err, "%s: is too long: expected %llu values after the header, found more", path,
                         (unsigned long long)count);
    return true;
}

/* What the header says of a file that is not compressed is true of its size, or it is not read at all. */
static bool check_size(uint64_t count, uint64_t header, uint64_t size, const char *path, struct error *err)
{
    const uint64_t found = size - header;
    return found == count ||
           error_set(err, "%s: expected %llu values after the header, found %llu; the file is %s", path,
                     (unsigned long long)count, (unsigned long long)found,
                     found < count ? "truncated" : "too long");
}

static bool read_stream(gzFile file, struct idx *idx, uint64_t size, const char *path, idx_accept *accept,
                        const void *context, struct error *err)
{
    uint8_t head[4 + 4 * IDX_MAX_RANK];
    uint64_t got, count;
    if (!read_bytes(file, head, 4, &got) || (got < 4 && ends_early(file)))
        return damaged(file, path, err);
    if (got < 4)
        return error_set(err, "%s: expected an IDX header of at least 4 bytes, found %d", path, (int)got);
    if (!parse_magic(idx, head, path, err))
        return false;
    const uint64_t sizes = 4 * (uint64_t)idx->rank;
    if (!read_bytes(file, head + 4, sizes, &got) || (got < sizes && ends_early(file)))
        return damaged(file, path, err);
    if (got < sizes)
        return error_set(err, "%s: ends inside its header: expected %d bytes, found %d", path, (int)sizes + 4,
                         (int)got + 4);
    return parse_sizes(idx, head + 4, path, &count, err) &&
           (!gzdirect(file) || check_size(count, 4 + sizes, size, path, err)) &&
           (!accept || accept(idx, path, context, err)) && capacity_check(count, 1, path, err) &&
           read_values(file, idx, count, path, err);
}

bool idx_read(struct idx *idx, const char *path, idx_accept *accept, const void *context, struct error *err)
{
    memset(idx, 0, sizeof *idx);
    uint64_t size = 0;
    gzFile file = bytes_open_gzip(path, &size, err);
    if (!file)
        return false;
    bool ok = read_stream(file, idx, size, path, accept, context, err);
    /* Only closing tells of a file that ends after its values, inside gzip's check sum. */
    if (gzclose_r(file) != Z_OK && ok)
        ok = error_set(err, "%s: the compressed data is truncated; fetch the file again", path);
    if (!ok)
        idx_deinit(idx);
    return ok;
}

void idx_deinit(struct idx *idx)
{
    free(idx->values);
    memset(idx, 0, sizeof *idx);
}
