/* The mouse as the picture sees it: where it is, and what it did since the last frame. Framebuffer pixels,
 * y down. The viewer fills it in; the view and the panels read it while the next frame is drawn, and
 * pointer_frame_done forgets what happened afterwards. No OpenGL.
 *
 * A panel asks while it paints itself: "was I clicked here?" is pointer_clicked(paint->frame->pointer, rect).
 * Whatever happens over a panel has it painted anew in that very frame, and each click is seen in one frame
 * only, so asking is enough. Nothing that happens over a panel reaches the scene. All questions may
 * be asked of NULL, no mouse. */
#ifndef LS_VIEW_POINTER_H
#define LS_VIEW_POINTER_H

#include <stdbool.h>

#include "view/layout.h"

struct pointer {
    float x, y;                 /* NaN: outside the window */
    bool down;                  /* the left button is held */
    float pressed_x, pressed_y; /* where it last went down */
    /* Since the last frame: */
    bool pressed, released;
    bool clicked;        /* the button came up about where it went down */
    bool double_clicked; /* and for the second time in short order; `clicked` as well */
    float wheel;         /* notches, away from the user is positive */
};

/* A button that moves farther than this, in window coordinates, begins a drag, not a click. */
#define POINTER_CLICK_REACH 4.0f

/* Outside the window. */
void pointer_init(struct pointer *pointer);
struct pointer pointer_or_none(const struct pointer *pointer);
void pointer_frame_done(struct pointer *pointer);

bool rect_holds(struct rect rect, float x, float y);
/* The cursor is over `rect`. */
bool pointer_over(const struct pointer *pointer, struct rect rect);
/* A click began and ended in `rect`. */
bool pointer_clicked(const struct pointer *pointer, struct rect rect);
bool pointer_double_clicked(const struct pointer *pointer, struct rect rect);
/* Something happened that a panel may answer. */
bool pointer_acts(const struct pointer *pointer);

#endif
