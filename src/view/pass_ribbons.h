/* The edges that matter for the answer, as ribbons between plates: traced on the GPU from the two likeliest
 * classes back to the input. Each traced neuron has its five strongest positive and three strongest
 * negative inputs by weight × activation; the strongest sources are traced on. Pulses run along them. */
#ifndef LS_VIEW_PASS_RIBBONS_H
#define LS_VIEW_PASS_RIBBONS_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/gap.h"
#include "view/plate_blocks.h"
#include "view/scene.h"

/* A gap has at most 112 ribbons: 14 traced neurons of eight inputs each, or 36 of one. */
enum { RIBBON_BUDGET = 112, RIBBONS_PER_TARGET = 8, RIBBON_TARGETS = 36 };

/* std430, shaders/ribbon.glsl. */
struct ribbon_edge {
    float from[3];  /* world */
    float strength; /* weight × activation; of a pool the value passed on */
    float to[3];    /* world */
    float delta;    /* dLoss/dactivation of the target */
    int32_t source; /* value number in the source layer; −1: no edge */
    int32_t target; /* value number in the target layer */
    int32_t unused[2];
};

struct pass_ribbons {
    struct gl_program edges_program, trace_program, draw_program, pulse_program;
    struct gl_buffer edges; /* (gaps, RIBBON_BUDGET) struct ribbon_edge, a target's side by side */
    struct gl_buffer traced, strongest;
    const struct gap *gaps; /* borrowed; in the data's order */
    int gap_count;
};

bool pass_ribbons_init(struct pass_ribbons *pass, const struct gap *gaps, int gap_count, struct error *err);
void pass_ribbons_deinit(struct pass_ribbons *pass);
/* Chooses the edges of the snapshot in texture buffer `slot`, from the classes `first` and `second` on. */
void pass_ribbons_trace(struct pass_ribbons *pass, const struct plate_blocks *blocks, GLuint slot, int first,
                        int second);
void pass_ribbons_draw(const struct pass_ribbons *pass);
/* The pulses' heads, over the ribbons; their tails are part of these. */
void pass_ribbons_draw_pulses(const struct pass_ribbons *pass);

#endif
