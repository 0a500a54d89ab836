/* The controls. */
#include "view/hud_paint.h"

void hud_paint_drawer(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    paint_title(paint, rect, "controls");
}
