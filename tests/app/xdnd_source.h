/* Another program's window that files are dragged from: the source's side of XDND 5
 * (https://www.freedesktop.org/wiki/Specifications/XDND/). */
#ifndef LS_TESTS_APP_XDND_SOURCE_H
#define LS_TESTS_APP_XDND_SOURCE_H

#include <stdbool.h>

/* Drops `uris` ("file:///…\r\n") on X11 window `target` of $DISPLAY, at (x, y) on the screen. Waits until the
 * target has taken them; for a process of its own, since the target must answer meanwhile. */
bool xdnd_drop(unsigned long target, int x, int y, const char *uris);

#endif
