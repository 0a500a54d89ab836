/* Text that a terminal only shows. */
#include "base/terminal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The length of the UTF-8 character at `bytes` and its code; 1 and −1 of a byte that begins none. */
static size_t decode(const unsigned char *bytes, int32_t *code)
{
    static const int32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = bytes[0];
    const size_t length = first < 0x80             ? 1
                          : (first & 0xe0) == 0xc0 ? 2
                          : (first & 0xf0) == 0xe0 ? 3
                          : (first & 0xf8) == 0xf0 ? 4
                                                   : 0;
    *code = length == 1 ? first : first & (0x7f >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            *code = INT32_MIN / 2; /* the zero at the end too: nothing beyond it is read */
        if (*code < 0)
            break;
        *code = *code << 6 | (bytes[i] & 0x3f);
    }
    if (length > 0 && *code >= least[length] && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff))
        return length;
    *code = -1;
    return 1;
}

static bool turns_writing(int32_t code)
{
    return code == 0x200e || code == 0x200f || code == 0x061c || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* What moves the cursor or the reader: control characters, line and paragraph separators. */
static bool is_acted_on(int32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029 ||
           turns_writing(code);
}

enum { LONGEST = 7 }; /* bytes of "\u009b" and a zero */

static void write_out(char text[LONGEST], unsigned char byte, int32_t code, bool json)
{
    static const char known[] = "\n\t\r", letters[] = "ntr";
    const char *place = code > 0 && code < 0x80 ? strchr(known, (int)code) : NULL;
    if (json)
        snprintf(text, LONGEST, "\\u%04x", code < 0 ? 0xfffdu : (unsigned)code & 0xffff);
    else if (place)
        snprintf(text, LONGEST, "\\%c", letters[place - known]);
    else if (code < 0x80)
        snprintf(text, LONGEST, "\\x%02x", byte);
    else
        snprintf(text, LONGEST, "\\u%04x", (unsigned)code & 0xffff);
}

static char *convert(const char *text, bool json)
{
    char *out = ls_calloc(strlen(text) * (LONGEST - 1) + 1, 1), *to = out;
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        int32_t code;
        const size_t length = decode(at, &code);
        const bool own_break = json && (code == '\n' || code == '\t');
        if (is_acted_on(code) && !own_break) {
            write_out(to, *at, code, json);
            to += strlen(to);
        } else {
            memcpy(to, at, length);
            to += length;
        }
        at += length;
    }
    *to = '\0';
    return out;
}

char *printable(const char *text) { return convert(text, false); }

char *printable_json(const char *json) { return convert(json, true); }

void terminal_print(FILE *stream, const char *format, ...)
{
    const size_t before = strspn(format, "\n");
    size_t end = strlen(format);
    while (end > before && format[end - 1] == '\n')
        end--;
    char *middle = ls_sprintf("%.*s", (int)(end - before), format + before);
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, middle, args);
    char *text = ls_calloc((size_t)(length < 0 ? 0 : length) + 1, 1);
    vsnprintf(text, (size_t)(length < 0 ? 0 : length) + 1, middle, again);
    va_end(again);
    va_end(args);
    char *shown = printable(text);
    fprintf(stream, "%.*s%s%s", (int)before, format, shown, format + end);
    free(shown);
    free(text);
    free(middle);
}
