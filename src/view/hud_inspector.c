/* The card of the selected value. */
#include "view/hud_paint.h"

void hud_paint_inspector(const struct paint *paint, struct rect rect)
{
    if (paint->frame->display->selected.plate < 0)
        return;
    paint_panel(paint, rect);
    paint_title(paint, rect, "selected");
}
