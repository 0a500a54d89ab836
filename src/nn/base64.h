/* Bytes as text, three in four characters: RFC 4648, section 4, with padding. */
#ifndef LS_NN_BASE64_H
#define LS_NN_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/* In fresh memory. */
char *base64_encode(const void *bytes, size_t size);
/* Exactly `size` bytes; false when the text is anything else. `bytes` may be half written then. */
bool base64_decode(const char *text, void *bytes, size_t size);

#endif
