/* Files embedded in the binary (release builds): shaders and fonts. */
#ifndef LS_BASE_EMBEDDED_H
#define LS_BASE_EMBEDDED_H

#include <stddef.h>

/* The bytes of "shaders/plate.vert" or "fonts/Inter-Regular.otf"; a zero byte follows them. NULL when
 * this build does not embed that file. */
const void *embedded_find(const char *name, size_t *size);

#endif
