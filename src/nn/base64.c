/* Base 64: four characters a group of three bytes. */
#include "nn/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    char *text = ls_calloc((size + 2) / 3 * 4 + 1, 1), *to = text;
    for (size_t at = 0; at < size; at += 3, to += 4) {
        const size_t left = size - at;
        const uint32_t group = (uint32_t)from[at] << 16 | (left > 1 ? (uint32_t)from[at + 1] << 8 : 0) |
                               (left > 2 ? from[at + 2] : 0);
        to[0] = digits[group >> 18];
        to[1] = digits[group >> 12 & 63];
        to[2] = left > 1 ? digits[group >> 6 & 63] : '=';
        to[3] = left > 2 ? digits[group & 63] : '=';
    }
    return text;
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(const char *text, void *bytes, size_t size)
{
    unsigned char *to = bytes;
    if (strlen(text) != (size + 2) / 3 * 4)
        return false;
    for (size_t at = 0; at < size; at += 3, text += 4) {
        const size_t count = size - at < 3 ? size - at : 3;
        uint32_t group = 0;
        for (size_t i = 0; i < 4; i++) {
            const int value = i <= count ? digit_value(text[i]) : text[i] == '=' ? 0 : -1;
            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        if ((group & 0xffffffu >> 8 * count) != 0) /* bits that stand for no byte */
            return false;
        for (size_t i = 0; i < count; i++)
            to[at + i] = (unsigned char)(group >> (16 - 8 * i));
    }
    return true;
}
