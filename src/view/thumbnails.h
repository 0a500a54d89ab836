/* Small pictures of samples, in one texture that is made anew when other samples are asked for. OpenGL thread
 * only. */
#ifndef LS_VIEW_THUMBNAILS_H
#define LS_VIEW_THUMBNAILS_H

#include <GL/glew.h>

#include "data/dataset.h"
#include "view/layout.h"

enum { THUMBNAILS_MOST = 128 };

struct thumbnails {
    GLuint texture; /* 0: none yet */
    uint32_t samples[THUMBNAILS_MOST];
    int count;
};

void thumbnails_deinit(struct thumbnails *thumbnails);
/* `samples` are `count` numbers of samples in `set`, which is the same one in every call. */
void thumbnails_show(struct thumbnails *thumbnails, const struct dataset *set, const uint32_t *samples,
                     int count);
/* Where in the texture number `index` of them is, 0 … 1. */
struct rect thumbnails_part(const struct thumbnails *thumbnails, int index);

#endif
