/* The colours of samples in their plane and of what a network answers there. Pure arithmetic.
 *
 * Two classes: the weights' map over the margin m, the second class's output less the first's (of a single
 * output y: 2·y − 1), with S = POINT_MARGIN_SCALE, so that the surface keeps off the map's brightest ends,
 * which samples have. More classes: the likeliest one's colour, mixed into the map's zero as strongly as
 * (p − 1/n) / (1 − 1/n), n classes. Targets: the first one, on the map of plates with their S. */
#ifndef LS_VIEW_POINT_SCALE_H
#define LS_VIEW_POINT_SCALE_H

#include "data/dataset.h"
#include "view/theme.h"

#define POINT_MARGIN_SCALE 2.0f

struct point_scale {
    const struct theme *theme;
    int classes; /* 0: targets */
    enum color_map map;
    bool is_signed;
    float scale; /* S */
};

void point_scale_init(struct point_scale *scale, const struct data *data, const struct theme *theme);
/* The second of two classes' output less the first's. */
float point_margin(const float *outputs, int count);
/* Of `count` outputs. `*is_number`, unless NULL, tells whether they all are numbers. */
struct color point_scale_answer(const struct point_scale *scale, const float *outputs, int count,
                                bool *is_number);
struct color point_scale_class(const struct point_scale *scale, int class_);
struct color point_scale_sample(const struct point_scale *scale, const struct dataset *set, uint32_t index,
                                int targets);

#endif
