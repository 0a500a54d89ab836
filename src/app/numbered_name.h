/* Names for what the viewer saves in the current folder. */
#ifndef LS_APP_NUMBERED_NAME_H
#define LS_APP_NUMBERED_NAME_H

#include "base/error.h"

enum { NUMBERED_NAME_SIZE = 32 };

/* The first of layerscope-0001ENDING … layerscope-9999ENDING that neither exists nor is, or was, being written. */
bool numbered_name(char name[NUMBERED_NAME_SIZE], const char *ending, struct error *err);

#endif
