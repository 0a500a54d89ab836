/* Points of a plate, from its place and the order of its values. */
#include "view/plate.h"

#include <math.h>

#include <cglm/cglm.h>

float plate_norm(const float *x, int count)
{
    if (count == 1)
        return *x;
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return (float)sqrt(sum);
}

float plate_shown_value(const struct plate *plate, const float *x)
{
    switch (plate->strip) {
    case STRIP_SCALE:
        return *x - 1.0f;
    case STRIP_DEVIATION:
        return sqrtf(*x + plate->strip_epsilon);
    default:
        return plate_norm(x, plate->kernel);
    }
}

float plate_columns(const struct plate *plate)
{
    return (float)plate->tile_columns + plate->gap * (float)(plate->tile_columns - 1);
}

float plate_rows(const struct plate *plate)
{
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    return (float)plate->tile_rows * tile_height + plate->gap * (float)(plate->tile_rows - 1);
}

/* Planes that the folded stack does not show move in close order behind the last one. */
static const float HIDDEN_PITCH = 0.05f; /* of the pitch */
static const float PLANE_DEPTH = 0.4f;   /* of the pitch */
static const float PLANE_REACH = 0.45f;  /* of the gap between tiles: a plane's border at most */

/* A tile's top left corner in tile widths. */
static void tile_corner(const struct plate *plate, int tile, float *right, float *down)
{
    const int column = plate->tiles_down ? tile / plate->tile_rows : tile % plate->tile_columns;
    const int row = plate->tiles_down ? tile % plate->tile_rows : tile / plate->tile_columns;
    *right = (float)column * (1.0f + plate->gap);
    *down = (float)row * ((float)plate->tile_height / (float)plate->tile_width + plate->gap);
}

/* In pitches. */
static float plane_place(int tile)
{
    const int last = PLATE_MAX_PLANES - 1;
    return tile <= last ? (float)tile : (float)last + HIDDEN_PITCH * (float)(tile - last);
}

/* How far folding has moved a tile from its place in the picture. */
static void plane_shift(const struct plate *plate, int tile, vec3 shift)
{
    float right, down;
    vec3 back;
    tile_corner(plate, tile, &right, &down);
    glm_vec3_zero(shift);
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    glm_vec3_muladds((float *)plate->right, plate->fold * (0.5f - (right + 0.5f) / plate_columns(plate)),
                     shift);
    glm_vec3_muladds((float *)plate->down,
                     plate->fold * (0.5f - (down + 0.5f * tile_height) / plate_rows(plate)), shift);
    plate_back(plate, back);
    glm_vec3_normalize(back);
    glm_vec3_muladds(back, plate->fold * plate->pitch * plane_place(tile), shift);
}

void plate_point(const struct plate *plate, int tile, float x, float y, vec3 position)
{
    float right, down;
    tile_corner(plate, tile, &right, &down);
    const float texel = 1.0f / (float)plate->tile_width;
    glm_vec3_copy((float *)plate->origin, position);
    glm_vec3_muladds((float *)plate->right, (right + x * texel) / plate_columns(plate), position);
    glm_vec3_muladds((float *)plate->down, (down + y * texel) / plate_rows(plate), position);
    if (plate->planes == 0)
        return;
    vec3 shift;
    plane_shift(plate, tile, shift);
    glm_vec3_add(position, shift, position);
}

void plate_fold(struct plate *plate, float fold, float *picture_width, float *picture_height)
{
    if (plate->pitch == 0.0f) {
        *picture_width = plate->width;
        *picture_height = plate->height;
        return;
    }
    const float larger = glm_lerp(1.0f, plate->open.magnification, fold);
    *picture_width = plate->open.width * larger;
    *picture_height = plate->open.height * larger;
    plate->width = glm_lerp(*picture_width, *picture_width / plate_columns(plate), fold);
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    plate->height = glm_lerp(*picture_height, *picture_height * tile_height / plate_rows(plate), fold);
    plate->depth = glm_lerp(plate->open.depth, PLANE_DEPTH * plate->pitch, fold);
    plate->fold = fold;
    plate->planes = fold == 0.0f                                      ? 0
                    : fold == 1.0f && plate->tiles > PLATE_MAX_PLANES ? PLATE_MAX_PLANES
                                                                      : plate->tiles;
}

float plate_whole_depth(const struct plate *plate)
{
    return plate->planes == 0 ? plate->depth
                              : plate->depth + plate->fold * plate->pitch * plane_place(plate->planes - 1);
}

void plate_value_position(const struct plate *plate, size_t index, vec3 position)
{
    const size_t tile_values = (size_t)plate->tile_width * (size_t)plate->tile_height;
    const int within = (int)(index % tile_values);
    plate_point(plate, (int)(index / tile_values), (float)(within % plate->tile_width) + 0.5f,
                (float)(within / plate->tile_width) + 0.5f, position);
}

void plate_front(const struct plate *plate, vec3 corners[4])
{
    vec3 right, down, middle;
    glm_vec3_normalize_to((float *)plate->right, right);
    glm_vec3_normalize_to((float *)plate->down, down);
    glm_vec3_copy((float *)plate->origin, middle);
    glm_vec3_muladds((float *)plate->right, 0.5f, middle);
    glm_vec3_muladds((float *)plate->down, 0.5f, middle);
    const float half_width = 0.5f * plate->width + plate->border;
    const float half_height = 0.5f * plate->height + plate->border;
    for (int i = 0; i < 4; i++) {
        const bool at_right = i == 1 || i == 2, at_bottom = i >= 2;
        glm_vec3_copy(middle, corners[i]);
        glm_vec3_muladds(right, at_right ? half_width : -half_width, corners[i]);
        glm_vec3_muladds(down, at_bottom ? half_height : -half_height, corners[i]);
    }
}

void plate_back(const struct plate *plate, vec3 back)
{
    glm_vec3_cross((float *)plate->right, (float *)plate->down, back);
    glm_vec3_scale_as(back, plate->depth, back);
}

void plate_corners(const struct plate *plate, vec3 corners[8])
{
    vec3 back;
    plate_back(plate, back);
    glm_vec3_scale_as(back, plate_whole_depth(plate), back);
    plate_front(plate, corners);
    for (int i = 0; i < 4; i++)
        glm_vec3_add(corners[i], back, corners[4 + i]);
}

/* The whole picture on the face that the eye sees, of `tile`'s plane if there are planes. */
static void picture_pane(const struct plate *plate, int tile, const vec3 eye, struct pane *pane)
{
    vec3 back, to_eye, shift;
    plate_back(plate, back);
    glm_vec3_copy((float *)plate->origin, pane->origin);
    if (plate->planes > 0) {
        plane_shift(plate, tile, shift);
        glm_vec3_add(pane->origin, shift, pane->origin);
    }
    glm_vec3_sub((float *)eye, pane->origin, to_eye);
    const bool behind = glm_vec3_dot(to_eye, back) > 0.0f;
    pane->side = behind ? plate->back : plate->front;
    glm_vec3_copy((float *)plate->right, pane->right);
    glm_vec3_copy((float *)plate->down, pane->down);
    if (!behind)
        return;
    glm_vec3_add(pane->origin, back, pane->origin);
    glm_vec3_add(pane->origin, pane->right, pane->origin);
    if (plate->planes > 0) {
        /* A plane's back shows its tile only: mirrored about the tile's middle, not the picture's. */
        float right, down;
        tile_corner(plate, tile, &right, &down);
        glm_vec3_muladds(pane->right, 2.0f * (right + 0.5f) / plate_columns(plate) - 1.0f, pane->origin);
    }
    glm_vec3_negate(pane->right);
}

static bool sees_back(const struct plate *plate, const vec3 eye)
{
    vec3 back, to_eye;
    plate_back(plate, back);
    glm_vec3_sub((float *)eye, (float *)plate->origin, to_eye);
    return glm_vec3_dot(to_eye, back) > 0.0f;
}

/* Of the picture to its tile. */
static void narrow(const struct plate *plate, int tile, struct pane *pane)
{
    float right, down;
    tile_corner(plate, tile, &right, &down);
    const float columns = plate_columns(plate), rows = plate_rows(plate);
    glm_vec3_muladds(pane->right, right / columns, pane->origin);
    glm_vec3_muladds(pane->down, down / rows, pane->origin);
    glm_vec3_scale(pane->right, 1.0f / columns, pane->right);
    glm_vec3_scale(pane->down, (float)plate->tile_height / (float)plate->tile_width / rows, pane->down);
}

void plate_pane(const struct plate *plate, const vec3 eye, struct pane *pane)
{
    const int nearest = plate->planes > 0 && sees_back(plate, eye) ? plate->planes - 1 : 0;
    picture_pane(plate, nearest, eye, pane);
    if (plate->planes > 0)
        narrow(plate, nearest, pane);
}

void plate_first_picture(const struct plate *plate, vec3 origin, vec3 right, vec3 down)
{
    vec3 in_front, back;
    plate_back(plate, back);
    glm_vec3_sub((float *)plate->origin, back, in_front);
    struct pane pane;
    plate_pane(plate, in_front, &pane);
    glm_vec3_copy(pane.origin, origin);
    glm_vec3_copy(pane.right, right);
    glm_vec3_copy(pane.down, down);
}

/* A part of a picture, in shares of its width and height, with a border of world units. */
struct part {
    double left, top, right, bottom;
    double border;
};

/* In doubles: a cell's border may lie anywhere between two pixels. */
static float hit_pane(const struct pane *pane, const struct part *part, const vec3 eye, const vec3 direction,
                      double *u, double *v)
{
    vec3 normal, to_pane;
    glm_vec3_cross((float *)pane->right, (float *)pane->down, normal);
    const float toward = glm_vec3_dot(normal, (float *)direction);
    if (toward == 0.0f)
        return INFINITY;
    glm_vec3_sub((float *)pane->origin, (float *)eye, to_pane);
    const float t = glm_vec3_dot(normal, to_pane) / toward;
    const double width = (double)glm_vec3_norm((float *)pane->right);
    const double height = (double)glm_vec3_norm((float *)pane->down);
    double across = 0.0, downward = 0.0;
    for (int i = 0; i < 3; i++) {
        const double at = (double)t * (double)direction[i] - (double)to_pane[i];
        across += at * (double)pane->right[i];
        downward += at * (double)pane->down[i];
    }
    *u = across / (width * width);
    *v = downward / (height * height);
    const bool inside =
        (*u - part->left) * width >= -part->border && (*u - part->right) * width <= part->border &&
        (*v - part->top) * height >= -part->border && (*v - part->bottom) * height <= part->border;
    return t > 0.0f && inside ? t : INFINITY;
}

static float hit_plane(const struct plate *plate, int tile, const vec3 eye, const vec3 direction, double *u,
                       double *v)
{
    struct pane pane;
    picture_pane(plate, tile, eye, &pane);
    float right, down;
    tile_corner(plate, tile, &right, &down);
    const double columns = (double)plate_columns(plate), rows = (double)plate_rows(plate);
    const double tile_height = (double)plate->tile_height / plate->tile_width;
    const float reach = PLANE_REACH * plate->gap * glm_vec3_norm(pane.right) / plate_columns(plate);
    const struct part part = {(double)right / columns, (double)down / rows, ((double)right + 1.0) / columns,
                              ((double)down + tile_height) / rows, (double)fminf(plate->border, reach)};
    return hit_pane(&pane, &part, eye, direction, u, v);
}

float plate_hit(const struct plate *plate, const vec3 eye, const vec3 direction, double *u, double *v)
{
    if (plate->planes == 0) {
        struct pane pane;
        picture_pane(plate, 0, eye, &pane);
        const struct part whole = {0.0, 0.0, 1.0, 1.0, (double)plate->border};
        return hit_pane(&pane, &whole, eye, direction, u, v);
    }
    float nearest = INFINITY;
    for (int tile = 0; tile < plate->planes; tile++) {
        double plane_u, plane_v;
        const float t = hit_plane(plate, tile, eye, direction, &plane_u, &plane_v);
        if (t < nearest) {
            nearest = t;
            *u = plane_u;
            *v = plane_v;
        }
    }
    return nearest;
}
