/* The dictionary is read as what NumPy writes: three keys, in any order, with either quotes. */
#include "data/npy.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

static void skip_spaces(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_spaces(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    skip_spaces(c);
    const size_t length = strlen(word);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

static bool take_text(struct cursor *c, char *out, size_t capacity)
{
    skip_spaces(c);
    if (c->at == c->end || (*c->at != '\'' && *c->at != '"'))
        return false;
    const char quote = *c->at++;
    const char *close = memchr(c->at, quote, (size_t)(c->end - c->at));
    if (!close || (size_t)(close - c->at) >= capacity)
        return false;
    memcpy(out, c->at, (size_t)(close - c->at));
    out[close - c->at] = 0;
    c->at = close + 1;
    return true;
}

static bool big_endian_machine(void) { return *(const uint8_t *)&(const uint16_t){1} == 0; }

static bool read_type(struct npy *npy, struct cursor *c, const char *origin, struct error *err)
{
    char text[16];
    if (!take_text(c, text, sizeof text))
        return error_set(err, "%s: expected a plain array, found one of records or of an unknown type",
                         origin);
    char order = '|', kind = 0, rest = 0;
    int size = 0;
    const bool read = sscanf(text, "%c%c%d%c", &order, &kind, &size, &rest) == 3 && strchr("<>|=", order);
    const bool number = (kind == 'f' && (size == 4 || size == 8)) || (kind == 'b' && size == 1) ||
                        ((kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8));
    if (read && (kind == 'U' || kind == 'S'))
        return error_set(err,
                         "%s: holds text, of type \"%s\"; expected numbers: of labels, "
                         "numpy.unique(labels, return_inverse=True)[1] gives each text its number",
                         origin, text);
    if (!read || !number)
        return error_set(
            err,
            "%s: has values of type \"%s\"; expected float32, float64, bool or integers of 8 to 64 "
            "bits: convert with .astype(\"float32\")",
            origin, text);
    npy->kind = kind;
    npy->size = size;
    npy->swapped =
        size > 1 && ((order == '>' && !big_endian_machine()) || (order == '<' && big_endian_machine()));
    return true;
}

static bool read_shape(struct npy *npy, struct cursor *c, const char *origin, struct error *err)
{
    if (!take(c, '('))
        return error_set(err, "%s: expected a tuple for 'shape' in the header", origin);
    npy->rank = 0;
    npy->count = 1;
    while (!take(c, ')')) {
        uint64_t value = 0;
        int digits = 0;
        for (skip_spaces(c); c->at < c->end && isdigit((unsigned char)*c->at) && digits < 18; digits++)
            value = value * 10 + (uint64_t)(*c->at++ - '0');
        if (digits == 0 || digits == 18)
            return error_set(err, "%s: expected sizes below 10¹⁷ for 'shape' in the header", origin);
        if (npy->rank == NPY_MAX_RANK)
            return error_set(err, "%s: expected at most %d dimensions, found more", origin, NPY_MAX_RANK);
        if (value > 0 && npy->count > UINT64_MAX / 16 / value)
            return error_set(err, "%s: claims more values than any file holds; the header is damaged",
                             origin);
        npy->dims[npy->rank++] = value;
        npy->count *= value;
        if (!take(c, ',') && (c->at == c->end || *c->at != ')'))
            return error_set(err, "%s: expected a tuple of numbers for 'shape' in the header", origin);
    }
    return true;
}

static bool read_dictionary(struct npy *npy, struct cursor c, const char *origin, struct error *err)
{
    enum { TYPE = 1, ORDER = 2, SHAPE = 4 };
    int seen = 0;
    bool fortran = false;
    if (!take(&c, '{'))
        return error_set(err, "%s: expected a header {'descr': …, 'fortran_order': …, 'shape': …}", origin);
    while (!take(&c, '}')) {
        char key[24];
        if (!take_text(&c, key, sizeof key) || !take(&c, ':'))
            return error_set(err, "%s: the header is damaged: expected a key and a colon", origin);
        const int part = strcmp(key, "descr") == 0           ? TYPE
                         : strcmp(key, "fortran_order") == 0 ? ORDER
                         : strcmp(key, "shape") == 0         ? SHAPE
                                                             : 0;
        if (part == 0 || seen & part)
            return error_set(err, "%s: the header has %s key '%s'", origin,
                             part ? "twice the" : "the unknown", key);
        seen |= part;
        if (part == TYPE && !read_type(npy, &c, origin, err))
            return false;
        if (part == SHAPE && !read_shape(npy, &c, origin, err))
            return false;
        if (part == ORDER) {
            fortran = take_word(&c, "True");
            if (!fortran && !take_word(&c, "False"))
                return error_set(err, "%s: expected True or False for 'fortran_order'", origin);
        }
        if (!take(&c, ',') && (c.at == c.end || *c.at != '}'))
            return error_set(err, "%s: the header is damaged: expected a comma after '%s'", origin, key);
    }
    skip_spaces(&c);
    if (c.at != c.end)
        return error_set(err, "%s: the header is damaged: text after its end", origin);
    if (seen != (TYPE | ORDER | SHAPE))
        return error_set(err, "%s: expected 'descr', 'fortran_order' and 'shape' in the header, found %s",
                         origin, seen ? "only some of them" : "none of them");
    uint64_t stride = 1;
    for (int i = 0; i < npy->rank; i++) {
        const int dim = fortran ? i : npy->rank - 1 - i;
        npy->strides[dim] = stride;
        stride *= npy->dims[dim];
    }
    return true;
}

/* `got` bytes of a file of `total` are at hand. */
static bool parse(struct npy *npy, const uint8_t *bytes, size_t got, uint64_t total, const char *origin,
                  struct error *err)
{
    memset(npy, 0, sizeof *npy);
    if (got < 10)
        return error_set(err, "%s: expected an .npy header of at least 10 bytes, found %zu", origin, got);
    if (memcmp(bytes, "\x93NUMPY", 6) != 0)
        return error_set(
            err, "%s: is not an .npy file: expected it to begin with 93 4e 55 4d 50 59 (\\x93NUMPY)", origin);
    if (bytes[6] < 1 || bytes[6] > 3)
        return error_set(err, "%s: expected format version 1, 2 or 3, found %d", origin, bytes[6]);
    size_t begin = 10, length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1) {
        begin = 12;
        if (got < begin)
            return error_set(err, "%s: ends inside its header", origin);
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    }
    if (length > total - begin)
        return error_set(err, "%s: ends inside its header: expected %zu bytes, found %" PRIu64, origin,
                         begin + length, total);
    if (length > NPY_HEAD - begin)
        return error_set(err, "%s: has a header of %zu bytes; expected at most %d, as plain arrays have",
                         origin, begin + length, NPY_HEAD);
    const struct cursor text = {(const char *)bytes + begin, (const char *)bytes + begin + length};
    if (!read_dictionary(npy, text, origin, err))
        return false;
    npy->values = bytes + begin + length;
    const uint64_t found = total - begin - length, expected = npy->count * (uint64_t)npy->size;
    if (found == expected)
        return true;
    char described[160];
    return error_set(
        err, "%s: expected %" PRIu64 " bytes after the header for %s, found %" PRIu64 "; the file is %s",
        origin, expected, npy_describe(npy, described), found, found < expected ? "truncated" : "too long");
}

bool npy_check(const uint8_t *head, size_t got, uint64_t total, const char *origin, struct error *err)
{
    struct npy npy;
    return parse(&npy, head, got, total, origin, err);
}

bool npy_parse(struct npy *npy, const uint8_t *bytes, size_t size, const char *origin, struct error *err)
{
    return parse(npy, bytes, size, size, origin, err);
}

static void copy_value(const struct npy *npy, uint64_t place, void *out)
{
    const uint8_t *from = npy->values + place * (uint64_t)npy->size;
    uint8_t *to = out;
    for (int i = 0; i < npy->size; i++)
        to[i] = from[npy->swapped ? npy->size - 1 - i : i];
}

int64_t npy_integer(const struct npy *npy, uint64_t place)
{
    union {
        uint8_t u1;
        uint16_t u2;
        uint32_t u4;
        uint64_t u8;
        int8_t i1;
        int16_t i2;
        int32_t i4;
        int64_t i8;
    } v = {0};
    copy_value(npy, place, &v);
    const bool is_signed = npy->kind == 'i';
    switch (npy->size) {
    case 1:
        return is_signed ? v.i1 : v.u1;
    case 2:
        return is_signed ? v.i2 : v.u2;
    case 4:
        return is_signed ? v.i4 : (int64_t)v.u4;
    default:
        return v.i8;
    }
}

double npy_value(const struct npy *npy, uint64_t place)
{
    if (npy->kind != 'f') {
        const int64_t value = npy_integer(npy, place);
        return npy->kind == 'u' && npy->size == 8 ? (double)(uint64_t)value : (double)value;
    }
    if (npy->size == 4) {
        float value;
        copy_value(npy, place, &value);
        return value;
    }
    double value;
    copy_value(npy, place, &value);
    return value;
}

const char *npy_describe(const struct npy *npy, char text[160])
{
    const char *kind = npy->kind == 'f'   ? "float"
                       : npy->kind == 'i' ? "int"
                       : npy->kind == 'u' ? "uint"
                                          : "bool";
    int used =
        npy->kind == 'b' ? snprintf(text, 160, "bool (") : snprintf(text, 160, "%s%d (", kind, 8 * npy->size);
    for (int i = 0; i < npy->rank && used < 140; i++)
        used += snprintf(text + used, 160 - (size_t)used, "%s%" PRIu64, i ? ", " : "", npy->dims[i]);
    snprintf(text + used, 160 - (size_t)used, "%s)", npy->rank == 1 ? "," : "");
    return text;
}
