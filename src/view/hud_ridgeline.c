/* The panel "weights over time". */
#include "view/hud_paint.h"

void hud_paint_ridgeline(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    paint_title(paint, rect, "weights over time");
    paint_empty(paint, rect, "no weights have been shown yet");
}
