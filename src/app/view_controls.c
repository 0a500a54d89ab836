/* The table of settings. */
#include "app/view_controls.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "app/view_commands.h"
#include "app/viewer.h"

static void set_learning_rate(struct viewer *viewer, double value)
{
    viewer->learning_rate = (float)fmin(fmax(value, OPTIMIZER_LEAST_RATE), OPTIMIZER_MOST_RATE);
    viewer_post(viewer, TRAINING_SET_LEARNING_RATE, 0, viewer->learning_rate);
}

static void set_speed(struct viewer *viewer, double value)
{
    viewer->speed = (float)fmax(value, 0.0);
    viewer_post(viewer, TRAINING_SET_SPEED, 0, viewer->speed);
}

static void set_probe(struct viewer *viewer, double value)
{
    const double count = (double)viewer->session.data->test.count;
    const double wrapped = value - count * floor(value / count);
    viewer->probe = (uint32_t)fmin(wrapped, count - 1.0);
    viewer_post(viewer, TRAINING_SET_PROBE, viewer->probe, 0.0f);
}

static void set_cycles(struct viewer *viewer, double value) { viewer->cycles = value != 0.0; }

/* One of `count` numbered choices. */
static int choice(double value, int count) { return (int)fmin(fmax(value, 0.0), (double)(count - 1)); }

static void set_theme(struct viewer *viewer, double value)
{
    view_set_theme(viewer->view, (enum theme_name)choice(value, 2));
}

static void set_show(struct viewer *viewer, double value)
{
    view_display(viewer->view)->gradients = (enum display_gradients)choice(value, 3);
}

static void set_stacks(struct viewer *viewer, double value)
{
    view_display(viewer->view)->unfolded = value != 0.0;
}

static void set_scope(struct viewer *viewer, double value)
{
    view_display(viewer->view)->scope = (enum scale_scope)choice(value, SCOPE_COUNT);
}

static void set_edge_measure(struct viewer *viewer, double value)
{
    view_display(viewer->view)->edges_by_weight = value != 0.0;
}

static void show_edges(struct viewer *viewer, double value)
{
    view_display(viewer->view)->edges_hidden = value == 0.0;
}

static void show_pulses(struct viewer *viewer, double value)
{
    view_display(viewer->view)->pulses_hidden = value == 0.0;
}

static void show_labels(struct viewer *viewer, double value)
{
    view_display(viewer->view)->labels_hidden = value == 0.0;
}

static void show_selection(struct viewer *viewer, double value)
{
    view_display(viewer->view)->selection_hidden = value == 0.0;
}

static void set_smoothing(struct viewer *viewer, double value)
{
    view_display(viewer->view)->smoothing = (float)fmin(fmax(value, 0.0), 0.999);
}

static void set_loss_axis(struct viewer *viewer, double value)
{
    view_display(viewer->view)->linear[PLOT_LOSS] = value != 0.0;
}

static void set_gradient_norm_axis(struct viewer *viewer, double value)
{
    view_display(viewer->view)->linear[PLOT_GRADIENT_NORM] = value != 0.0;
}

static void close_message(struct viewer *viewer, double value)
{
    (void)value;
    if (!viewer_open_give_up(viewer))
        viewer_message_close(viewer);
}

static void choose_model(struct viewer *viewer, double value)
{
    viewer_prompt_choose(viewer, PROMPT_MODEL, (int)value);
}

static void choose_data(struct viewer *viewer, double value)
{
    viewer_prompt_choose(viewer, PROMPT_DATA, (int)value);
}

static void choose_optimizer(struct viewer *viewer, double value)
{
    viewer_prompt_choose(viewer, PROMPT_OPTIMIZER, (int)value);
}

static void choose_batch(struct viewer *viewer, double value)
{
    viewer_prompt_choose(viewer, PROMPT_BATCH, (int)value);
}

static void end_prompt(struct viewer *viewer, double value)
{
    if (value != 0.0)
        viewer_prompt_submit(viewer);
    else
        viewer_prompt_show(viewer, false);
}

static const struct {
    const char *name;
    void (*set)(struct viewer *viewer, double value);
} settings[] = {
    {"learning-rate", set_learning_rate},
    {"speed", set_speed},
    {"probe", set_probe},
    {"cycle-probe", set_cycles},
    {"theme-name", set_theme},
    {"show", set_show},
    {"stacks", set_stacks},
    {"scale-scope", set_scope},
    {"edge-measure", set_edge_measure},
    {"show-edges", show_edges},
    {"show-pulses", show_pulses},
    {"show-labels", show_labels},
    {"show-selection", show_selection},
    {"smoothing", set_smoothing},
    {"loss-axis", set_loss_axis},
    {"gradient-norm-axis", set_gradient_norm_axis},
    {"message", close_message},
    {"prompt-model", choose_model},
    {"prompt-data", choose_data},
    {"prompt-optimizer", choose_optimizer},
    {"prompt-batch", choose_batch},
    {"prompt-open", end_prompt},
};

bool view_control_set(struct viewer *viewer, const char *name, double value)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            settings[i].set(viewer, value);
            return true;
        }
    }
    return false;
}

struct hud_controls view_controls_state(const struct viewer *viewer)
{
    struct hud_controls controls;
    memset(&controls, 0, sizeof controls); /* the HUD compares bytes */
    const struct snapshot_info *info = view_info(viewer->view);
    controls.learning_rate = viewer->learning_rate;
    const struct schedule *schedule = trainer_schedule(viewer->session.trainer);
    if (info && (schedule->kind != SCHEDULE_CONSTANT || schedule->warmup.count > 0))
        controls.rate = info->learning_rate;
    controls.speed = viewer->speed;
    controls.probe = viewer->probe;
    controls.probe_count = (uint32_t)viewer->session.data->test.count;
    controls.cycles = viewer->cycles;
    controls.auto_orbit = view_camera(viewer->view)->auto_orbit;
    return controls;
}

void view_controls_follow(struct viewer *viewer)
{
    struct hud_request request;
    while (view_take_request(viewer->view, &request)) {
        if (view_control_set(viewer, request.name, request.value))
            continue;
        const struct view_command *command = view_command_find(request.name);
        LS_ASSERT(command != NULL && command->run != NULL);
        command->run(viewer);
    }
}

cJSON *view_controls_report(const struct viewer *viewer)
{
    cJSON *json = cJSON_CreateObject();
    const char *name;
    struct rect rect;
    for (int i = 0; view_control_at(viewer->view, i, &name, &rect); i++) {
        const double place[4] = {(double)rect.x, (double)rect.y, (double)rect.width, (double)rect.height};
        cJSON_AddItemToObject(json, name, cJSON_CreateDoubleArray(place, 4));
    }
    return json;
}
