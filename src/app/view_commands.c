/* The command table of the viewer and what its rows do. */
#include "app/view_commands.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <string.h>

#include "app/view_controls.h"
#include "app/viewer.h"
#include "app/viewer_media.h"
#include "base/number_text.h"
#include "view/plate_shape.h"

static const float flight_seconds = 0.9f, rate_factor = 1.25f;

static void toggle_pause(struct viewer *viewer)
{
    viewer->paused = !viewer->paused;
    viewer_post(viewer, viewer->paused ? TRAINING_PAUSE : TRAINING_RESUME, 0, 0.0f);
}

static void single_step(struct viewer *viewer)
{
    if (!viewer->paused)
        toggle_pause(viewer);
    viewer_post(viewer, TRAINING_STEP, 1, 0.0f);
}

static void change_learning_rate(struct viewer *viewer, float factor)
{
    view_control_set(viewer, "learning-rate", (double)(viewer->learning_rate * factor));
    viewer_notice(viewer, "learning rate %s", LS_NUMBER(viewer->learning_rate));
}

static void raise_learning_rate(struct viewer *viewer) { change_learning_rate(viewer, rate_factor); }

static void lower_learning_rate(struct viewer *viewer) { change_learning_rate(viewer, 1.0f / rate_factor); }

static void next_probe(struct viewer *viewer)
{
    view_control_set(viewer, "probe", (double)viewer->probe + 1.0);
}

static void previous_probe(struct viewer *viewer)
{
    view_control_set(viewer, "probe", (double)viewer->probe - 1.0);
}

static void toggle_hud(struct viewer *viewer)
{
    view_set_hud(viewer->view, view_hud(viewer->view) == HUD_FULL ? HUD_NONE : HUD_FULL);
}

static void toggle_legend(struct viewer *viewer)
{
    view_set_hud(viewer->view, view_hud(viewer->view) == HUD_LEGEND ? HUD_FULL : HUD_LEGEND);
}

static void toggle_theme(struct viewer *viewer)
{
    view_set_theme(viewer->view, view_theme(viewer->view) == THEME_DARK ? THEME_LIGHT : THEME_DARK);
}

static void toggle_log(struct viewer *viewer)
{
    const int under_cursor = view_plot_at(viewer->view, viewer->pointer.x, viewer->pointer.y);
    const bool has_log = under_cursor >= 0 && hud_plot_has_log((enum plot_series)under_cursor);
    bool *linear = &view_display(viewer->view)->linear[has_log ? under_cursor : PLOT_LOSS];
    *linear = !*linear;
}

static void toggle_gradients(struct viewer *viewer)
{
    struct display *display = view_display(viewer->view);
    display->gradients = display->gradients == GRADIENTS_TURNED ? GRADIENTS_OFF : GRADIENTS_TURNED;
}

static void toggle_both(struct viewer *viewer)
{
    struct display *display = view_display(viewer->view);
    display->gradients = display->gradients == GRADIENTS_STACKED ? GRADIENTS_OFF : GRADIENTS_STACKED;
}

static void toggle_unfolded(struct viewer *viewer)
{
    struct display *display = view_display(viewer->view);
    if (view_can_unfold(viewer->view))
        display->unfolded = !display->unfolded;
    else
        viewer_notice(viewer, "nothing to unfold: no layer of %s is a stack of feature maps",
                      viewer->session.network->name);
}

static void next_scope(struct viewer *viewer)
{
    struct display *display = view_display(viewer->view);
    display->scope = (enum scale_scope)((display->scope + 1) % SCOPE_COUNT);
    viewer_notice(viewer, "one colour scale per %s",
                  display->scope == SCOPE_LAYER  ? "layer"
                  : display->scope == SCOPE_KIND ? "kind: activations, weights, gradients"
                                                 : "everything");
}

static void toggle_edge_ranking(struct viewer *viewer)
{
    struct display *display = view_display(viewer->view);
    display->edges_by_weight = !display->edges_by_weight;
}

static void toggle_drawer(struct viewer *viewer)
{
    /* Where panels are hidden the drawer is too. */
    const bool open = !view_drawer(viewer->view) || view_hud(viewer->view) != HUD_FULL;
    if (!view_set_drawer(viewer->view, open))
        viewer_notice(viewer, "the window is too small for the controls");
    else if (open)
        view_set_hud(viewer->view, HUD_FULL);
}

static void toggle_help(struct viewer *viewer) { view_set_help(viewer->view, !view_help(viewer->view)); }

static void toggle_fullscreen(struct viewer *viewer) { viewer_set_fullscreen(viewer, !viewer->fullscreen); }

static void leave(struct viewer *viewer)
{
    if (viewer_open_give_up(viewer) || viewer_message_close(viewer))
        return;
    if (view_help(viewer->view))
        view_set_help(viewer->view, false);
    else if (!view_close_enlarged(viewer->view) && viewer->fullscreen)
        viewer_set_fullscreen(viewer, false);
}

static void fit_all(struct viewer *viewer)
{
    viewer->focus = VIEWER_NO_LAYER;
    view_fit_all(viewer->view, flight_seconds);
}

static void fly_to_preset(struct viewer *viewer, enum camera_preset preset)
{
    viewer->focus = VIEWER_NO_LAYER;
    view_camera_preset(viewer->view, preset, flight_seconds);
}

static void preset_three_quarter(struct viewer *viewer) { fly_to_preset(viewer, CAMERA_THREE_QUARTER); }
static void preset_front(struct viewer *viewer) { fly_to_preset(viewer, CAMERA_FRONT); }
static void preset_side(struct viewer *viewer) { fly_to_preset(viewer, CAMERA_SIDE); }
static void preset_top(struct viewer *viewer) { fly_to_preset(viewer, CAMERA_TOP); }

/* From no layer, forward begins with the first and backward with the last. A layer that passes values on is
 * seen with the one before it. */
static void move_focus(struct viewer *viewer, int direction)
{
    const struct network *network = viewer->session.network;
    const int count = network->layer_count;
    int layer = viewer->focus != VIEWER_NO_LAYER ? viewer->focus : direction > 0 ? -1 : count;
    do
        layer = (layer + direction + count) % count;
    while (layer_passes_values_on(&network->layers[layer]));
    viewer->focus = layer;
    view_focus_layer(viewer->view, viewer->focus, flight_seconds);
}

static void next_layer(struct viewer *viewer) { move_focus(viewer, 1); }
static void previous_layer(struct viewer *viewer) { move_focus(viewer, -1); }

static void toggle_orbit(struct viewer *viewer)
{
    struct camera *camera = view_camera(viewer->view);
    camera->auto_orbit = !camera->auto_orbit;
}

static void take_screenshot(struct viewer *viewer) { viewer_media_want_still(viewer); }

static void toggle_recording(struct viewer *viewer) { viewer_media_toggle_film(viewer); }

static void save_parameters(struct viewer *viewer) { viewer_media_save(viewer); }

static void restart_training(struct viewer *viewer)
{
    viewer_post(viewer, TRAINING_RESTART, 0, 0.0f);
    viewer_notice(viewer, "training begins anew from the first step");
}

static void open_prompt(struct viewer *viewer) { viewer_prompt_show(viewer, true); }

static void quit(struct viewer *viewer) { viewer->quit = true; }

const struct view_command view_commands[] = {
    {"pause", "Space", "pause training or go on", GLFW_KEY_SPACE, 0, 0, false, toggle_pause},
    {"step", ".", "train one step", 0, 0, '.', true, single_step},
    {"restart", "Ctrl+R", "train anew from the first step", GLFW_KEY_R, GLFW_MOD_CONTROL, 0, false,
     restart_training},
    {"open", "Ctrl+O", "choose a network and data, or a file to open", GLFW_KEY_O, GLFW_MOD_CONTROL, 0, false,
     open_prompt},
    {"save", "Ctrl+S", "save the parameters in the current folder", GLFW_KEY_S, GLFW_MOD_CONTROL, 0, false,
     save_parameters},
    {"next-probe", "N or Right", "show the next test sample", GLFW_KEY_RIGHT, 0, 'n', true, next_probe},
    {"previous-probe", "P or Left", "show the previous test sample", GLFW_KEY_LEFT, 0, 'p', true,
     previous_probe},
    {"raise-learning-rate", "+", "learning rate × 1.25", GLFW_KEY_KP_ADD, 0, '+', true, raise_learning_rate},
    {"lower-learning-rate", "-", "learning rate ÷ 1.25", GLFW_KEY_KP_SUBTRACT, 0, '-', true,
     lower_learning_rate},
    {"gradients", "G", "turn the plates to their gradients and back", 0, 0, 'g', false, toggle_gradients},
    {"both", "Shift+G", "values and gradients, one above the other", 0, 0, 'G', false, toggle_both},
    {"unfold", "U", "unfold stacks of feature maps, or fold them", 0, 0, 'u', false, toggle_unfolded},
    {"scope", "S", "colour scale per layer, per kind, or one for all", 0, 0, 's', false, next_scope},
    {"edge-ranking", "E", "edges by weight × activation or by weight", 0, 0, 'e', false, toggle_edge_ranking},
    {"controls", "C", "open or close the controls", 0, 0, 'c', false, toggle_drawer},
    {"log-loss", "L", "axis of the plot under the cursor, else of the loss: log or linear", 0, 0, 'l', false,
     toggle_log},
    {"hud", "Tab", "hide or show all panels", GLFW_KEY_TAB, 0, 0, false, toggle_hud},
    {"legend", "Shift+Tab", "legend alone", GLFW_KEY_TAB, GLFW_MOD_SHIFT, 0, false, toggle_legend},
    {"theme", "T", "dark or light", 0, 0, 't', false, toggle_theme},
    {"fit", "F", "show the whole network", 0, 0, 'f', false, fit_all},
    {"three-quarter", "1", "view from three quarters", 0, 0, '1', false, preset_three_quarter},
    {"front", "2", "view from the front", 0, 0, '2', false, preset_front},
    {"side", "3", "view from the side", 0, 0, '3', false, preset_side},
    {"top", "4", "view from above", 0, 0, '4', false, preset_top},
    {"previous-layer", "[", "look at the previous layer", 0, 0, '[', true, previous_layer},
    {"next-layer", "]", "look at the next layer", 0, 0, ']', true, next_layer},
    {"orbit", "O", "swing slowly from side to side by itself", 0, 0, 'o', false, toggle_orbit},
    {"fullscreen", "F11", "fullscreen or window", GLFW_KEY_F11, 0, 0, false, toggle_fullscreen},
    {"record", "F9", "film the window, or end the film", GLFW_KEY_F9, 0, 0, false, toggle_recording},
    {"screenshot", "F12", "save a PNG in the current folder", GLFW_KEY_F12, 0, 0, false, take_screenshot},
    {"help", "H or F1", "this list", GLFW_KEY_F1, 0, 'h', false, toggle_help},
    {"leave", "Esc", "close a message, this list or the enlarged matrix, leave fullscreen", GLFW_KEY_ESCAPE,
     0, 0, false, leave},
    {"quit", "Q or Ctrl+Q", "quit", GLFW_KEY_Q, GLFW_MOD_CONTROL, 'q', false, quit},
    {"mouse-orbit", "left drag", "turn the network", 0, 0, 0, false, NULL},
    {"mouse-pan", "right drag", "move it (middle button too)", 0, 0, 0, false, NULL},
    {"mouse-zoom", "wheel", "nearer or farther, toward the cursor", 0, 0, 0, false, NULL},
    {"mouse-select", "click", "select the value under the cursor, or nothing", 0, 0, 0, false, NULL},
    {"mouse-confusion", "click on confusion", "enlarge it, list a cell's samples, show one", 0, 0, 0, false,
     NULL},
    {"mouse-focus", "double click", "look at the layer or the weights under the cursor; a stack unfolds", 0,
     0, 0, false, NULL},
    {"mouse-drop", "drop files", "train this model, on this data, from this checkpoint", 0, 0, 0, false,
     NULL},
};

enum { COUNT = sizeof view_commands / sizeof view_commands[0] };

const int view_command_count = COUNT;

const struct hud_key *view_command_keys(void)
{
    static struct hud_key keys[COUNT];
    for (int i = 0; i < COUNT; i++)
        keys[i] = (struct hud_key){view_commands[i].keys, view_commands[i].text};
    return keys;
}

const struct view_command *view_command_find(const char *name)
{
    for (int i = 0; i < COUNT; i++) {
        if (strcmp(view_commands[i].name, name) == 0)
            return &view_commands[i];
    }
    return NULL;
}

const struct view_command *view_command_of_key(int key, int modifiers)
{
    const int relevant = modifiers & (GLFW_MOD_SHIFT | GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER);
    for (int i = 0; i < COUNT; i++) {
        if (view_commands[i].key != 0 && view_commands[i].key == key &&
            view_commands[i].modifiers == relevant)
            return &view_commands[i];
    }
    return NULL;
}

static const struct view_command *find_character(unsigned character)
{
    for (int i = 0; i < COUNT; i++) {
        if (view_commands[i].character != 0 && (unsigned)view_commands[i].character == character)
            return &view_commands[i];
    }
    return NULL;
}

/* With caps lock on, keys do what they do without. */
const struct view_command *view_command_of_character(unsigned character)
{
    const struct view_command *exact = find_character(character);
    if (exact != NULL || character < 'A' || character > 'Z')
        return exact;
    return find_character(character + ('a' - 'A'));
}
