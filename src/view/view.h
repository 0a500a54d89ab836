/* The whole picture of one network: arena, scene, camera, renderer and HUD behind one interface that the
 * viewer, the recorder and the screenshot share. OpenGL thread only. */
#ifndef LS_VIEW_VIEW_H
#define LS_VIEW_VIEW_H

#include <GL/glew.h>

#include "view/arena.h"
#include "view/camera.h"
#include "view/display.h"
#include "view/hud.h"
#include "view/pointer.h"
#include "view/pulse.h"
#include "view/scene.h"
#include "view/selection.h"

struct view_desc {
    const struct network *network;
    const struct data *data;
    const struct metrics *metrics;
    const struct snapshot_layout *layout;
    const char *backend;                         /* the badge */
    const struct snapshot_device_source *device; /* what trains, when it has memory of its own; or NULL */
    enum theme_name theme;
    enum hud_mode hud;
    enum camera_preset camera;
    enum display_gradients gradients; /* shown from the first frame on */
    bool unfolded;
    const struct hud_key *keys;
    int key_count;
    int samples; /* 1, 2, 4: antialiasing of the scene; 0: 1 on a software renderer, 4 otherwise */
};

struct view_frame {
    int width, height; /* framebuffer pixels */
    float dt;          /* seconds since the last frame; 1/fps while recording */
    bool paused;
    bool hide_wall_clock;
    struct hud_recording recording; /* the top bar keeps room for it; view_draw_marks draws it */
    double step_rate; /* training steps a second of film; 0: measured, for the length of pulses */
    const struct pointer *pointer;       /* NULL: no mouse */
    const struct hud_controls *controls; /* NULL: view_take_request is not called */
    const struct hud_prompt *prompt;     /* NULL: none; not in films and stills */
    const struct hud_message *message;   /* NULL: none; not in films and stills */
    bool lock_step; /* record, screenshot: waits for what the device computes from the very snapshot shown */
    int supersampling; /* 2: the scene is drawn twice as wide and high, then averaged; 0 or 1: as it is */
    bool keep_pace;    /* the scene may be drawn coarser than the window where frames are slow (coarseness.h) */
    double fps, train_ms, view_ms; /* shown unless hidden */
};

/* A plate as it was drawn, for `screenshot --json`. */
struct view_plate {
    const char *layer, *kind; /* "conv1"; "input", "activation", "weight", "norm" (a strip), "output" */
    const char *parameter;    /* "weight", of a strip its parameter or buffer; or NULL */
    float epsilon;            /* of a strip of σ = √(variance + ε); else 0 */
    float quad[4][2];         /* pixels: top left, top right, bottom right, bottom left of the picture */
    enum plate_side side;     /* what faces the eye; a plate and its twin are two entries */
    const char *map;          /* "activation", "weight", "gradient", "grey" */
    float scale;              /* S */
    float clip_percent;
    int dead;     /* units that the last evaluation found dead; −1: none can be, or not known yet */
    bool visible; /* all four corners in front of the camera and any on screen */
    const struct plate *plate;
};

/* An edge drawn as a ribbon, for `screenshot --json`. */
struct view_edge {
    const char *source_layer, *target_layer;
    int source, target;   /* value numbers */
    float strength;       /* by the ranking */
    float from[2], to[2]; /* pixels: its ends */
};

struct view;
struct view *view_create(const struct view_desc *desc, struct error *err);
void view_destroy(struct view *view);
const struct publisher *view_publisher(struct view *view);
/* Why the device that trains does not write into OpenGL's memory by itself; NULL when it does, or when there
 * is none. */
const char *view_fallback_reason(const struct view *view);

/* In lock step the weights' distribution over time needs snapshots between the frames drawn: when
 * view_wants_weights, publish and call view_take_weights, which draws nothing and waits. */
bool view_wants_weights(const struct view *view, uint64_t step);
void view_take_weights(struct view *view);

/* Shown as `before` is: theme, panels, what is hidden, and the camera's angles, fitted to this network. */
void view_take_over(struct view *view, const struct view *before);
/* Draws nothing: whether a snapshot was published, so that the first frame has something to show. */
bool view_is_ready(struct view *view);

/* Draws one frame into `framebuffer` (0: the window). */
void view_draw(struct view *view, const struct view_frame *frame, GLuint framebuffer);
/* After view_draw and after a film has taken the picture: what belongs into the window alone. */
void view_draw_marks(struct view *view, const struct view_frame *frame, GLuint framebuffer);

struct camera *view_camera(struct view *view);
/* Some layer's feature maps are so many that they can be unfolded. */
bool view_can_unfold(const struct view *view);
/* To be changed between frames. */
struct display *view_display(struct view *view);
/* Flies to a preset, to everything, or so that a layer's activations, or the plate under a pixel of the last
 * frame, fill 70 % of the free view's width or height. view_focus_at returns the plate's layer, or −1. */
void view_camera_preset(struct view *view, enum camera_preset preset, float seconds);
void view_fit_all(struct view *view, float seconds);
void view_focus_layer(struct view *view, int layer, float seconds);
int view_focus_at(struct view *view, float x, float y, float seconds);
/* What lies at a pixel of the last frame: a cell, or false; whether a panel covers the scene. */
bool view_pick_cell(const struct view *view, float x, float y, struct display_cell *cell);
bool view_is_panel(const struct view *view, float x, float y);
/* A click may turn out to be the first of two, which select nothing: keep what was selected before it, and
 * bring that back when the second comes. */
void view_keep_selection(struct view *view);
void view_restore_selection(struct view *view);
/* As hud.h's. */
bool view_take_clicked_sample(struct view *view, uint32_t *sample);
bool view_close_enlarged(struct view *view);
/* The wheel at a pixel: what lies there stays there. */
void view_zoom(struct view *view, float notches, float x, float y);

/* What the user asked for with the mouse since; false: nothing more. */
bool view_take_request(struct view *view, struct hud_request *request);
/* See hud_control_at. */
bool view_control_at(const struct view *view, int index, const char **name, struct rect *rect);

void view_set_theme(struct view *view, enum theme_name theme);
enum theme_name view_theme(const struct view *view);
void view_set_hud(struct view *view, enum hud_mode mode);
enum hud_mode view_hud(const struct view *view);
void view_set_help(struct view *view, bool shown);
bool view_help(const struct view *view);
/* False: the window has no room for it. */
bool view_set_drawer(struct view *view, bool open);
bool view_drawer(const struct view *view);
/* The plots of the last frame drawn; returns how many. */
int view_plots(const struct view *view, struct plot_frame frames[PLOT_SERIES_COUNT]);
/* See hud_surface. */
const struct surface_picture *view_surface(const struct view *view);
/* The series of the plot under a pixel, or −1. */
int view_plot_at(const struct view *view, float x, float y);
void view_set_notice(struct view *view, const char *text); /* copied; NULL: none */

/* Pixels of the window for one of the scene, each way, in the last frame. */
float view_coarseness(const struct view *view);

/* For tests, see ui_watch_text. */
struct ui *view_ui(struct view *view);
/* The plates of the last frame drawn; owned by the view. */
int view_plates(const struct view *view, const struct view_plate **plates);
const struct snapshot_info *view_info(const struct view *view); /* NULL before the first publish */

const struct pulse *view_pulse(const struct view *view);
/* renderer_selection */
const struct selection *view_selection(const struct view *view);

/* The edges of the last frame drawn, gap by gap; freed by the caller. Waits for the GPU: for stills. */
struct view_edge *view_read_edges(const struct view *view, int *count);
/* "w·a", "w" or "w·δ": by what they are ranked. */
const char *view_edge_ranking(const struct view *view);

#endif
