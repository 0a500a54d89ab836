#include "test.h"

#include "picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void init_target(struct picture *picture, int width, int height)
{
    struct error err = {0};
    if (!gl_framebuffer_init(&picture->framebuffer, width, height, 1, &err))
        fail_msg("%s", err.message);
    picture->width = width;
    picture->height = height;
    picture->rgba = ls_calloc((size_t)width * (size_t)height, 4);
}

void picture_init(struct picture *picture, const struct specimen *specimen, int width, int height,
                  enum theme_name theme, enum hud_mode hud, enum camera_preset camera)
{
    memset(picture, 0, sizeof *picture);
    init_target(picture, width, height);
    pointer_init(&picture->pointer);
    picture->metrics = metrics_create();
    const struct view_desc desc = {.network = specimen->network,
                                   .data = &specimen->data,
                                   .metrics = picture->metrics,
                                   .layout = &specimen->layout,
                                   .backend = "CPU",
                                   .theme = theme,
                                   .hud = hud,
                                   .camera = camera,
                                   .keys = specimen->keys,
                                   .key_count = specimen->key_count};
    struct error err = {0};
    picture->view = view_create(&desc, &err);
    if (!picture->view)
        fail_msg("%s", err.message);
}

void picture_deinit(struct picture *picture)
{
    view_destroy(picture->view);
    metrics_destroy(picture->metrics);
    gl_framebuffer_deinit(&picture->framebuffer);
    free(picture->rgba);
}

void picture_resize(struct picture *picture, int width, int height)
{
    gl_framebuffer_deinit(&picture->framebuffer);
    free(picture->rgba);
    init_target(picture, width, height);
}

void picture_draw(struct picture *picture)
{
    const struct view_frame frame = {.width = picture->width,
                                     .height = picture->height,
                                     .dt = 1.0f / 30.0f,
                                     .step_rate = 30.0,
                                     .hide_wall_clock = true,
                                     .lock_step = true,
                                     .supersampling = picture->supersampling,
                                     .pointer = &picture->pointer};
    view_draw(picture->view, &frame, picture->framebuffer.name);
    gl_framebuffer_read(&picture->framebuffer, picture->rgba);
    pointer_frame_done(&picture->pointer);
}

const uint8_t *picture_pixel(const struct picture *picture, float x, float y)
{
    assert_true(x >= 0.0f && y >= 0.0f && x < (float)picture->width && y < (float)picture->height);
    return picture->rgba + 4 * ((size_t)y * (size_t)picture->width + (size_t)x);
}

const struct view_plate *picture_plate(const struct picture *picture, const char *layer, const char *kind)
{
    const struct view_plate *plates;
    const int count = view_plates(picture->view, &plates);
    for (int i = 0; i < count; i++)
        if (strcmp(plates[i].layer, layer) == 0 && strcmp(plates[i].kind, kind) == 0)
            return &plates[i];
    fail_msg("no plate of %s, %s", layer, kind);
    return NULL;
}

/* The projective map of the unit square onto a quad (Heckbert, "Fundamentals of texture mapping", 1989). */
static void map_square(const float quad[4][2], double u, double v, double *x, double *y)
{
    const double x0 = (double)quad[0][0], x1 = (double)quad[1][0], x2 = (double)quad[2][0],
                 x3 = (double)quad[3][0];
    const double y0 = (double)quad[0][1], y1 = (double)quad[1][1], y2 = (double)quad[2][1],
                 y3 = (double)quad[3][1];
    const double dx1 = x1 - x2, dx2 = x3 - x2, sx = x0 - x1 + x2 - x3;
    const double dy1 = y1 - y2, dy2 = y3 - y2, sy = y0 - y1 + y2 - y3;
    const double det = dx1 * dy2 - dx2 * dy1;
    const double g = (sx * dy2 - dx2 * sy) / det, h = (dx1 * sy - sx * dy1) / det;
    const double w = g * u + h * v + 1.0;
    *x = ((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / w;
    *y = ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / w;
}

/* Larger cells may have a number in their middle, which this part of a cell's height is clear of. */
static const float NUMBER_FROM_PX = 18.0f;
static const double ABOVE_NUMBER = 0.34;

void picture_locate(const struct view_plate *shown, size_t index, float *x, float *y, float *texel_px)
{
    const struct plate *plate = shown->plate;
    const size_t tile_values = (size_t)(plate->tile_width * plate->tile_height);
    const int tile = (int)(index / tile_values), within = (int)(index % tile_values);
    const int column = plate->tiles_down ? tile / plate->tile_rows : tile % plate->tile_columns;
    const int row = plate->tiles_down ? tile % plate->tile_rows : tile / plate->tile_columns;
    const double tile_width = plate->tile_width, tile_height = plate->tile_height,
                 gap = (double)plate->gap * tile_width;
    const double columns = plate->tile_columns * (tile_width + gap) - gap;
    const double rows = plate->tile_rows * (tile_height + gap) - gap;
    const double u = (column * (tile_width + gap) + within % plate->tile_width + 0.5) / columns;
    const double v = (row * (tile_height + gap) + within / plate->tile_width + 0.5) / rows;
    double px, py, right_x, right_y, down_x, down_y;
    map_square(shown->quad, u, v, &px, &py);
    map_square(shown->quad, u + 0.1 / columns, v, &right_x, &right_y);
    map_square(shown->quad, u, v + 0.1 / rows, &down_x, &down_y);
    *x = (float)px;
    *y = (float)py;
    *texel_px = (float)(10.0 * fmin(hypot(right_x - px, right_y - py), hypot(down_x - px, down_y - py)));
    if (*texel_px > NUMBER_FROM_PX) {
        map_square(shown->quad, u, v - ABOVE_NUMBER / rows, &px, &py);
        *x = (float)px;
        *y = (float)py;
    }
}
