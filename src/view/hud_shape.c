/* See hud_shape.h. */
#include "view/hud_shape.h"

#include <string.h>

#include "view/theme.h"

struct hud_shape hud_shape_of(const struct hud_frame *frame, bool enlarged)
{
    struct hud_shape shape;
    memset(&shape, 0, sizeof shape);
    shape.width = frame->width;
    shape.height = frame->height;
    shape.mode = frame->mode;
    shape.theme = frame->theme->name;
    shape.paused = frame->paused;
    shape.help = frame->help;
    shape.hide_wall_clock = frame->hide_wall_clock;
    shape.has_info = frame->info != NULL;
    shape.ribbons = frame->ribbons;
    shape.drawer = frame->layout->visible[PANEL_DRAWER];
    shape.gradients = frame->display->gradients;
    shape.scope = frame->display->scope;
    shape.unfolded = frame->display->unfolded;
    shape.edges_by_weight = frame->display->edges_by_weight;
    shape.selection_hidden = frame->display->selection_hidden;
    shape.edges_hidden = frame->display->edges_hidden;
    shape.pulses_hidden = frame->display->pulses_hidden;
    shape.labels_hidden = frame->display->labels_hidden;
    shape.inspected = frame->inspector.selected != NULL;
    shape.card = frame->layout->visible[PANEL_INSPECTOR];
    shape.selected = shape.inspected ? frame->inspector.selected->cell : frame->display->selected;
    shape.samples = frame->samples;
    shape.recording = frame->recording.on;
    memcpy(shape.linear, frame->display->linear, sizeof shape.linear);
    shape.smoothing = frame->display->smoothing;
    shape.ridgeline = frame->ridgeline.tensor;
    shape.enlarged = enlarged;
    if (frame->notice != NULL && !frame->hide_wall_clock)
        strncpy(shape.notice, frame->notice, HUD_NOTICE_SIZE - 1);
    return shape;
}
