/* Training and drawing in lock step on one thread, without a display: what record and screenshot share.
 * The same options give the same frames. */
#ifndef LS_APP_OFFLINE_H
#define LS_APP_OFFLINE_H

#include "app/session.h"
#include "gl/context.h"
#include "gl/framebuffer.h"
#include "view/view.h"

struct offline {
    const struct options *options;
    struct session session;
    struct gl_context *context;
    struct view *view;
    struct gl_framebuffer framebuffer;
    uint8_t *pixels; /* (height, width, 4), top row first: the last frame */
};

/* On failure nothing is left. */
bool offline_init(struct offline *offline, const struct options *options, struct error *err);
void offline_deinit(struct offline *offline);

/* Trains `steps` steps; false when interrupted. */
bool offline_train(struct offline *offline, int64_t steps);
/* Publishes, draws one frame `dt` seconds after the last, and reads it into `pixels`. */
bool offline_draw(struct offline *offline, float dt, struct error *err);

#endif
