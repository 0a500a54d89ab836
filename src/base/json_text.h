/* What cJSON does not notice in a JSON text. Any thread. */
#ifndef LS_BASE_JSON_TEXT_H
#define LS_BASE_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Is there a zero byte among `size` bytes, or a \u0000 in a string? Either would end a text before its end:
 * two names could look like one. */
bool json_text_has_zero(const char *text, size_t size);

#endif
