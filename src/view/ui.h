/* The C seam to Dear ImGui: text, rectangles and lines into draw lists, widgets later. One OpenGL
 * context, one thread. Coordinates are framebuffer pixels, y down. Fonts are baked at the sizes used. */
#ifndef LS_VIEW_UI_H
#define LS_VIEW_UI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "view/layout.h"
#include "view/theme.h"

enum ui_font { UI_SANS, UI_SANS_SEMIBOLD, UI_MONO, UI_FONT_COUNT };
enum ui_size {
    UI_TICK /* 12 */,
    UI_BODY /* 14 */,
    UI_TITLE /* 16 */,
    UI_FIGURE /* 22 */,
    UI_HERO /* 32 */,
    UI_SIZE_COUNT
};

struct ui;

/* A font that can be read: checked. `owned` is the caller's to free, and may be NULL. */
struct ui_font_file {
    const void *bytes;
    size_t size;
    char *owned;
};
bool ui_font_read(struct ui_font_file *file, enum ui_font font, struct error *err);

/* Inter and JetBrains Mono, embedded or from Debian's packages. `scale` multiplies the sizes (4K: 2). */
struct ui *ui_create(float scale, struct error *err);
void ui_destroy(struct ui *ui);
/* Bakes the fonts anew when the scale changed. */
void ui_set_scale(struct ui *ui, float scale);

void ui_begin(struct ui *ui, int width, int height);
/* Draws everything added since ui_begin into the bound framebuffer, with premultiplied alpha. Sets the
 * viewport; leaves depth test, culling, scissor test and blending disabled and nothing bound. */
void ui_end(struct ui *ui);

/* What is added until ui_unclip shows only inside `rect`; does not nest. */
void ui_clip(struct ui *ui, struct rect rect);
void ui_unclip(struct ui *ui);

/* The width of `text` and the height of a line, which is the same for all fonts of one size. */
void ui_text_size(struct ui *ui, enum ui_font font, enum ui_size size, const char *text, float *width,
                  float *height);
/* (x, y) is the text's top left corner. Texts of one size and one y stand on one base line, whatever
 * their fonts. */
void ui_text(struct ui *ui, enum ui_font font, enum ui_size size, float x, float y, struct color color,
             const char *text);
/* A text as drawn: the box that its letters fill, and what it was clipped to. */
struct ui_text_box {
    const char *text;
    struct rect box, clip;
    struct color color;
};
typedef void ui_text_watcher(void *context, const struct ui_text_box *box);
/* Tells `watcher` of every text from now on (NULL: no longer), and draws it only when `visible`: how tests
 * find texts that touch or that do not stand out. */
void ui_watch_text(struct ui *ui, ui_text_watcher *watcher, void *context, bool visible);
/* Reads upward: (x, y) is the line's bottom left corner, where the text begins. */
void ui_text_upward(struct ui *ui, enum ui_font font, enum ui_size size, float x, float y, struct color color,
                    const char *text);
void ui_rect_filled(struct ui *ui, struct rect rect, float radius, struct color color);
void ui_rect_outline(struct ui *ui, struct rect rect, float radius, float thickness, struct color color);
void ui_line(struct ui *ui, float x0, float y0, float x1, float y1, float thickness, struct color color);
/* Around (x, y); a diamond is as wide and high as the disc. */
void ui_disc(struct ui *ui, float x, float y, float radius, struct color color);
void ui_diamond(struct ui *ui, float x, float y, float radius, struct color color);
/* `radius` is that of the line's middle. */
void ui_ring(struct ui *ui, float x, float y, float radius, float thickness, struct color color);
/* Joins (x, y) points, (count, 2). */
void ui_polyline(struct ui *ui, const float *points, int count, float thickness, struct color color);
/* The area between a line through points whose x rise and the horizontal y = `base`. */
void ui_area(struct ui *ui, const float *points, int count, float base, struct color color);
/* A part of a texture, by OpenGL name, which lives until ui_end; `part` in texture coordinates, 0 … 1. */
void ui_image(struct ui *ui, unsigned texture, struct rect part, struct rect rect);
/* A horizontal strip of colours, left to right, linear between neighbours. */
void ui_gradient(struct ui *ui, struct rect rect, const struct color *colors, int count);

#endif
