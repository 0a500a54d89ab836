/* A confusion matrix as a picture: where its cells stand, which one lies under a pixel, which colour a share
 * has, and which samples a cell counts. Geometry and numbers only, no OpenGL. */
#ifndef LS_VIEW_CONFUSION_H
#define LS_VIEW_CONFUSION_H

#include "nn/predictions.h"
#include "view/layout.h"

/* Cells of one size, rows the true classes, columns the predicted ones. Where there are more classes than
 * cells of 2 pixels have room, a cell stands for block × block pairs of classes. */
struct confusion_grid {
    struct rect area; /* framebuffer pixels; square */
    int classes;
    int block;
    int cells;   /* along a side */
    float pitch; /* from one cell to the next: whole pixels unless there is no room for them */
    float gap;   /* between cells */
};

/* A pair of classes. */
struct confusion_pair {
    int truth, predicted; /* −1, −1: none */
};

/* What the user does with the matrix. */
struct confusion_state {
    bool enlarged;
    struct confusion_pair selected; /* its samples are listed */
    uint32_t first;                 /* the list begins with this one of them */
    int64_t clicked;                /* a sample of the test split; −1: none */
};

/* Small, nothing selected. */
void confusion_state_init(struct confusion_state *state);
/* Lists the pair's samples from the first on. */
void confusion_select(struct confusion_state *state, struct confusion_pair pair);

/* The largest grid in the upper left of `room`; `scale` multiplies sizes at 1080p. */
struct confusion_grid confusion_grid_place(struct rect room, int classes, float scale);
struct rect confusion_grid_cell(const struct confusion_grid *grid, int row, int column);
/* The pair under a pixel, the first one of a block; false outside the grid. The gap belongs to the cell
 * before it. */
bool confusion_cell_at(const struct confusion_grid *grid, float x, float y, struct confusion_pair *pair);

/* The share of the row's answered samples; 0 in a row without. */
double confusion_share(const struct predictions *predictions, int truth, int predicted);
/* The largest share in the cell. */
double confusion_cell_share(const struct predictions *predictions, const struct confusion_grid *grid, int row,
                            int column);
/* Where on the activation map a share is: 0 for 0.05 % and less, 1 for 100 %, logarithmic between. */
float confusion_map_position(double share);

/* The most frequent mistake, the first of several; −1, −1 without mistakes. */
struct confusion_pair confusion_worst_pair(const struct predictions *predictions);
/* Fills `samples` with up to `capacity` of the pair's samples from number `first` on, the worst first: for a
 * wrong answer the most confident, for a right one the least. Returns how many the pair has in all. */
uint32_t confusion_samples(const struct predictions *predictions, const int32_t *labels,
                           struct confusion_pair pair, uint32_t first, uint32_t *samples, uint32_t capacity);

#endif
