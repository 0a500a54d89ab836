/* The live viewer: a window, the picture in it, and the trainer on its thread. */
#ifndef LS_APP_VIEWER_H
#define LS_APP_VIEWER_H

#include "app/autosave.h"
#include "app/drawing_clock.h"
#include "app/frame_times.h"
#include "app/live_recorder.h"
#include "app/numbered_name.h"
#include "app/pacing.h"
#include "app/session.h"
#include "app/still_saver.h"
#include "app/viewer_message.h"
#include "app/viewer_open.h"
#include "app/viewer_prompt.h"
#include "gl/context.h"
#include "nn/training_thread.h"
#include "view/view.h"

enum { VIEWER_NO_LAYER = -1 };

/* What the mouse is doing; positions in window coordinates. A drag belongs to what it began on: the scene
 * turns only while `drags`. */
struct viewer_mouse {
    int button;    /* held: GLFW_MOUSE_BUTTON_*, or −1 */
    bool on_panel; /* the button went down on a panel */
    bool drags;    /* it moved too far for a click */
    double x, y;
    double moved_at, vx, vy; /* the drag's speed, window coordinates per second */
    double pressed_x, pressed_y;
    double clicked_at, clicked_x, clicked_y; /* the last click; a second one nearby makes a double click */
    int64_t clicked_frame;
};

struct viewer {
    const struct options *options;
    struct session session;
    struct gl_context *context;
    struct GLFWwindow *window;
    struct view *view;
    struct training_thread *thread;
    void (*rescue)(struct trainer *trainer, void *context); /* of whichever run is shown */
    void *rescue_context;

    bool quit;
    bool paused;
    bool fullscreen;
    int restore_x, restore_y, restore_width, restore_height; /* the window before fullscreen */
    int focus;                                               /* layer, or VIEWER_NO_LAYER */
    float learning_rate;
    float speed; /* steps a second at most; 0: no limit */
    uint32_t probe;
    bool cycles; /* the probe changes by itself */
    struct viewer_mouse mouse;
    struct pointer pointer; /* the same as the panels see it */
    bool key_repeats;       /* the character being delivered comes from a held key */
    double notice_until;    /* clock seconds */

    struct live_recorder recorder;
    struct still_saver *stills; /* NULL before the first */
    int films, still_count;     /* finished files */
    struct live_film last_film;
    char saving[NUMBERED_NAME_SIZE]; /* Ctrl+S; empty: none */
    struct viewer_message message;
    struct viewer_open open;
    struct viewer_prompt prompt;
    struct autosave autosave;
    bool autosaving;  /* the file that the trainer's thread writes */
    int title_second; /* of the recording, as the window's title shows it; −1: none */
    bool resized;     /* in the last frame */
    double probe_at;  /* when a cycling probe changed, clock seconds */
    double drawn;     /* drawing_clock_seconds at the last frame */

    int64_t frames;
    double started_at, frame_at; /* clock seconds */
    double fps;                  /* smoothed */
    double view_ms;              /* of the last frame */
    bool coarse;                 /* it was said that the scene is drawn coarser than the window */
    struct pacing pacing;
    struct frame_times times;
    struct drawing_clock drawing_clock;
    double first_frame_ms; /* when it was on the screen, from the program's start */
    int width, height;     /* of the last frame, framebuffer pixels */
};

/* Opens the window and starts training. On failure nothing is left. */
bool viewer_init(struct viewer *viewer, const struct options *options, struct error *err);
void viewer_deinit(struct viewer *viewer);
/* Runs until the window is closed. */
void viewer_run(struct viewer *viewer);
/* The same in parts: what precedes the first frame, one frame, false once it is over, and what follows. */
void viewer_begin(struct viewer *viewer);
bool viewer_frame(struct viewer *viewer);
void viewer_end(struct viewer *viewer);
/* The picture of a session's network, the present one or the next; NULL on failure. */
struct view *viewer_create_view(const struct viewer *viewer, const struct session *session,
                                struct error *err);
/* The settings of a run whose session, view and paused thread are there; then it trains. */
void viewer_begin_run(struct viewer *viewer);
/* Stops training and joins its thread; the trainer is then the caller's again. */
void viewer_stop_training(struct viewer *viewer);
/* What happened, for `--json`; after viewer_stop_training. The caller frees it with cJSON_Delete. */
/* What the trainer's thread does before an end that cannot be put off (training_thread_rescue). */
void viewer_rescue_by(struct viewer *viewer, void (*save)(struct trainer *trainer, void *context),
                      void *context);
/* The window is gone without its user's doing. */
bool viewer_display_is_lost(const struct viewer *viewer);
struct cJSON *viewer_report(const struct viewer *viewer);

/* Shows one line for some seconds. */
void viewer_notice(struct viewer *viewer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void viewer_set_fullscreen(struct viewer *viewer, bool fullscreen);
void viewer_post(struct viewer *viewer, enum training_command_kind kind, uint32_t count, float value);

#endif
