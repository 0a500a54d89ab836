/* Numbers in the cells of plates that are large enough on the screen. The GPU reads, rounds and prints the
 * very values that it colours, so number and colour are always of one snapshot. */
#ifndef LS_VIEW_PASS_NUMBERS_H
#define LS_VIEW_PASS_NUMBERS_H

#include "view/glyphs.h"
#include "view/pass_plates.h"

/* Cells of fewer pixels, times the scale of text, have no numbers. */
#define NUMBERS_FROM_PX 24.0f

struct pass_numbers {
    struct gl_program program;
    GLint pane, range, plane, first, map, is_signed, scale, sizes;
    struct glyphs glyphs;
    GLuint atlas;
    float baked; /* the glyphs' scale; 0: not yet */
};

bool pass_numbers_init(struct pass_numbers *pass, struct error *err);
void pass_numbers_deinit(struct pass_numbers *pass);
/* What the picture is drawn with. */
struct numbers_view {
    vec3 eye;
    float pixel_scale; /* of text, in the pixels of `details` */
    int supersampling; /* pixels drawn for one of those, each way */
};
/* Over plates already drawn, blended; the frame's uniforms are bound. */
void pass_numbers_draw(struct pass_numbers *pass, const struct plates_source *source,
                       const struct numbers_view *view);

#endif
