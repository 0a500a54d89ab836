/* Everything flat: labels, top bar, plots, probe, legend, help. */
#ifndef LS_VIEW_HUD_H
#define LS_VIEW_HUD_H

#include "data/dataset.h"
#include "nn/metrics.h"
#include "nn/snapshot.h"
#include "view/display.h"
#include "view/inspect.h"
#include "view/label.h"
#include "view/layout.h"
#include "view/plot.h"
#include "view/pointer.h"
#include "view/stages.h"
#include "view/weight_history.h"

struct hud_key {
    const char *keys; /* "Space" */
    const char *text; /* "pause or go on" */
};

/* One line of the legend: a colour map with its scale. */
struct hud_map {
    enum color_map map;
    const char *name;   /* "activation" */
    float clip_percent; /* share of shown values beyond ±S */
    int footprint[2];   /* a pixel shows the strongest of so many columns × rows of values at most */
};

struct hud_desc {
    const struct network *network;
    const struct data *data;
    const struct metrics *metrics;
    const char *backend; /* the badge: "CPU" */
    const struct hud_key *keys;
    int key_count;
    bool retained; /* software renderers: a panel is redrawn at most about five times a second */
};

/* Which weights the panel "weights over time" shows. */
struct hud_ridgeline {
    const struct weight_history *history; /* NULL: none */
    int tensor;                           /* −1: the network has no weights */
    const char *title;                    /* "conv2 kernels" */
};

/* How the scene colours what a plate shows. */
struct hud_colors {
    enum color_map map;
    bool is_signed;
    float scale; /* S */
};

/* The selected and the hovered value; NULL: none, or not known yet. */
struct hud_inspector {
    const struct inspection *selected, *hovered;
    struct hud_colors value, source, weights; /* of the selected one, its inputs and its weights */
};

/* The live recording. */
struct hud_recording {
    bool on;
    double seconds;
    uint64_t dropped; /* frames */
};

/* What the viewer has to say, over the scene until the user closes it. */
enum hud_message_kind { MESSAGE_PROGRESS, MESSAGE_DONE, MESSAGE_ERROR };

struct hud_message {
    enum hud_message_kind kind;
    const char *title, *text; /* a line; more, wrapped */
};

/* Rows of names to choose from, and a line to type in. */
enum { HUD_PROMPT_ROWS = 4 };

struct hud_prompt_row {
    const char *title;   /* "network" */
    const char *setting; /* a click on name k asks for this, with the value k */
    const char *const *names;
    int count, chosen, present; /* −1: none */
};

struct hud_prompt {
    const char *text;               /* as typed */
    const char *summary;            /* what Enter does */
    const char *const *completions; /* names that what is typed may go on with */
    int completion_count;
    int completion_total; /* with those that are not listed; 0: nobody asked, or there is one alone */
    struct hud_prompt_row rows[HUD_PROMPT_ROWS];
};

/* What the controls show beside the frame's own. */
struct hud_controls {
    float learning_rate; /* what the schedule begins with */
    float rate;          /* what it is now; 0 without a schedule that changes it */
    float speed;         /* steps a second at most; 0: no limit */
    uint32_t probe, probe_count;
    bool cycles; /* the probe changes by itself */
    bool auto_orbit;
};

/* What the user asked for with the mouse: a row of the viewer's command table, with a value that is NaN, or
 * a setting (app/view_controls.h) and its value. */
struct hud_request {
    const char *name;
    double value;
};

/* What changes from frame to frame. */
struct hud_frame {
    int width, height;
    const struct layout *layout;
    enum hud_mode mode;
    const struct theme *theme;
    const struct snapshot_info *info;      /* NULL: no data yet */
    const struct predictions *predictions; /* the run's last evaluation; NULL: none yet */
    const struct label *labels;
    int label_count;
    const struct stage_bracket *stages; /* in the band at the free view's top */
    int stage_count;
    const struct hud_map *maps;
    int map_count;
    bool ribbons; /* edges are drawn between the plates: the legend says which */
    bool paused;
    bool help;            /* show the list of keys */
    bool hide_wall_clock; /* recordings and stills: no times, no frame rate, no notice */
    bool lock_step;       /* record and screenshot: every frame is drawn from the very snapshot shown */
    double fps, train_ms, view_ms;
    float coarseness; /* above 1: the scene is drawn so many times coarser than the window, which is said */
    const char *sharing; /* "INTEROP" or "FALLBACK" in place of the backend; NULL: neither */
    size_t bytes_per_frame;
    size_t readback_bytes; /* device to host: numbers printed as text, and in the fallback what is drawn */
    const char *notice;    /* one line at the bottom, or NULL */
    const struct hud_prompt *prompt;   /* likewise */
    const struct hud_message *message; /* in the window alone, in every mode; NULL: none */
    const struct display *display;
    const struct pointer *pointer;       /* NULL: no mouse */
    const struct hud_controls *controls; /* NULL: nobody answers requests */
    bool can_unfold;                     /* some layer is a stack of feature maps */
    float cursor[2];                     /* where the pointer is; NaN when it is elsewhere */
    int pulse_steps;                     /* a pulse stands for so many steps; 0: none are drawn */
    int samples;                         /* of the scene, per pixel */
    struct hud_recording recording;
    struct hud_ridgeline ridgeline;
    struct hud_inspector inspector;
};

struct surface_picture;
struct hud;
/* The network, data, metrics and keys of `desc` outlive the HUD. */
struct hud *hud_create(const struct hud_desc *desc, struct error *err);
void hud_destroy(struct hud *hud);
/* Draws over the bound framebuffer. Leaves depth test, culling, scissor test and blending disabled, no
 * program and no vertex array bound. */
void hud_draw(struct hud *hud, const struct hud_frame *frame);
/* Over that, in the window alone and not in a film of it: that a recording is on, and the notice meanwhile.
 */
void hud_draw_marks(struct hud *hud, const struct hud_frame *frame);
/* The next thing that the user asked for since; false: nothing more. */
bool hud_take_request(struct hud *hud, struct hud_request *request);
/* The drawer's controls and where they were last drawn; false: there are no more. */
bool hud_control_at(const struct hud *hud, int index, const char **name, struct rect *rect);
/* See ui_watch_text. */
struct ui *hud_ui(struct hud *hud);
/* Whether a panel of the last frame, or the help, covers that pixel. */
bool hud_covers(const struct hud *hud, float x, float y);
/* The series of the plot panel under a pixel, or −1. */
int hud_plot_at(const struct layout *layout, float x, float y);
/* The plots as last drawn; returns how many. */
int hud_plots(const struct hud *hud, struct plot_frame frames[PLOT_SERIES_COUNT]);
/* The surface of the points' plane and where it was last drawn; NULL: it was not. */
const struct surface_picture *hud_surface(const struct hud *hud);
/* The series of whose axis a click on this pixel changes between logarithmic and linear, or −1. */
int hud_plot_axis_at(const struct hud *hud, float x, float y);
/* Whether a series may stand on a logarithmic axis. */
bool hud_plot_has_log(enum plot_series series);
/* The test sample that was clicked since the last call: it shall be the probe. False without. */
bool hud_take_clicked_sample(struct hud *hud, uint32_t *sample);
/* Makes the enlarged confusion matrix small; false when it is. */
bool hud_close_enlarged(struct hud *hud);
/* The size of a label's text in pixels at the given layout scale, for culling by collision. */
void hud_label_size(struct hud *hud, const struct label *label, float scale, float *width, float *height);

#endif
