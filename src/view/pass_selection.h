/* Finds the selected cell and its largest contributions on the GPU, reads these few numbers back without
 * waiting, and draws the frustum. */
#ifndef LS_VIEW_PASS_SELECTION_H
#define LS_VIEW_PASS_SELECTION_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/selection.h"

enum { SELECTION_READBACKS = 3 };

/* std430, shaders/selection.glsl. */
struct selection_state {
    int32_t selected, part_count;
    int32_t parts[SELECTION_PARTS];
    float contributions[SELECTION_PARTS];
};

struct selection_readback {
    GLuint buffer;
    const struct selection_state *state; /* persistent map */
    GLsync fence;                        /* NULL: not in flight */
    int plate;
    bool by_user;
};

struct pass_selection {
    struct gl_program scan_program, choose_program, line_program;
    struct gl_buffer candidates, state, lines;
    struct selection_readback readbacks[SELECTION_READBACKS];
    int next; /* readback to use */
    const struct scene *scene;
    const struct snapshot_layout *layout;
    const struct gap *gaps;
    int gap_count;
    int default_plate;
    struct display_cell wished; /* as last asked for; plate −1: the default */
    uint32_t probe;
    bool asked;
    struct selection shown;
};

/* All is borrowed. */
bool pass_selection_init(struct pass_selection *pass, const struct scene *scene,
                         const struct network *network, const struct snapshot_layout *layout,
                         const struct gap *gaps, int gap_count, struct error *err);
void pass_selection_deinit(struct pass_selection *pass);
/* True when the user's choice is another than at the last pass_selection_find. */
bool pass_selection_wants(const struct pass_selection *pass, struct display_cell wished);
/* Looks for the cell in the snapshot in texture buffer `slot`. The default selection stays with a cell while
 * the probe is the same and the cell has 60 % of the plate's largest activation. */
void pass_selection_find(struct pass_selection *pass, GLuint slot, struct display_cell wished,
                         uint32_t probe);
/* Takes what has come back; with `wait`, all that is under way. True when the selection changed. */
bool pass_selection_collect(struct pass_selection *pass, bool wait);
/* The frustum, at its depth in the scene. Needs blending; leaves the depth test as it is. */
void pass_selection_draw(struct pass_selection *pass);

#endif
