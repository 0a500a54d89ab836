/* What label_layout.c and label_answer.c share. */
#ifndef LS_VIEW_LABEL_PRIVATE_H
#define LS_VIEW_LABEL_PRIVATE_H

#include "view/label_layout.h"

enum priority {
    PRIORITY_ANSWER,
    PRIORITY_NAME,
    PRIORITY_CLASS,
    PRIORITY_DETAIL,
    PRIORITY_VALUE,
    PRIORITY_WEIGHT,
    PRIORITY_WEIGHT_DETAIL
};

struct candidate {
    struct label label;
    int number; /* in the order of collection */
    int plate;
    float spare[2]; /* where it may stand instead, in pixels from its own place; 0, 0: nowhere */
};

/* A plate's front on the screen. */
struct outline {
    bool visible;
    float x[4], y[4];
    float distance; /* of its middle from the eye */
};

struct collection {
    const struct label_source *source;
    struct candidate candidates[LABEL_CAPACITY];
    int count;
    int plate; /* whose labels are being added */
    struct outline *outlines;
};

/* Where a place in the scene lies on the screen; false behind the eye. */
bool label_project(const struct label_source *source, const vec3 world, float *x, float *y);
/* Adds a label at a place in the scene, moved by pixels at scale 1; NULL when it lies behind the eye. */
struct label *label_add(struct collection *collection, const vec3 world, float dx, float dy,
                        enum label_style style, enum priority priority);

/* ---- label_answer.c ---- */

/* Names and values beside the output's cells. */
void label_add_answers(struct collection *collection, const struct plate *plate);
/* The predicted class without room for its name beside the cell carries it in front of its value. */
void label_name_answer(const struct label_source *source, struct label *value);

#endif
