/* Each square of four neighbouring values by itself: zeros on its edges by linear interpolation, joined in
 * pairs. */
#include "view/contour.h"

#include <math.h>
#include <stdbool.h>

size_t contour_most(int columns, int rows)
{
    return columns < 2 || rows < 2 ? 0 : 2 * (size_t)(columns - 1) * (size_t)(rows - 1);
}

struct corner {
    float x, y, value;
};

static bool zero_between(struct corner a, struct corner b, float at[2])
{
    if ((a.value < 0.0f) == (b.value < 0.0f))
        return false;
    const float t = a.value / (a.value - b.value);
    at[0] = a.x + t * (b.x - a.x);
    at[1] = a.y + t * (b.y - a.y);
    return true;
}

static struct contour_piece join(const float a[2], const float b[2])
{
    return (struct contour_piece){a[0], a[1], b[0], b[1]};
}

size_t contour_trace(const float *values, int columns, int rows, struct contour_piece *pieces)
{
    size_t count = 0;
    for (int row = 0; row + 1 < rows; row++) {
        for (int column = 0; column + 1 < columns; column++) {
            const float *v = values + (size_t)row * (size_t)columns + (size_t)column;
            const float x = (float)column, y = (float)row;
            const struct corner corners[4] = {{x, y, v[0]},
                                              {x + 1.0f, y, v[1]},
                                              {x + 1.0f, y + 1.0f, v[columns + 1]},
                                              {x, y + 1.0f, v[columns]}};
            float zeros[4][2];
            int found = 0;
            for (int side = 0; side < 4; side++)
                found += zero_between(corners[side], corners[(side + 1) % 4], zeros[found]) ? 1 : 0;
            const float middle = 0.25f * (v[0] + v[1] + v[columns] + v[columns + 1]);
            if (found < 2 || !isfinite(middle))
                continue;
            if (found == 2) {
                pieces[count++] = join(zeros[0], zeros[1]);
                continue;
            }
            /* The corners of the middle's sign are joined, the others cut off. */
            const bool first_alone = (middle < 0.0f) != (v[0] < 0.0f);
            pieces[count++] = join(zeros[0], zeros[first_alone ? 3 : 1]);
            pieces[count++] = join(zeros[2], zeros[first_alone ? 1 : 3]);
        }
    }
    return count;
}
