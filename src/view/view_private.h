/* The view's own struct, and what its files share. */
#ifndef LS_VIEW_VIEW_PRIVATE_H
#define LS_VIEW_VIEW_PRIVATE_H

#include "view/view.h"

#include "compute/traffic.h"
#include "view/coarseness.h"
#include "view/inspector.h"
#include "view/renderer.h"
#include "view/stages.h"

/* What the mouse rests on. */
struct view_hover {
    struct display_cell cell; /* plate −1: nothing */
    float seconds;            /* since it came there, of the frames' own time */
    float dimmed;             /* progress of the others' giving way, 0 … 1 */
};

/* The camera while the network swings. */
struct view_swing {
    bool on;
    bool whole; /* what was framed stays so; else the camera keeps its distance */
    struct camera_pose from;
    float seconds, ease_seconds; /* since it began; until it has left `from` */
    float middle_yaw, phase;     /* degrees, radians */
};

struct view {
    struct view_desc desc;
    struct scene scene; /* as it stands now */
    struct scene goal;  /* as it will stand when nothing moves any more: what the camera is fitted to */
    struct stage stages[MAX_STAGES];
    int stage_count;
    struct arena *arena;
    struct traffic traffic;         /* when the last frame began */
    size_t frame_bytes, back_bytes; /* of the last frame, to the device and to the host */
    struct renderer *renderer;
    struct hud *hud;
    struct inspector *inspector;
    struct camera camera;
    struct view_swing swing;
    float film_rise;           /* of a film's network: 0 reaches to the bottom, 1 stays above the legend */
    struct camera_pose framed; /* the last pose that was fitted: kept fitted when the window changes */
    enum camera_preset preset;
    enum hud_mode framed_hud;
    bool framed_drawer;
    bool has_inspector_room;
    enum theme_name theme;
    enum hud_mode hud_mode;
    bool help, drawer;
    struct display display;
    struct view_hover hover;
    struct pulse pulse;
    char notice[256];

    int width, height; /* of the last frame; 0 before the first */
    struct layout layout;
    int focused_layer;        /* −1: none */
    int focused_plate;        /* that the camera was flown to; −1: none */
    struct display_cell kept; /* the selection before the last click */
    bool software;
    struct coarseness coarseness;
    float drawn_coarseness; /* of the last frame */
    double began_at;        /* the last frame, seconds */
    double weights_counted_at;      /* seconds */
    struct predictions predictions; /* the last evaluation's; version 0: none yet */
    mat4 view, projection, view_projection;
    vec3 eye;
    float *scales;             /* (plates, SIDE_COUNT) */
    struct view_plate *plates; /* (plates, SIDE_COUNT) */
    int plate_count;
};

/* ---- view_framing.c ---- */

/* True when the goal has changed. */
bool view_arrange(struct view *view);
bool view_has_stages(const struct view *view);
float view_stage_band(const struct view *view); /* pixels that their brackets take */
/* The free view less what labels need around the network. */
struct rect view_fit_room(const struct view *view);
/* Once the view has a size. */
void view_focus_plate(struct view *view, int plate, float seconds);
/* The pose with these angles that shows what was framed last, a plate or everything. */
struct camera_pose view_fit(struct view *view, const struct camera_pose *angles);
/* A view that nobody moved stays fitted to the window. */
void view_update_layout(struct view *view, int width, int height);
/* It stays fitted to the scene too. */
void view_update_scene(struct view *view, float dt);

/* ---- view_swing.c ---- */

/* Moves the camera while it goes round by itself. */
void view_swing(struct view *view, float dt);

/* ---- view_report.c ---- */

const char *view_map_name(enum color_map map);
void view_record_plates(struct view *view);

/* ---- view_hud.c ---- */

void view_draw_hud(struct view *view, const struct view_frame *frame);

/* ---- view_mouse.c ---- */

/* A click means what the user saw: the last frame. */
void view_select_clicked(struct view *view, const struct pointer *pointer);
void view_change_clicked_axis(struct view *view, const struct pointer *pointer);
/* The plate at a pixel of the last frame, or −1. */
int view_pick_plate(const struct view *view, float x, float y);
/* Nothing is hovered during a drag. Without a mouse nothing stands out, and how long it rested is kept for
 * the next frame that has one. */
void view_find_hovered(struct view *view, const struct pointer *pointer, float dt);
/* After the scene: only then it is known what is selected. */
void view_update_inspector(struct view *view, bool changed, bool lock_step);

#endif
