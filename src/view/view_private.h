/* The view's own struct, and what its files share. */
#ifndef LS_VIEW_VIEW_PRIVATE_H
#define LS_VIEW_VIEW_PRIVATE_H

#include "view/view.h"

#include "compute/traffic.h"
#include "view/inspector.h"
#include "view/renderer.h"
#include "view/stages.h"

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
    struct pulse pulse;
    char notice[256];

    int width, height; /* of the last frame; 0 before the first */
    struct layout layout;
    int focused_layer; /* −1: none */
    bool software;
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
/* A view that nobody moved stays fitted to the window. */
void view_update_layout(struct view *view, int width, int height);
/* It stays fitted to the scene too. */
void view_update_scene(struct view *view, float dt);

/* ---- view_report.c ---- */

const char *view_map_name(enum color_map map);
void view_record_plates(struct view *view);

/* ---- view_hud.c ---- */

void view_draw_hud(struct view *view, const struct view_frame *frame);

/* ---- view_mouse.c ---- */

/* A click means what the user saw: the last frame. */
void view_select_clicked(struct view *view, const struct pointer *pointer);
void view_change_clicked_axis(struct view *view, const struct pointer *pointer);
/* Nothing is hovered during a drag. */
void view_find_hovered(struct view *view, const struct pointer *pointer);
/* After the scene: only then it is known what is selected. */
void view_update_inspector(struct view *view, bool changed, bool lock_step);

#endif
