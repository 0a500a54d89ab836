/* Questions to the mouse. */
#include "view/pointer.h"

#include <math.h>
#include <stddef.h>

static const struct pointer nowhere = {.x = NAN, .y = NAN};

void pointer_init(struct pointer *pointer) { *pointer = nowhere; }

struct pointer pointer_or_none(const struct pointer *pointer) { return pointer != NULL ? *pointer : nowhere; }

void pointer_frame_done(struct pointer *pointer)
{
    pointer->pressed = pointer->released = pointer->clicked = pointer->double_clicked = false;
    pointer->wheel = 0.0f;
}

bool rect_holds(struct rect rect, float x, float y)
{
    return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

bool pointer_over(const struct pointer *pointer, struct rect rect)
{
    return pointer != NULL && rect_holds(rect, pointer->x, pointer->y);
}

bool pointer_clicked(const struct pointer *pointer, struct rect rect)
{
    return pointer_over(pointer, rect) && pointer->clicked &&
           rect_holds(rect, pointer->pressed_x, pointer->pressed_y);
}

bool pointer_double_clicked(const struct pointer *pointer, struct rect rect)
{
    return pointer_clicked(pointer, rect) && pointer->double_clicked;
}

bool pointer_acts(const struct pointer *pointer)
{
    return pointer != NULL &&
           (pointer->pressed || pointer->released || pointer->clicked || pointer->wheel != 0.0f);
}
