/* The picture's outline is clipped by the window in homogeneous coordinates. Sizes on the screen are extreme
 * at corners of what remains: there the derivative of the projection is evaluated. */
#include "view/plate_detail.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

enum { MAX_CORNERS = 16 };

static const float NEAREST_W = 1e-4f;

/* Clip coordinates of the picture's point (u, v): base + u·right + v·down. */
struct projection {
    vec4 base, right, down;
    vec2 half; /* of the window, pixels */
};

static void evaluate(const struct projection *p, const vec2 at, vec4 clip)
{
    for (int i = 0; i < 4; i++)
        clip[i] = p->base[i] + p->right[i] * at[0] + p->down[i] * at[1];
}

/* Positive inside the window and before the eye. */
static float side_of(const struct projection *p, const vec2 at, int plane)
{
    vec4 clip;
    evaluate(p, at, clip);
    switch (plane) {
    case 0:
        return clip[3] - NEAREST_W;
    case 1:
        return clip[3] - clip[0];
    case 2:
        return clip[3] + clip[0];
    case 3:
        return clip[3] - clip[1];
    default:
        return clip[3] + clip[1];
    }
}

/* Sutherland and Hodgman, "Reentrant polygon clipping", 1974. Returns the number of corners left. */
static int clip_by(const struct projection *p, int plane, vec2 *corners, int count)
{
    vec2 kept[MAX_CORNERS];
    int n = 0;
    for (int i = 0; i < count; i++) {
        float *a = corners[i], *b = corners[(i + 1) % count];
        const float side_a = side_of(p, a, plane), side_b = side_of(p, b, plane);
        if (side_a >= 0.0f)
            glm_vec2_copy(a, kept[n++]);
        if ((side_a >= 0.0f) != (side_b >= 0.0f))
            glm_vec2_lerp(a, b, side_a / (side_a - side_b), kept[n++]);
    }
    memcpy(corners, kept, (size_t)n * sizeof *kept);
    return n;
}

/* Pixels between the lines u and u + 1, and v and v + 1, as they run at `at`. */
static void measure(const struct projection *p, const vec2 at, vec2 px)
{
    vec4 clip;
    evaluate(p, at, clip);
    vec2 along_u, along_v;
    for (int i = 0; i < 2; i++) {
        along_u[i] = p->half[i] * (p->right[i] * clip[3] - clip[i] * p->right[3]) / (clip[3] * clip[3]);
        along_v[i] = p->half[i] * (p->down[i] * clip[3] - clip[i] * p->down[3]) / (clip[3] * clip[3]);
    }
    const float area = fabsf(along_u[0] * along_v[1] - along_u[1] * along_v[0]);
    px[0] = area / fmaxf(glm_vec2_norm(along_v), 1e-12f);
    px[1] = area / fmaxf(glm_vec2_norm(along_u), 1e-12f);
}

/* 1, 2, 3, 4, 6, 8, 12 …: cells are seldom much larger than a pixel, and the steps are not many. */
static int reduction(float cell_px, int tile_values)
{
    int reduce = 1;
    while (cell_px * (float)reduce < 1.0f && reduce < tile_values)
        reduce += (reduce & (reduce - 1)) == 0 && reduce > 1 ? reduce / 2 : reduce == 1 ? 1 : reduce / 3;
    return reduce;
}

void plate_detail_compute(struct plate_detail *detail, const struct plate *plate, mat4 view_projection,
                          int width, int height)
{
    memset(detail, 0, sizeof *detail);
    detail->reduce[0] = detail->reduce[1] = 1;
    struct projection p = {.half = {0.5f * (float)width, 0.5f * (float)height}};
    /* Of a stack the first plane stands for all. */
    const bool stacked = plate->planes > 0;
    vec3 o, r, d;
    plate_first_picture(plate, o, r, d);
    glm_mat4_mulv(view_projection, (vec4){o[0], o[1], o[2], 1.0f}, p.base);
    glm_mat4_mulv(view_projection, (vec4){r[0], r[1], r[2], 0.0f}, p.right);
    glm_mat4_mulv(view_projection, (vec4){d[0], d[1], d[2], 0.0f}, p.down);
    vec2 corners[MAX_CORNERS] = {{0.0f, 0.0f}, {1.0f, 0.0f}, {1.0f, 1.0f}, {0.0f, 1.0f}};
    int count = 4;
    for (int plane = 0; plane < 5 && count > 0; plane++)
        count = clip_by(&p, plane, corners, count);
    if (count == 0)
        return;

    detail->visible = true;
    const float texel = 1.0f / (float)plate->tile_width;
    const float columns = stacked ? 1.0f : plate_columns(plate);
    const float rows = stacked ? (float)plate->tile_height * texel : plate_rows(plate);
    const float share[2] = {texel / columns, texel / rows}; /* of the picture that a value takes */
    for (int axis = 0; axis < 2; axis++) {
        detail->least_px[axis] = INFINITY;
        detail->part[axis] = 1.0f;
    }
    for (int i = 0; i < count; i++) {
        vec2 px;
        measure(&p, corners[i], px);
        for (int axis = 0; axis < 2; axis++) {
            detail->least_px[axis] = fminf(detail->least_px[axis], px[axis] * share[axis]);
            detail->largest_px[axis] = fmaxf(detail->largest_px[axis], px[axis] * share[axis]);
            detail->part[axis] = fminf(detail->part[axis], corners[i][axis]);
            detail->part[2 + axis] = fmaxf(detail->part[2 + axis], corners[i][axis]);
        }
    }
    if (stacked) {
        detail->part[0] = detail->part[1] = 0.0f;
        detail->part[2] = detail->part[3] = 1.0f;
    }
    detail->reduce[0] = reduction(detail->least_px[0], plate->tile_width);
    detail->reduce[1] = reduction(detail->least_px[1], plate->tile_height);
}

void plate_detail_merge(struct plate_detail *detail, const struct plate_detail *other)
{
    if (!other->visible)
        return;
    if (!detail->visible) {
        *detail = *other;
        return;
    }
    for (int axis = 0; axis < 2; axis++) {
        detail->least_px[axis] = fminf(detail->least_px[axis], other->least_px[axis]);
        detail->largest_px[axis] = fmaxf(detail->largest_px[axis], other->largest_px[axis]);
        detail->reduce[axis] =
            other->reduce[axis] > detail->reduce[axis] ? other->reduce[axis] : detail->reduce[axis];
        detail->part[axis] = fminf(detail->part[axis], other->part[axis]);
        detail->part[2 + axis] = fmaxf(detail->part[2 + axis], other->part[2 + axis]);
    }
}

int plate_detail_cells(const struct plate_detail *detail, const struct plate *plate, int axis)
{
    const int values = axis == 0 ? plate->tile_width : plate->tile_height;
    return (values + detail->reduce[axis] - 1) / detail->reduce[axis];
}
