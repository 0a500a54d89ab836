/* Points of a plate, from its place and the order of its values. */
#include "view/plate.h"

#include <math.h>

#include <cglm/cglm.h>

float plate_columns(const struct plate *plate)
{
    return (float)plate->tile_columns + plate->gap * (float)(plate->tile_columns - 1);
}

float plate_rows(const struct plate *plate)
{
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    return (float)plate->tile_rows * tile_height + plate->gap * (float)(plate->tile_rows - 1);
}

void plate_point(const struct plate *plate, int tile, float x, float y, vec3 position)
{
    const int column = plate->tiles_down ? tile / plate->tile_rows : tile % plate->tile_columns;
    const int row = plate->tiles_down ? tile % plate->tile_rows : tile / plate->tile_columns;
    const float texel = 1.0f / (float)plate->tile_width;
    const float right = (float)column * (1.0f + plate->gap) + x * texel;
    const float down = (float)row * ((float)plate->tile_height * texel + plate->gap) + y * texel;
    glm_vec3_copy((float *)plate->origin, position);
    glm_vec3_muladds((float *)plate->right, right / plate_columns(plate), position);
    glm_vec3_muladds((float *)plate->down, down / plate_rows(plate), position);
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
    vec3 right, down;
    glm_vec3_normalize_to((float *)plate->right, right);
    glm_vec3_normalize_to((float *)plate->down, down);
    for (int i = 0; i < 4; i++) {
        const bool at_right = i == 1 || i == 2, at_bottom = i >= 2;
        glm_vec3_copy((float *)plate->origin, corners[i]);
        if (at_right)
            glm_vec3_add(corners[i], (float *)plate->right, corners[i]);
        if (at_bottom)
            glm_vec3_add(corners[i], (float *)plate->down, corners[i]);
        glm_vec3_muladds(right, at_right ? plate->border : -plate->border, corners[i]);
        glm_vec3_muladds(down, at_bottom ? plate->border : -plate->border, corners[i]);
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
    plate_front(plate, corners);
    for (int i = 0; i < 4; i++)
        glm_vec3_add(corners[i], back, corners[4 + i]);
}

void plate_pane(const struct plate *plate, const vec3 eye, struct pane *pane)
{
    vec3 back, to_eye;
    plate_back(plate, back);
    glm_vec3_sub((float *)eye, (float *)plate->origin, to_eye);
    const bool behind = glm_vec3_dot(to_eye, back) > 0.0f;
    pane->side = behind ? plate->back : plate->front;
    glm_vec3_copy((float *)plate->origin, pane->origin);
    glm_vec3_copy((float *)plate->right, pane->right);
    glm_vec3_copy((float *)plate->down, pane->down);
    if (!behind)
        return;
    glm_vec3_add(pane->origin, back, pane->origin);
    glm_vec3_add(pane->origin, pane->right, pane->origin);
    glm_vec3_negate(pane->right);
}

/* In doubles: a cell's border may lie anywhere between two pixels. */
float plate_hit(const struct plate *plate, const vec3 eye, const vec3 direction, double *u, double *v)
{
    struct pane pane;
    vec3 normal, to_pane;
    plate_pane(plate, eye, &pane);
    glm_vec3_cross(pane.right, pane.down, normal);
    const float toward = glm_vec3_dot(normal, (float *)direction);
    if (toward == 0.0f)
        return INFINITY;
    glm_vec3_sub(pane.origin, (float *)eye, to_pane);
    const float t = glm_vec3_dot(normal, to_pane) / toward;
    const double width = (double)glm_vec3_norm(pane.right), height = (double)glm_vec3_norm(pane.down);
    double across = 0.0, downward = 0.0;
    for (int i = 0; i < 3; i++) {
        const double at = (double)t * (double)direction[i] - (double)to_pane[i];
        across += at * (double)pane.right[i];
        downward += at * (double)pane.down[i];
    }
    *u = across / (width * width);
    *v = downward / (height * height);
    const double border = (double)plate->border;
    const bool inside = *u * width >= -border && (*u - 1.0) * width <= border && *v * height >= -border &&
                        (*v - 1.0) * height <= border;
    return t > 0.0f && inside ? t : INFINITY;
}
