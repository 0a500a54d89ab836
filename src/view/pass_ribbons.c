/* Describes each gap between plates to the shaders, runs them from the last plate to the first, draws. */
#include "view/pass_ribbons.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { FEWEST_SEGMENTS = 4, MOST_SEGMENTS = 32 };
/* Gaps that leave one plate; more are drawn, but trace nothing on. */
enum { LEAVING_MOST = 64 };

static const float ARCH_WIDTH = 0.45f, ARCH_OPACITY = 0.4f, PASSING_WIDTH = 0.6f, PASSING_OPACITY = 0.7f;

/* Neurons traced after a gap, and edges that each can have. */
static int edges_per_target(const struct gap *gap)
{
    return gap->kind == GAP_MAX_POOL || gap->kind == GAP_SAME || gap->kind == GAP_NORM ? 1
                                                                                       : RIBBONS_PER_TARGET;
}

static int targets_of(const struct gap *gap)
{
    return edges_per_target(gap) > 1 ? RIBBON_BUDGET / RIBBONS_PER_TARGET : RIBBON_TARGETS;
}

static bool init_set(const struct pass_ribbons *pass, struct ribbon_set *set, struct error *err)
{
    const size_t gaps = (size_t)(pass->gap_count > 0 ? pass->gap_count : 1);
    const size_t edges = gaps * RIBBON_BUDGET;
    const size_t traced = (size_t)(pass->plate_count + 1) * RIBBON_TARGETS * sizeof(int32_t);
    struct ribbon_edge *none = ls_calloc(edges, sizeof *none);
    for (size_t i = 0; i < edges; i++)
        none[i].source = none[i].target = -1;
    const bool ok =
        gl_buffer_init(&set->edges, "ribbons", edges * sizeof *none, none, false, err) &&
        gl_buffer_init(&set->traced, "traced neurons", traced, NULL, true, err) &&
        gl_buffer_init(&set->strongest, "strongest ribbons", gaps * 4 * sizeof(float), NULL, false, err);
    free(none);
    set->traced_from.focus.plate = -1;
    return ok;
}

bool pass_ribbons_init(struct pass_ribbons *pass, const struct gap *all_gaps, int gap_count,
                       struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->gaps = all_gaps;
    pass->gap_count = gap_count;
    for (int i = 0; i < gap_count; i++)
        if (all_gaps[i].target_plate >= pass->plate_count)
            pass->plate_count = all_gaps[i].target_plate + 1;

    char defines[160];
    snprintf(defines, sizeof defines,
             "#define BUDGET %d\n#define TARGETS %d\n#define PER_TARGET %d\n#define LEAVING %d\n",
             RIBBON_BUDGET, RIBBON_TARGETS, RIBBONS_PER_TARGET, LEAVING_MOST);
    bool ok = true;
    for (int i = 0; i < RIBBON_SETS && ok; i++)
        ok = init_set(pass, &pass->sets[i], err);
    if (!ok || !gl_program_init_compute(&pass->edges_program, "ribbon_edges.comp", defines, err) ||
        !gl_program_init_compute(&pass->trace_program, "ribbon_trace.comp", defines, err) ||
        !gl_program_init(&pass->draw_program, "ribbon.vert", "band.frag", defines, err) ||
        !gl_program_init(&pass->pulse_program, "pulse.vert", "pulse.frag", defines, err)) {
        pass_ribbons_deinit(pass);
        return false;
    }
    return true;
}

void pass_ribbons_deinit(struct pass_ribbons *pass)
{
    gl_program_deinit(&pass->edges_program);
    gl_program_deinit(&pass->trace_program);
    gl_program_deinit(&pass->draw_program);
    gl_program_deinit(&pass->pulse_program);
    for (int i = 0; i < RIBBON_SETS; i++) {
        gl_buffer_deinit(&pass->sets[i].edges);
        gl_buffer_deinit(&pass->sets[i].traced);
        gl_buffer_deinit(&pass->sets[i].strongest);
    }
    memset(pass, 0, sizeof *pass);
}

static void bind_buffers(const struct ribbon_set *set)
{
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, set->edges.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 1, set->traced.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 2, set->strongest.name);
}

static enum ribbon_set_name set_of(const struct ribbon_trace *from)
{
    return from->focus.plate >= 0 ? RIBBONS_OF_FOCUS : RIBBONS_OF_ANSWER;
}

static void set_gap(const struct pass_ribbons *pass, enum ribbon_ranking ranking, int number)
{
    const struct gl_program *program = &pass->edges_program;
    gap_set_uniforms(&pass->gaps[number], program);
    glProgramUniform1i(program->name, gl_program_uniform(program, "gap"), number);
    glProgramUniform1i(program->name, gl_program_uniform(program, "target_number"),
                       pass->gaps[number].target_plate);
    glProgramUniform1i(program->name, gl_program_uniform(program, "per_target"),
                       edges_per_target(&pass->gaps[number]));
    glProgramUniform1i(program->name, gl_program_uniform(program, "ranking"), (GLint)ranking);
}

bool pass_ribbons_can_focus(const struct pass_ribbons *pass, struct display_cell cell)
{
    for (int i = 0; i < pass->gap_count && cell.plate >= 0; i++)
        if (pass->gaps[i].target_plate == cell.plate)
            return true;
    return false;
}

static bool same_origin(const struct ribbon_trace *a, const struct ribbon_trace *b)
{
    return a->ranking == b->ranking && a->classes[0] == b->classes[0] && a->classes[1] == b->classes[1] &&
           display_cell_equal(a->focus, b->focus);
}

bool pass_ribbons_wants(const struct pass_ribbons *pass, const struct ribbon_trace *from)
{
    return !same_origin(&pass->sets[set_of(from)].traced_from, from);
}

static void write_origin(struct ribbon_set *set, int plate, int first, int second)
{
    int32_t start[RIBBON_TARGETS] = {first, second};
    for (int i = 2; i < RIBBON_TARGETS; i++)
        start[i] = -1;
    gl_buffer_write(&set->traced, (size_t)plate * sizeof start, start, sizeof start);
}

static void find_gap_edges(const struct pass_ribbons *pass, enum ribbon_ranking ranking,
                           const struct plate_blocks *blocks, int number)
{
    set_gap(pass, ranking, number);
    plate_blocks_bind(blocks, pass->gaps[number].source_plate, 1);
    plate_blocks_bind(blocks, pass->gaps[number].target_plate, 2);
    glUseProgram(pass->edges_program.name);
    glDispatchCompute(1, 1, 1);
    glMemoryBarrier(GL_SHADER_STORAGE_BARRIER_BIT);
}

/* The neurons of a plate that are traced on, from the edges that leave it. */
static void choose_neurons(const struct pass_ribbons *pass, int last_plate, int plate)
{
    const struct gl_program *program = &pass->trace_program;
    GLint leaving[LEAVING_MOST];
    int count = 0, sources = RIBBON_TARGETS, arriving = 0;
    for (int i = 0; i < pass->gap_count; i++) {
        const struct gap *gap = &pass->gaps[i];
        if (gap->source_plate == plate && gap->target_plate <= last_plate && count < LEAVING_MOST)
            leaving[count++] = i;
        if (gap->target_plate == plate) {
            arriving++;
            sources = targets_of(gap) < sources ? targets_of(gap) : sources;
        }
    }
    glUseProgram(program->name);
    glUniform1i(gl_program_uniform(program, "plate"), plate);
    glUniform1i(gl_program_uniform(program, "sources"), arriving > 0 ? sources : 0);
    glUniform1i(gl_program_uniform(program, "leaving_count"), count);
    if (count > 0)
        glUniform1iv(gl_program_uniform(program, "leaving"), count, leaving);
    glDispatchCompute(1, 1, 1);
    glMemoryBarrier(GL_SHADER_STORAGE_BARRIER_BIT);
}

void pass_ribbons_trace(struct pass_ribbons *pass, const struct plate_blocks *blocks, GLuint slot,
                        const struct ribbon_trace *from)
{
    struct ribbon_set *set = &pass->sets[set_of(from)];
    const bool focused = from->focus.plate >= 0;
    LS_ASSERT(!focused || pass_ribbons_can_focus(pass, from->focus));
    set->traced_from = *from;
    if (pass->gap_count == 0)
        return;
    gl_debug_push("trace ribbons");
    set->last_plate = focused ? from->focus.plate : pass->plate_count - 1;
    if (focused)
        write_origin(set, set->last_plate, from->focus.value, -1);
    else
        write_origin(set, set->last_plate, from->classes[0], from->classes[1]);
    bind_buffers(set);
    glBindTextureUnit(0, slot);
    for (int plate = set->last_plate; plate >= 0; plate--) {
        if (plate < set->last_plate)
            choose_neurons(pass, set->last_plate, plate);
        for (int i = 0; i < pass->gap_count; i++)
            if (pass->gaps[i].target_plate == plate)
                find_gap_edges(pass, from->ranking, blocks, i);
    }
    gl_debug_pop();
}

static bool is_drawn(const struct pass_ribbons *pass, enum ribbon_set_name name, int gap)
{
    return pass->gaps[gap].target_plate <= pass->sets[name].last_plate;
}

void pass_ribbons_read(const struct pass_ribbons *pass, enum ribbon_set_name name, int gap,
                       struct ribbon_edge *edges)
{
    const size_t size = RIBBON_BUDGET * sizeof *edges;
    LS_ASSERT(gap >= 0 && gap < pass->gap_count);
    glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
    if (is_drawn(pass, name, gap)) {
        glGetNamedBufferSubData(pass->sets[name].edges.name, (GLintptr)((size_t)gap * size), (GLsizeiptr)size,
                                edges);
        return;
    }
    for (int i = 0; i < RIBBON_BUDGET; i++)
        edges[i] = (struct ribbon_edge){.source = -1, .target = -1};
}

/* Of a gap's edges, for shaders that draw them. */
static void set_drawn_gap(const struct pass_ribbons *pass, const struct scene *scene,
                          const struct gl_program *program, int number)
{
    const GLuint name = program->name;
    const struct gap *gap = &pass->gaps[number];
    /* The names of the classes stand where the last ribbons arrive. */
    glProgramUniform1f(name, gl_program_uniform(program, "end_fade"),
                       gap->target_plate == pass->plate_count - 1 ? 0.8f : 0.0f);
    glProgramUniform1i(name, gl_program_uniform(program, "gap"), number);
    const bool arched = scene_is_arched(scene, number);
    glProgramUniform2f(name, gl_program_uniform(program, "arch"), arched ? 1.0f : 0.0f,
                       arched ? scene->apexes[number] : 0.0f);
    glProgramUniform1i(name, gl_program_uniform(program, "wraps"), scene_wraps(scene, number));
}

/* How many edges a gap can have as traced. */
static int most_edges(const struct pass_ribbons *pass, enum ribbon_set_name name, int number)
{
    const struct gap *gap = &pass->gaps[number];
    const int targets = gap->target_plate < pass->sets[name].last_plate ? targets_of(gap)
                        : name == RIBBONS_OF_FOCUS                      ? 1
                                                                        : 2;
    return targets * edges_per_target(gap);
}

static float plate_height_px(const struct plate *plate, mat4 view_projection, float height_px)
{
    vec4 middle = {0.0f, 0.0f, 0.0f, 1.0f}, clip;
    for (int i = 0; i < 3; i++)
        middle[i] = plate->origin[i] + 0.5f * (plate->right[i] + plate->down[i]);
    glm_mat4_mulv(view_projection, middle, clip);
    vec3 up = {view_projection[0][1], view_projection[1][1], view_projection[2][1]};
    return 0.5f * height_px * glm_vec3_norm(up) * glm_vec3_norm((float *)plate->down) / fmaxf(clip[3], 1e-3f);
}

int pass_ribbons_segments(float rise_px)
{
    const float segments = ceilf(0.78f * sqrtf(rise_px));
    return (int)fminf(fmaxf(segments, (float)FEWEST_SEGMENTS), (float)MOST_SEGMENTS);
}

/* What passes values on says little, and arcs are bundles: both are drawn finer. */
static void set_thinness(const struct gl_program *program, const struct scene *scene, int number,
                         const struct gap *gap, float opacity)
{
    const bool arched = scene_is_arched(scene, number);
    const bool passes_on = gap->kind == GAP_SAME || gap->kind == GAP_NORM;
    glUniform2f(gl_program_uniform(program, "thin"),
                arched      ? ARCH_WIDTH
                : passes_on ? PASSING_WIDTH
                            : 1.0f,
                opacity * (arched      ? ARCH_OPACITY
                           : passes_on ? PASSING_OPACITY
                                       : 1.0f));
}

void pass_ribbons_draw(const struct pass_ribbons *pass, enum ribbon_set_name name, const struct scene *scene,
                       mat4 view_projection, float height_px, float opacity)
{
    const struct gl_program *program = &pass->draw_program;
    gl_debug_push("ribbons");
    bind_buffers(&pass->sets[name]);
    glUseProgram(program->name);
    glUniform1i(gl_program_uniform(program, "gradients"),
                pass->sets[name].traced_from.ranking == RIBBONS_BY_GRADIENT);
    for (int i = 0; i < pass->gap_count; i++) {
        const struct gap *gap = &pass->gaps[i];
        if (!is_drawn(pass, name, i))
            continue;
        const float from = plate_height_px(&scene->plates[gap->source_plate], view_projection, height_px);
        const float to = plate_height_px(&scene->plates[gap->target_plate], view_projection, height_px);
        const int segments = scene_is_arched(scene, i) || scene_wraps(scene, i)
                                 ? MOST_SEGMENTS
                                 : pass_ribbons_segments(0.5f * fmaxf(from, to));
        set_drawn_gap(pass, scene, program, i);
        glUniform1i(gl_program_uniform(program, "segments"), segments);
        set_thinness(program, scene, i, gap, opacity);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 2 * (segments + 1), most_edges(pass, name, i));
    }
    gl_debug_pop();
}

void pass_ribbons_draw_pulses(const struct pass_ribbons *pass, enum ribbon_set_name name,
                              const struct scene *scene, float opacity)
{
    const struct gl_program *program = &pass->pulse_program;
    gl_debug_push("pulses");
    bind_buffers(&pass->sets[name]);
    glUseProgram(program->name);
    glUniform1f(gl_program_uniform(program, "opacity"), opacity);
    for (int i = 0; i < pass->gap_count; i++) {
        if (!is_drawn(pass, name, i))
            continue;
        set_drawn_gap(pass, scene, program, i);
        glUniform1f(gl_program_uniform(program, "start"), pass->gaps[i].start);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 2 * most_edges(pass, name, i));
    }
    gl_debug_pop();
}
