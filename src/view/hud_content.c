/* One function a panel: whatever its painter reads that can change from frame to frame. */
#include "view/hud_content.h"

#include <string.h>

static void note_top_bar(const struct hud_frame *frame, struct hud_content *content)
{
    if (pointer_over(frame->pointer, frame->layout->panels[PANEL_TOP_BAR])) {
        content->pointer[0] = frame->pointer->x;
        content->pointer[1] = frame->pointer->y;
    }
    if (frame->hide_wall_clock || frame->paused)
        return;
    const double figures[] = {frame->fps, frame->train_ms, frame->view_ms, (double)frame->bytes_per_frame,
                              (double)frame->readback_bytes};
    memcpy(content->figures, figures, sizeof figures);
}

static void note_legend(const struct hud_frame *frame, struct hud_content *content)
{
    content->pulse_steps = frame->pulse_steps;
    for (int i = 0; i < frame->map_count; i++) {
        const struct hud_map *map = &frame->maps[i];
        content->clip_percent[map->map] = map->clip_percent;
        memcpy(content->footprint[map->map], map->footprint, sizeof map->footprint);
    }
}

static void note_plot(const struct paint *paint, struct hud_content *content)
{
    content->run = metrics_run(paint->desc->metrics);
    content->steps = metrics_step_count(paint->desc->metrics);
    content->evaluations = metrics_evaluation_count(paint->desc->metrics);
}

static uint64_t predictions_version(const struct paint *paint)
{
    return paint->predictions == NULL ? 0 : paint->predictions->version;
}

static void note(const struct paint *paint, enum panel panel, struct hud_content *content)
{
    const struct hud_frame *frame = paint->frame;
    const struct snapshot_info *info = frame->info;
    const bool follows_step =
        panel == PANEL_TOP_BAR || panel == PANEL_PROBE || panel == PANEL_LEGEND || panel == PANEL_INSPECTOR;
    if ((panel == PANEL_POINTS || panel == PANEL_FIT) && info != NULL)
        content->probe = info->probe_index;
    if (follows_step && info != NULL) {
        content->step = info->step;
        content->run = info->run;
        content->probe = info->probe_index;
    }
    switch (panel) {
    case PANEL_TOP_BAR:
        note_top_bar(frame, content);
        break;
    case PANEL_LOSS:
    case PANEL_ACCURACY:
    case PANEL_LEARNING_RATE:
    case PANEL_GRADIENT_NORM:
        note_plot(paint, content);
        break;
    case PANEL_LEGEND:
        note_legend(frame, content);
        break;
    case PANEL_RIDGELINE:
        content->version = frame->ridgeline.history == NULL ? 0 : frame->ridgeline.history->version;
        break;
    case PANEL_CONFUSION:
        content->version = predictions_version(paint);
        break;
    case PANEL_ROC:
        content->version = predictions_version(paint);
        content->class_ = info == NULL ? -1 : hud_predicted_class(info);
        break;
    case PANEL_INSPECTOR:
        content->version = frame->inspector.selected == NULL ? 0 : frame->inspector.selected->step;
        break;
    case PANEL_POINTS:
        content->version = paint->surface->surface.version;
        break;
    case PANEL_FIT:
        content->version = predictions_version(paint) + paint->surface->surface.version;
        break;
    case PANEL_PROBE:
    case PANEL_DRAWER:
    case PANEL_COUNT:
        break;
    }
}

unsigned hud_contents_together(const struct hud_content *before, const struct hud_content *now,
                               unsigned stale, unsigned due)
{
    const unsigned of_snapshot =
        1u << PANEL_TOP_BAR | 1u << PANEL_PROBE | 1u << PANEL_LEGEND | 1u << PANEL_INSPECTOR;
    const unsigned of_evaluation =
        1u << PANEL_LOSS | 1u << PANEL_ACCURACY | 1u << PANEL_CONFUSION | 1u << PANEL_ROC | 1u << PANEL_FIT;
    unsigned evaluated = 0;
    for (int i = 0; i < PANEL_COUNT; i++)
        if (of_evaluation & 1u << i && (before[i].evaluations != now[i].evaluations ||
                                        before[i].version != now[i].version || before[i].run != now[i].run))
            evaluated |= 1u << i;
    if (due & of_snapshot)
        due |= stale & of_snapshot;
    if (due & evaluated)
        due |= stale & evaluated;
    return due;
}

void hud_contents(const struct paint *paint, struct hud_content contents[PANEL_COUNT])
{
    const struct layout *layout = paint->frame->layout;
    memset(contents, 0, PANEL_COUNT * sizeof contents[0]);
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (!layout->visible[i] || i == PANEL_DRAWER)
            continue;
        note(paint, (enum panel)i, &contents[i]);
    }
}
