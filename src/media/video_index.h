/* Turning a fragmented MP4 into a plain one with its index in front; private to media/. */
#ifndef LS_MEDIA_VIDEO_INDEX_H
#define LS_MEDIA_VIDEO_INDEX_H

#include <stdbool.h>

/* Copies the packets of `fragmented` into a new file `plain`, bit for bit the same for the same input.
 * False when that fails; `plain` is removed then. */
bool video_index(const char *fragmented, const char *plain);

#endif
