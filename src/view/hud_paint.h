/* What the panels of the HUD share: the brush, and the panels themselves. Private to hud*.c. */
#ifndef LS_VIEW_HUD_PAINT_H
#define LS_VIEW_HUD_PAINT_H

#include "base/number_text.h"
#include "view/confusion.h"
#include "view/hud.h"
#include "view/plot.h"
#include "view/surface_picture.h"
#include "view/theme.h"
#include "view/thumbnails.h"
#include "view/ui.h"

enum { HUD_MAX_REQUESTS = 16 };

struct hud_requests {
    struct hud_request items[HUD_MAX_REQUESTS];
    int count;
};

/* A request to the viewer; `name` is a literal. Too many are dropped. */
void hud_ask(struct hud_requests *requests, const char *name, double value);

/* Everything a panel needs to draw itself between ui_begin and ui_end. */
struct paint {
    struct ui *ui;
    const struct hud_desc *desc;
    const struct hud_frame *frame;
    const struct theme *theme;
    float scale;
    struct hud_requests *requests;         /* see hud_ask */
    const struct predictions *predictions; /* NULL before the first evaluation */
    struct confusion_state *confusion;     /* the panels change it when they are clicked */
    struct thumbnails *thumbnails;
    struct surface_picture *surface;
    bool keeps_shadows; /* a panel is redrawn alone, inside its rectangle: its shadow is there already */
};

enum align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT };

/* Pixels of `units`, a length at 1080p. */
float paint_px(const struct paint *paint, float units);
/* Draws one line of text; `x` is its left end, middle or right end, `y` its top. Returns its width. */
float paint_text(const struct paint *paint, enum ui_font font, enum ui_size size, float x, float y,
                 enum align align, struct color color, const char *text);
float paint_text_width(const struct paint *paint, enum ui_font font, enum ui_size size, const char *text);
/* As much of a text as has room in `width`, with "…" behind it where it was cut. */
void paint_shorten(const struct paint *paint, enum ui_font font, enum ui_size size, const char *text,
                   float width, char shortened[64]);
/* A number with so many decimals in the digits' small font; with fewer digits where it is wider than `room`.
 */
const char *paint_number(const struct paint *paint, double value, int decimals, unsigned form, float room,
                         char text[NUMBER_TEXT_SIZE]);
/* The y at which a line of text stands in the vertical middle of (y, height). */
float paint_text_top(const struct paint *paint, enum ui_size size, float y, float height);
/* An opaque panel with its border, and in the light theme a soft shadow. */
void paint_panel(const struct paint *paint, struct rect rect);
/* How far a panel's shadow reaches beyond it, in pixels. */
float paint_shadow(const struct paint *paint);
/* A key as a cap, e.g. [Space]; returns its width. `y` is the top of the line of text beside it. */
float paint_key_cap(const struct paint *paint, float x, float y, const char *key);
struct color paint_fade(struct color color, float alpha);

void hud_paint_top_bar(const struct paint *paint, struct rect rect);
/* The badge of a recording, in the top bar or, without one, in the window's upper right corner. */
void hud_paint_recording(const struct paint *paint);
void hud_paint_probe(const struct paint *paint, struct rect rect);
void hud_paint_legend(const struct paint *paint, struct rect rect);
void hud_paint_ridgeline(const struct paint *paint, struct rect rect);
void hud_paint_confusion(const struct paint *paint, struct rect rect);
/* The matrix with its names and its colour bar in `room`; returns where its cells are. */
struct confusion_grid hud_paint_confusion_matrix(const struct paint *paint, struct rect room,
                                                 enum ui_size size);
/* "98.3 % correct" */
void hud_confusion_summary(const struct predictions *predictions, char text[64]);
/* The matrix over the free view, the selected pair's samples beside it. Takes clicks first: false, with
 * nothing painted, when one closed it. */
bool hud_paint_samples(const struct paint *paint, struct rect rect);
/* ANSWER_NONE where an output is no number. */
int hud_predicted_class(const struct snapshot_info *info);
void hud_paint_roc(const struct paint *paint, struct rect rect);
void hud_paint_fit(const struct paint *paint, struct rect rect);
void hud_paint_points(const struct paint *paint, struct rect rect);
void hud_paint_inspector(const struct paint *paint, struct rect rect);
void hud_paint_drawer(const struct paint *paint, struct rect rect);
/* The drawer's widgets, over what hud_paint_drawer painted; not between ui_begin and ui_end. */
void hud_run_drawer(const struct paint *paint, struct rect rect);
/* A panel's title in its upper left corner; returns the x where it ends. */
float paint_title(const struct paint *paint, struct rect rect, const char *title);
/* One quiet line in the middle of a panel that has nothing to show yet. */
void paint_empty(const struct paint *paint, struct rect rect, const char *text);
/* Where the list of keys stands. */
struct rect hud_help_rect(const struct paint *paint);
void hud_paint_help(const struct paint *paint, struct rect rect);
/* Where the notice stands. */
struct rect hud_notice_rect(const struct paint *paint);
void hud_paint_notice(const struct paint *paint, struct rect rect);
/* Where the frame's message stands: low in the free view, where most networks leave the ground empty. */
struct rect hud_message_rect(const struct paint *paint);
void hud_paint_message(const struct paint *paint, struct rect rect);
/* Where the frame's prompt stands: at the top of the free view. */
struct rect hud_prompt_rect(const struct paint *paint);
/* Asks for what is clicked. */
void hud_paint_prompt(const struct paint *paint, struct rect rect);
/* Straight into the frame, beside the cursor. */
void hud_paint_tooltip(const struct paint *paint);
void hud_paint_labels(const struct paint *paint);
void hud_paint_stages(const struct paint *paint);
void hud_label_extent(struct ui *ui, const struct label *label, float *width, float *height);

#endif
