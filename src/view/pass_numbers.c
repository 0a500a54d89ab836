/* One draw call per plate with large cells, over the part of it that is in the window. */
#include "view/pass_numbers.h"

#include <math.h>
#include <string.h>

#include <cglm/cglm.h>

#include "gl/debug.h"
#include "gl/texture.h"

/* More are never legible: cells have 24 by 24 pixels and the largest windows eight million. */
enum { MOST_NUMBERS = 16384 };

bool pass_numbers_init(struct pass_numbers *pass, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    if (!gl_program_init(&pass->program, "number.vert", "number.frag", NULL, err))
        return false;
    pass->pane = gl_program_uniform(&pass->program, "pane");
    pass->range = gl_program_uniform(&pass->program, "range");
    pass->plane = gl_program_uniform(&pass->program, "plane");
    pass->first = gl_program_uniform(&pass->program, "first");
    pass->map = gl_program_uniform(&pass->program, "map");
    pass->is_signed = gl_program_uniform(&pass->program, "is_signed");
    pass->scale = gl_program_uniform(&pass->program, "scale");
    pass->sizes = gl_program_uniform(&pass->program, "sizes");
    return true;
}

static void forget_glyphs(struct pass_numbers *pass)
{
    if (pass->atlas)
        gl_texture_destroy(&pass->atlas);
    glyphs_deinit(&pass->glyphs);
    pass->baked = 0.0f;
}

void pass_numbers_deinit(struct pass_numbers *pass)
{
    forget_glyphs(pass);
    gl_program_deinit(&pass->program);
}

/* Fonts are never stretched: another scale needs other glyphs. False when the font cannot be read, which the
 * panels, whose font it is, have told. */
static bool bake(struct pass_numbers *pass, float scale)
{
    if (pass->baked == scale)
        return true;
    forget_glyphs(pass);
    struct error err = {0};
    if (!glyphs_init(&pass->glyphs, scale, &err))
        return false;
    pass->atlas = gl_texture_2d_create(GL_R8, pass->glyphs.width, pass->glyphs.height, GL_NEAREST, GL_RED,
                                       GL_UNSIGNED_BYTE, pass->glyphs.coverage);
    pass->baked = scale;
    return true;
}

/* The values between two shares of the picture's length: first, and how many. */
static void find_range(float from, float to, int tiles, int tile_values, float length, float gap, int *first,
                       int *count)
{
    const float tile = length + gap, total = (float)tiles * tile - gap;
    int ends[2];
    for (int i = 0; i < 2; i++) {
        const float place = (i == 0 ? from : to) * total;
        const int number = (int)glm_clamp(floorf(place / tile), 0.0f, (float)(tiles - 1));
        const float within = (place - (float)number * tile) / length * (float)tile_values;
        ends[i] = number * tile_values + (int)glm_clamp(floorf(within), 0.0f, (float)(tile_values - 1));
    }
    *first = ends[0];
    *count = ends[1] - ends[0] + 1;
}

static void draw_slab(const struct pass_numbers *pass, const struct plates_source *source,
                      const struct numbers_view *view, int slab)
{
    const int number = slab % source->scene->plate_count;
    const struct plate *plate = scene_slab(source->scene, slab);
    const struct plate_detail *detail = &source->details[number];
    struct pane pane;
    plate_pane(plate, view->eye, &pane);
    if (!pass_plates_has_data(source, plate, pane.side))
        return;
    const bool gradients = pane.side == SIDE_GRADIENTS;
    /* Probabilities stand beside their bars. */
    if (plate->kind == PLATE_OUTPUT && !plate->is_signed && !gradients)
        return;
    GLint range[4] = {0, 0, plate->tile_width, plate->tile_height};
    const float tile_height = (float)plate->tile_height / (float)plate->tile_width;
    if (plate->planes == 0) {
        find_range(detail->part[0], detail->part[2], plate->tile_columns, plate->tile_width, 1.0f, plate->gap,
                   &range[0], &range[2]);
        find_range(detail->part[1], detail->part[3], plate->tile_rows, plate->tile_height, tile_height,
                   plate->gap, &range[1], &range[3]);
    }
    if (range[2] * range[3] > MOST_NUMBERS)
        return;
    const int region = gradients ? plate->gradient_region : plate->region;
    GLfloat faces[9];
    memcpy(faces, pane.origin, sizeof pane.origin);
    memcpy(faces + 3, pane.right, sizeof pane.right);
    memcpy(faces + 6, pane.down, sizeof pane.down);
    plate_blocks_bind(source->blocks, slab, 1);
    glUniform3fv(pass->pane, 3, faces);
    glUniform4iv(pass->range, 1, range);
    /* Of a stack the nearest plane has numbers. */
    const bool from_behind = glm_vec3_dot(pane.right, (float *)plate->right) < 0.0f;
    glUniform1i(pass->plane, plate->planes == 0 ? -1 : from_behind ? plate->planes - 1 : 0);
    glUniform1i(pass->first, (GLint)(source->scales->layout->regions[region].offset / sizeof(float)));
    glUniform1i(pass->map, gradients ? MAP_GRADIENT : (GLint)plate->map);
    glUniform1i(pass->is_signed, gradients || plate->is_signed);
    glUniform1f(pass->scale, pass_scale_value(source->scales, number, pane.side));
    glDrawArrays(GL_TRIANGLES, 0, 6 * range[2] * range[3]);
}

static bool is_large(const struct plate_detail *detail, float pixel_scale)
{
    return detail->visible &&
           fminf(detail->largest_px[0], detail->largest_px[1]) >= NUMBERS_FROM_PX * pixel_scale;
}

void pass_numbers_draw(struct pass_numbers *pass, const struct plates_source *source,
                       const struct numbers_view *view)
{
    const struct scene *scene = source->scene;
    bool any = false;
    for (int i = 0; i < scene->plate_count; i++)
        any = any || is_large(&source->details[i], view->pixel_scale);
    if (!any || !source->slot || !bake(pass, view->pixel_scale * (float)view->supersampling))
        return;
    gl_debug_push("numbers");
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, source->slot);
    glBindTextureUnit(1, pass->atlas);
    GLint sizes[GLYPH_SIZES][3];
    for (int i = 0; i < GLYPH_SIZES; i++) {
        const struct glyph_size *size = &pass->glyphs.sizes[i];
        memcpy(sizes[i], (GLint[3]){size->width, size->height, size->top}, sizeof sizes[i]);
    }
    glUniform3iv(pass->sizes, GLYPH_SIZES, sizes[0]);
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++)
        if (is_large(&source->details[i % scene->plate_count], view->pixel_scale))
            draw_slab(pass, source, view, i);
    gl_debug_pop();
}
