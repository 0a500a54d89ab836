/* The inverse of plate_value_position. */
#include "view/pick.h"

#include <math.h>

#include <cglm/cglm.h>

struct ray pick_ray(const mat4 view, const mat4 projection, int width, int height, float x, float y)
{
    struct ray ray;
    mat4 camera_to_world;
    glm_mat4_inv((vec4 *)view, camera_to_world);
    const float ndc_x = 2.0f * x / (float)width - 1.0f, ndc_y = 1.0f - 2.0f * y / (float)height;
    vec4 direction = {(ndc_x + projection[2][0]) / projection[0][0],
                      (ndc_y + projection[2][1]) / projection[1][1], -1.0f, 0.0f};
    glm_mat4_mulv(camera_to_world, direction, direction);
    glm_vec3_copy(direction, ray.direction);
    glm_vec3_copy(camera_to_world[3], ray.eye);
    return ray;
}

/* The plate or twin that the ray meets first, and where on its picture. */
static int find(const struct scene *scene, const struct ray *ray, double *u, double *v)
{
    float nearest = INFINITY;
    int plate = -1;
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++) {
        double at_u, at_v;
        const float t = plate_hit(scene_slab(scene, i), ray->eye, ray->direction, &at_u, &at_v);
        if (t < nearest) {
            nearest = t;
            plate = i;
            *u = at_u;
            *v = at_v;
        }
    }
    return plate < 0 ? -1 : plate % scene->plate_count;
}

int pick_plate(const struct scene *scene, const struct ray *ray)
{
    double u, v;
    return find(scene, ray, &u, &v);
}

/* The tile and the value within it at `position`, counted in values with `gap` values between tiles. */
static bool split(double position, int tiles, int tile_values, double gap, int *tile, int *value)
{
    const double pitch = (double)tile_values + gap;
    *tile = (int)floor(position / pitch);
    *value = (int)floor(position - *tile * pitch);
    return position >= 0.0 && *tile < tiles && *value < tile_values;
}

int plate_value_at(const struct plate *plate, double u, double v)
{
    const double gap = (double)plate->gap * plate->tile_width;
    const double columns = plate->tile_columns * (plate->tile_width + gap) - gap;
    const double rows = plate->tile_rows * (plate->tile_height + gap) - gap;
    int tile_column, tile_row, column, row;
    if (!split(u * columns, plate->tile_columns, plate->tile_width, gap, &tile_column, &column) ||
        !split(v * rows, plate->tile_rows, plate->tile_height, gap, &tile_row, &row))
        return -1;
    const int tile = plate->tiles_down ? tile_column * plate->tile_rows + tile_row
                                       : tile_row * plate->tile_columns + tile_column;
    const int value = (tile * plate->tile_height + row) * plate->tile_width + column;
    return tile < plate->tiles && value < plate->values ? value : -1;
}

bool pick_cell(const struct scene *scene, const struct ray *ray, struct display_cell *cell)
{
    *cell = (struct display_cell){.plate = -1, .value = 0};
    double u = 0.0, v = 0.0;
    const int index = find(scene, ray, &u, &v);
    if (index < 0)
        return false;
    const int value = plate_value_at(&scene->plates[index], u, v);
    if (value < 0)
        return false;
    *cell = (struct display_cell){.plate = index, .value = value};
    return true;
}
