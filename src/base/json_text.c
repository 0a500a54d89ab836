/* See json_text.h. */
#include "base/json_text.h"

#include <string.h>

bool json_text_has_zero(const char *text, size_t size)
{
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            return true;
        if (text[i] == '"')
            quoted = !quoted;
        if (!quoted || text[i] != '\\')
            continue;
        if (size - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
            return true;
        i++; /* what is escaped begins nothing */
    }
    return false;
}
