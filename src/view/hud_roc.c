/* The panel "ROC". */
#include "view/hud_paint.h"

void hud_paint_roc(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    paint_title(paint, rect, "ROC");
    paint_empty(paint, rect, "no evaluation yet");
}
