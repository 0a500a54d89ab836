/* The OpenGL side of the plots: two texture buffers, filled by cursor, and one program with a mode per
 * kind of curve. */
#include "view/plot.h"

#include <GL/glew.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/buffer.h"
#include "gl/debug.h"
#include "gl/program.h"
#include "gl/texture.h"

enum mode { MODE_BARS, MODE_RAW, MODE_SMOOTH, MODE_DASHES, MODE_DOTS };

enum {
    ROW_SIZE = PLOT_SERIES_COUNT * sizeof(struct plot_cell),
    MAX_QUADS = PLOT_CELLS > PLOT_EVALUATIONS ? PLOT_CELLS : PLOT_EVALUATIONS
};
_Static_assert(4 * MAX_QUADS <= 65536, "two bytes number the corners");

struct plot {
    struct plot_history history;
    struct gl_program program;
    struct gl_buffer cells, evaluations, quads;
    GLuint cells_texture, evaluations_texture;
    struct {
        GLint mode, series, cell_count, point_count, first_step, last_step, stride, area, viewport, x_range,
            y_range, logarithmic, radius, ring, dash, color, rim_color;
    } uniforms;
    GLuint vertex_array; /* without attributes */
};

static void find_uniforms(struct plot *plot)
{
    const struct gl_program *program = &plot->program;
    plot->uniforms.mode = gl_program_uniform(program, "mode");
    plot->uniforms.series = gl_program_uniform(program, "series");
    plot->uniforms.cell_count = gl_program_uniform(program, "cell_count");
    plot->uniforms.point_count = gl_program_uniform(program, "point_count");
    plot->uniforms.first_step = gl_program_uniform(program, "first_step");
    plot->uniforms.last_step = gl_program_uniform(program, "last_step");
    plot->uniforms.stride = gl_program_uniform(program, "stride");
    plot->uniforms.area = gl_program_uniform(program, "area");
    plot->uniforms.viewport = gl_program_uniform(program, "viewport");
    plot->uniforms.x_range = gl_program_uniform(program, "x_range");
    plot->uniforms.y_range = gl_program_uniform(program, "y_range");
    plot->uniforms.logarithmic = gl_program_uniform(program, "logarithmic");
    plot->uniforms.radius = gl_program_uniform(program, "radius");
    plot->uniforms.ring = gl_program_uniform(program, "ring");
    plot->uniforms.dash = gl_program_uniform(program, "dash");
    plot->uniforms.color = gl_program_uniform(program, "color");
    plot->uniforms.rim_color = gl_program_uniform(program, "rim_color");
}

/* Quads as triangles of one draw: as instances of four vertices each they cost a software renderer a fifth
 * more. */
static bool create_quads(struct plot *plot, struct error *err)
{
    static const uint16_t corners[6] = {0, 1, 2, 2, 1, 3};
    const size_t size = (size_t)MAX_QUADS * sizeof corners;
    uint16_t *indices = ls_calloc(MAX_QUADS, sizeof corners);
    for (int i = 0; i < 6 * MAX_QUADS; i++)
        indices[i] = (uint16_t)(4 * (i / 6) + corners[i % 6]);
    const bool created = gl_buffer_init(&plot->quads, "plot quads", size, indices, false, err);
    free(indices);
    if (created) {
        glCreateVertexArrays(1, &plot->vertex_array);
        glVertexArrayElementBuffer(plot->vertex_array, plot->quads.name);
    }
    return created;
}

struct plot *plot_create(struct error *err)
{
    struct plot *plot = ls_calloc(1, sizeof *plot);
    plot_history_init(&plot->history);
    if (!gl_program_init(&plot->program, "plot.vert", "plot.frag", NULL, err))
        goto fail;
    find_uniforms(plot);
    const size_t cells_size = (size_t)PLOT_CELLS * ROW_SIZE;
    const size_t evaluations_size = PLOT_EVALUATIONS * 4 * sizeof(float);
    if (!gl_buffer_init(&plot->cells, "plot cells", cells_size, NULL, true, err) ||
        !gl_buffer_init(&plot->evaluations, "plot evaluations", evaluations_size, NULL, true, err) ||
        !create_quads(plot, err))
        goto fail;
    plot->cells_texture = gl_texture_buffer_create(&plot->cells, GL_RGBA32F, 0, cells_size);
    plot->evaluations_texture = gl_texture_buffer_create(&plot->evaluations, GL_RGBA32F, 0, evaluations_size);
    return plot;
fail:
    plot_destroy(plot);
    return NULL;
}

void plot_destroy(struct plot *plot)
{
    if (plot == NULL)
        return;
    if (plot->vertex_array != 0) {
        glDeleteVertexArrays(1, &plot->vertex_array);
        gl_texture_destroy(&plot->cells_texture);
        gl_texture_destroy(&plot->evaluations_texture);
    }
    gl_buffer_deinit(&plot->cells);
    gl_buffer_deinit(&plot->evaluations);
    gl_buffer_deinit(&plot->quads);
    gl_program_deinit(&plot->program);
    plot_history_deinit(&plot->history);
    free(plot);
}

bool plot_update(struct plot *plot, const struct metrics *metrics, const struct plot_smoothing *smoothing)
{
    struct plot_history *history = &plot->history;
    plot_history_set_smoothing(history, smoothing);
    if (!plot_history_update(history, metrics))
        return false;
    const int dirty = history->dirty;
    if (dirty < history->count)
        gl_buffer_write(&plot->cells, (size_t)dirty * ROW_SIZE,
                        history->cells + (size_t)dirty * PLOT_SERIES_COUNT,
                        (size_t)(history->count - dirty) * ROW_SIZE);
    plot_history_clean(history);

    float texels[PLOT_EVALUATIONS][4];
    for (int i = 0; i < history->evaluation_count; i++) {
        const struct evaluation_sample *e = &history->evaluations[i];
        const float texel[4] = {(float)e->step, e->loss, e->accuracy, 0.0f};
        memcpy(texels[i], texel, sizeof texel);
    }
    if (history->evaluation_count > 0)
        gl_buffer_write(&plot->evaluations, 0, texels, (size_t)history->evaluation_count * sizeof texels[0]);
    return true;
}

const struct plot_history *plot_history(const struct plot *plot) { return &plot->history; }

static struct color mix(struct color a, struct color b, float t)
{
    return (struct color){a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t, 1.0f};
}

static void set_color(GLint location, struct color c) { glUniform4f(location, c.r, c.g, c.b, c.a); }

/* The scissor box of `area` widened by `border`, cut to the framebuffer. */
static void clip(const struct plot_frame *frame, float border)
{
    const float left = fmaxf(0.0f, floorf(frame->area.x - border));
    const float top = fmaxf(0.0f, floorf(frame->area.y - border));
    const float right = ceilf(frame->area.x + frame->area.width + border);
    const float bottom = ceilf(frame->area.y + frame->area.height + border);
    glScissor((GLint)left, frame->height - (GLint)bottom, (GLsizei)fmaxf(0.0f, right - left),
              (GLsizei)fmaxf(0.0f, bottom - top));
}

static void draw_quads(const struct plot *plot, enum mode mode, int points, int count, float radius)
{
    if (count <= 0)
        return;
    glUniform1i(plot->uniforms.mode, mode);
    glUniform1i(plot->uniforms.point_count, points);
    glUniform1f(plot->uniforms.radius, radius);
    glDrawElements(GL_TRIANGLES, 6 * count, GL_UNSIGNED_SHORT, NULL);
}

static void set_axes(const struct plot *plot, const struct plot_frame *frame)
{
    const struct plot_axis *values = &frame->values;
    const bool logarithmic = values->logarithmic;
    glUniform4f(plot->uniforms.area, frame->area.x, frame->area.y, frame->area.width, frame->area.height);
    glUniform2f(plot->uniforms.viewport, (float)frame->width, (float)frame->height);
    glUniform2f(plot->uniforms.x_range, (float)frame->steps.low, (float)frame->steps.high);
    glUniform2f(plot->uniforms.y_range, (float)(logarithmic ? log10(values->low) : values->low),
                (float)(logarithmic ? log10(values->high) : values->high));
    glUniform1i(plot->uniforms.logarithmic, logarithmic);
}

static void draw_training(const struct plot *plot, const struct plot_frame *frame)
{
    const struct plot_history *history = &plot->history;
    const int columns = (int)fmaxf(2.0f, frame->area.width);
    const int points = history->count < columns ? history->count : columns;
    glUniform1i(plot->uniforms.series, (GLint)frame->series);
    glUniform1i(plot->uniforms.cell_count, history->count);
    glUniform1f(plot->uniforms.first_step, (float)history->first_step);
    glUniform1f(plot->uniforms.last_step, (float)plot_history_last_step(history));
    glUniform1f(plot->uniforms.stride, (float)history->stride);

    clip(frame, 0.0f);
    /* A share of the ink, mixed beforehand: overlapping ends would show otherwise. */
    set_color(plot->uniforms.color, mix(frame->panel, frame->train, PLOT_RAW_INK));
    const bool bars = history->count > points || history->stride > 1;
    /* A single point is a line as well. */
    const int segments = points > 1 ? points - 1 : points;
    draw_quads(plot, bars ? MODE_BARS : MODE_RAW, points, bars ? points : segments, 0.5f * frame->scale);
    set_color(plot->uniforms.color, frame->train);
    draw_quads(plot, MODE_SMOOTH, points, segments, 1.0f * frame->scale);
}

/* Dots stand apart at least by their own width; between them the line goes on through every evaluation. */
static void draw_evaluations(const struct plot *plot, const struct plot_frame *frame)
{
    const int count = plot->history.evaluation_count;
    const float s = frame->scale;
    clip(frame, 0.0f);
    set_color(plot->uniforms.color, frame->test);
    set_color(plot->uniforms.rim_color, frame->panel);
    glUniform2f(plot->uniforms.dash, 5.0f * s, 4.0f * s);
    draw_quads(plot, MODE_DASHES, count, count - 1, 1.0f * s);
    const bool sparse = (float)count * 8.0f * s <= frame->area.width;
    const float radius = sparse ? 4.0f * s : 2.5f * s;
    glUniform1f(plot->uniforms.ring, sparse ? 1.0f * s : 0.0f);
    clip(frame, radius + 1.0f);
    draw_quads(plot, MODE_DOTS, count, count, radius);
}

void plot_draw(struct plot *plot, const struct plot_frame *frame)
{
    if (frame->area.width < 2.0f || frame->area.height < 2.0f)
        return;
    gl_debug_push("plot");
    glViewport(0, 0, frame->width, frame->height);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_CULL_FACE);
    glEnable(GL_SCISSOR_TEST);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glUseProgram(plot->program.name);
    glBindVertexArray(plot->vertex_array);
    glBindTextureUnit(0, plot->cells_texture);
    glBindTextureUnit(1, plot->evaluations_texture);
    set_axes(plot, frame);
    draw_training(plot, frame);
    if (frame->series == PLOT_LOSS || frame->series == PLOT_ACCURACY)
        draw_evaluations(plot, frame);
    glBindTextureUnit(0, 0);
    glBindTextureUnit(1, 0);
    glBindVertexArray(0);
    glUseProgram(0);
    glDisable(GL_BLEND);
    glDisable(GL_SCISSOR_TEST);
    gl_debug_pop();
}
