/* The geometry and the numbers of a confusion matrix. */
#include "view/confusion.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Logarithmic colours begin here: one sample of a class of 2000. */
static const double lowest_share = 0.0005;

void confusion_state_init(struct confusion_state *state)
{
    *state = (struct confusion_state){.selected = {-1, -1}, .clicked = -1};
}

void confusion_select(struct confusion_state *state, struct confusion_pair pair)
{
    state->selected = pair;
    state->first = 0;
}

struct confusion_grid confusion_grid_place(struct rect room, int classes, float scale)
{
    const float side = floorf(fmaxf(1.0f, fminf(room.width, room.height)));
    struct confusion_grid grid = {.classes = classes, .block = 1};
    while (2.0f * (float)((classes + grid.block - 1) / grid.block) > side && grid.block < classes)
        grid.block++;
    grid.cells = (classes + grid.block - 1) / grid.block;
    grid.pitch = side / (float)grid.cells;
    if (grid.pitch >= 5.0f)
        grid.pitch = floorf(grid.pitch);
    grid.gap = grid.pitch >= 6.0f * scale ? roundf(scale) : 0.0f;
    const float used = grid.pitch * (float)grid.cells;
    grid.area = (struct rect){roundf(room.x), roundf(room.y), used, used};
    return grid;
}

struct rect confusion_grid_cell(const struct confusion_grid *grid, int row, int column)
{
    const float x = roundf(grid->pitch * (float)column), y = roundf(grid->pitch * (float)row);
    const float right = roundf(grid->pitch * (float)(column + 1)),
                bottom = roundf(grid->pitch * (float)(row + 1));
    return (struct rect){grid->area.x + x, grid->area.y + y, right - x - grid->gap, bottom - y - grid->gap};
}

bool confusion_cell_at(const struct confusion_grid *grid, float x, float y, struct confusion_pair *pair)
{
    const float u = x - grid->area.x, v = y - grid->area.y;
    /* The negated comparisons also refuse NaN. */
    if (!(u >= 0.0f && v >= 0.0f && u < grid->area.width && v < grid->area.height))
        return false;
    int column = (int)(u / grid->pitch), row = (int)(v / grid->pitch);
    column = column < grid->cells ? column : grid->cells - 1;
    row = row < grid->cells ? row : grid->cells - 1;
    *pair = (struct confusion_pair){row * grid->block, column * grid->block};
    return true;
}

static uint32_t row_total(const struct predictions *predictions, int truth)
{
    const uint32_t *row = predictions->confusion + (size_t)truth * (size_t)predictions->classes;
    uint32_t total = 0;
    for (int c = 0; c < predictions->classes; c++)
        total += row[c];
    return total;
}

double confusion_share(const struct predictions *predictions, int truth, int predicted)
{
    const uint32_t total = row_total(predictions, truth);
    const size_t at = (size_t)truth * (size_t)predictions->classes + (size_t)predicted;
    return total > 0 ? (double)predictions->confusion[at] / total : 0.0;
}

double confusion_cell_share(const struct predictions *predictions, const struct confusion_grid *grid, int row,
                            int column)
{
    double largest = 0.0;
    for (int i = row * grid->block; i < (row + 1) * grid->block && i < grid->classes; i++) {
        const double total = row_total(predictions, i);
        for (int j = column * grid->block; j < (column + 1) * grid->block && j < grid->classes; j++) {
            const uint32_t count = predictions->confusion[(size_t)i * (size_t)grid->classes + (size_t)j];
            if (count > 0)
                largest = fmax(largest, count / total);
        }
    }
    return largest;
}

float confusion_map_position(double share)
{
    if (!(share > lowest_share))
        return 0.0f;
    return (float)fmin(1.0, 1.0 - log10(share) / log10(lowest_share));
}

struct confusion_pair confusion_worst_pair(const struct predictions *predictions)
{
    struct confusion_pair worst = {-1, -1};
    uint32_t most = 0;
    for (int i = 0; i < predictions->classes; i++) {
        for (int j = 0; j < predictions->classes; j++) {
            const uint32_t count =
                predictions->confusion[(size_t)i * (size_t)predictions->classes + (size_t)j];
            if (i == j || count <= most)
                continue;
            most = count;
            worst = (struct confusion_pair){i, j};
        }
    }
    return worst;
}

struct ranked {
    float badness;
    uint32_t sample;
};

static int worst_first(const void *a, const void *b)
{
    const struct ranked *one = a, *two = b;
    if (one->badness != two->badness)
        return one->badness > two->badness ? -1 : 1;
    return one->sample < two->sample ? -1 : 1;
}

uint32_t confusion_samples(const struct predictions *predictions, const int32_t *labels,
                           struct confusion_pair pair, uint32_t first, uint32_t *samples, uint32_t capacity)
{
    if (pair.truth < 0 || pair.predicted < 0)
        return 0;
    const size_t at = (size_t)pair.truth * (size_t)predictions->classes + (size_t)pair.predicted;
    const uint32_t total = predictions->confusion[at];
    struct ranked *ranked = ls_calloc((size_t)total + 1, sizeof *ranked);
    uint32_t count = 0;
    for (uint32_t n = 0; n < predictions->samples && count < total; n++) {
        if (labels[n] != pair.truth || predictions->predicted[n] != pair.predicted)
            continue;
        const float confidence = predictions->confidence[n];
        ranked[count++] = (struct ranked){pair.truth == pair.predicted ? -confidence : confidence, n};
    }
    qsort(ranked, count, sizeof *ranked, worst_first);
    for (uint32_t i = 0; i < capacity && first + i < count; i++)
        samples[i] = ranked[first + i].sample;
    free(ranked);
    return count;
}
