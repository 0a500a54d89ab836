/* The panel "confusion". */
#include "view/hud_paint.h"

void hud_paint_confusion(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    paint_title(paint, rect, "confusion");
    paint_empty(paint, rect, "no evaluation yet");
}
