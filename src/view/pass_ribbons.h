/* The edges that matter for the answer, as ribbons between plates: traced on the GPU from the two likeliest
 * classes, or from one neuron, back to the input. Each traced neuron has its five strongest positive and
 * three strongest negative inputs; the strongest sources are traced on, on all ways that lead there. Pulses
 * run along them, one forward and one backward on each. */
#ifndef LS_VIEW_PASS_RIBBONS_H
#define LS_VIEW_PASS_RIBBONS_H

#include "gl/buffer.h"
#include "gl/program.h"
#include "view/display.h"
#include "view/gap.h"
#include "view/plate_blocks.h"
#include "view/scene.h"

/* A gap has at most 112 ribbons: 14 traced neurons of eight inputs each, or 36 of one. */
enum { RIBBON_BUDGET = 112, RIBBONS_PER_TARGET = 8, RIBBON_TARGETS = 36 };

/* What makes an edge strong. Pools pass values on: they rank by w·a under RIBBONS_BY_WEIGHT too. */
enum ribbon_ranking {
    RIBBONS_BY_CONTRIBUTION, /* w·a */
    RIBBONS_BY_WEIGHT,       /* w */
    RIBBONS_BY_GRADIENT      /* w·δ: what flows back along the edge; δ is dLoss/dz of the target */
};

/* From where edges are traced. */
struct ribbon_trace {
    enum ribbon_ranking ranking;
    int classes[2];            /* of the output; −1: none */
    struct display_cell focus; /* only this neuron's edges, instead; plate −1: no focus */
};

/* What is traced side by side: what leads to the answer, and to the neuron in focus. */
enum ribbon_set_name { RIBBONS_OF_ANSWER, RIBBONS_OF_FOCUS, RIBBON_SETS };

/* std430, shaders/ribbon.glsl. */
struct ribbon_edge {
    float from[3];      /* world */
    float strength;     /* signed, by the ranking */
    float to[3];        /* world */
    float delta;        /* dLoss/dz of the target */
    int32_t source;     /* value number in the source layer; −1: no edge */
    int32_t target;     /* value number in the target layer */
    float contribution; /* w·a */
    int32_t unused;
};

struct ribbon_set {
    struct gl_buffer edges; /* (gaps, RIBBON_BUDGET) struct ribbon_edge, a target's side by side */
    struct gl_buffer traced, strongest;
    struct ribbon_trace traced_from; /* as last traced */
    int last_plate;                  /* where tracing began; gaps to later plates are hidden */
};

struct pass_ribbons {
    struct gl_program edges_program, trace_program, draw_program, pulse_program;
    struct ribbon_set sets[RIBBON_SETS];
    const struct gap *gaps; /* borrowed; in the data's order */
    int gap_count, plate_count;
};

bool pass_ribbons_init(struct pass_ribbons *pass, const struct gap *gaps, int gap_count, struct error *err);
void pass_ribbons_deinit(struct pass_ribbons *pass);
/* Whether anything leads to a cell: false of the input and of weights. */
bool pass_ribbons_can_focus(const struct pass_ribbons *pass, struct display_cell cell);
/* True when the edges at hand, of the focus if `from` has one, were traced from elsewhere. */
bool pass_ribbons_wants(const struct pass_ribbons *pass, const struct ribbon_trace *from);
/* Chooses the edges of the snapshot in texture buffer `slot`: those of the focus if `from` has one, which can
 * be one, else the answer's. */
void pass_ribbons_trace(struct pass_ribbons *pass, const struct plate_blocks *blocks, GLuint slot,
                        const struct ribbon_trace *from);
/* (RIBBON_BUDGET) edges of a gap, as last traced; source −1: none. Waits for the GPU. */
void pass_ribbons_read(const struct pass_ribbons *pass, enum ribbon_set_name name, int gap,
                       struct ribbon_edge *edges);
/* Pieces of a ribbon that rises or falls by so many pixels: then no place is a pixel off the curve. */
int pass_ribbons_segments(float rise_px);
/* `height_px`: of the picture. `opacity`: 1 as they are, less when they give way to others. */
void pass_ribbons_draw(const struct pass_ribbons *pass, enum ribbon_set_name name, const struct scene *scene,
                       mat4 view_projection, float height_px, float opacity);
/* Over the ribbons. */
void pass_ribbons_draw_pulses(const struct pass_ribbons *pass, enum ribbon_set_name name,
                              const struct scene *scene, float opacity);

#endif
