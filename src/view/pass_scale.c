/* Histogram dispatches, and a small ring of buffers to read them back from. */
#include "view/pass_scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { STARTS = 2048, GROUP = 64, VALUES_PER_INVOCATION = 16, MAX_GROUPS = 65535 };

/* std430, shaders/histogram.comp. */
struct ladder_block {
    float rungs[SCALE_RUNGS];
    int32_t starts[STARTS];
};

static bool is_scaled(const struct plate *plate, enum plate_side side)
{
    if (side == SIDE_GRADIENTS)
        return plate->gradient_region >= 0;
    return plate->kind == PLATE_ACTIVATION || plate->fixed_scale > 0.0f || plate->kind == PLATE_WEIGHT ||
           (plate->kind == PLATE_OUTPUT && plate->is_signed);
}

/* Such values belong to no group. */
static bool is_fixed(const struct plate *plate, enum plate_side side)
{
    return side == SIDE_VALUES && plate->fixed_scale > 0.0f;
}

static size_t index_of(int plate, enum plate_side side) { return (size_t)plate * SIDE_COUNT + (size_t)side; }

static enum scale_group group_of(const struct plate *plate, enum plate_side side)
{
    return side == SIDE_GRADIENTS        ? GROUP_GRADIENTS
           : plate->kind == PLATE_WEIGHT ? GROUP_WEIGHTS
                                         : GROUP_ACTIVATIONS;
}

static void fill_ladder(struct ladder_block *block)
{
    for (int i = 0; i < SCALE_RUNGS; i++)
        block->rungs[i] = scale_rung(i);
    for (uint32_t i = 0; i < STARTS; i++) {
        const uint32_t bits = i << 20;
        float smallest;
        memcpy(&smallest, &bits, sizeof smallest);
        block->starts[i] = scale_find_rung(smallest);
    }
}

static bool init_readback(struct scale_readback *readback, size_t size, struct error *err)
{
    const GLbitfield flags = GL_MAP_READ_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    glCreateBuffers(1, &readback->buffer);
    glNamedBufferStorage(readback->buffer, (GLsizeiptr)size, NULL, flags | GL_CLIENT_STORAGE_BIT);
    readback->bins = glMapNamedBufferRange(readback->buffer, 0, (GLsizeiptr)size, flags);
    return readback->bins || error_set(err, "OpenGL cannot map %zu bytes to read histograms back", size);
}

bool pass_scale_init(struct pass_scale *pass, const struct scene *scene, const struct snapshot_layout *layout,
                     struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->scene = scene;
    pass->layout = layout;
    const size_t scales = (size_t)scene->plate_count * SIDE_COUNT;
    pass->own = ls_calloc(scales, sizeof *pass->own);
    pass->shown = ls_calloc(scales, sizeof *pass->shown);
    pass->counts = ls_calloc(scales * SCALE_BINS, sizeof *pass->counts);
    for (size_t i = 0; i < scales; i++) {
        scale_init(&pass->own[i]);
        scale_init(&pass->shown[i]);
    }
    for (int i = 0; i < GROUP_COUNT; i++)
        scale_init(&pass->group[i]);

    char defines[32];
    snprintf(defines, sizeof defines, "#define RUNGS %d\n", SCALE_RUNGS);
    const size_t size = scales * SCALE_BINS * sizeof(uint32_t);
    struct ladder_block *ladder = ls_calloc(1, sizeof *ladder);
    fill_ladder(ladder);
    bool ok = gl_program_init_compute(&pass->program, "histogram.comp", defines, err) &&
              gl_buffer_init(&pass->ladder, "scale ladder", sizeof *ladder, ladder, false, err) &&
              gl_buffer_init(&pass->bins, "histograms", size, NULL, true, err);
    free(ladder);
    for (int i = 0; ok && i < SCALE_READBACKS; i++)
        ok = init_readback(&pass->readbacks[i], size, err);
    if (!ok) {
        pass_scale_deinit(pass);
        return false;
    }
    pass->first = gl_program_uniform(&pass->program, "first");
    pass->count = gl_program_uniform(&pass->program, "count");
    pass->first_bin = gl_program_uniform(&pass->program, "first_bin");
    pass->kernel = gl_program_uniform(&pass->program, "kernel");
    pass->strip = gl_program_uniform(&pass->program, "strip");
    pass->strip_epsilon = gl_program_uniform(&pass->program, "strip_epsilon");
    return true;
}

void pass_scale_deinit(struct pass_scale *pass)
{
    for (int i = 0; i < SCALE_READBACKS; i++) {
        struct scale_readback *readback = &pass->readbacks[i];
        if (readback->fence)
            glDeleteSync(readback->fence);
        if (readback->bins)
            glUnmapNamedBuffer(readback->buffer);
        if (readback->buffer)
            glDeleteBuffers(1, &readback->buffer);
    }
    gl_buffer_deinit(&pass->ladder);
    gl_buffer_deinit(&pass->bins);
    gl_program_deinit(&pass->program);
    free(pass->own);
    free(pass->shown);
    free(pass->counts);
    memset(pass, 0, sizeof *pass);
}

static void count_region(const struct pass_scale *pass, int plate, enum plate_side side)
{
    const struct plate *p = &pass->scene->plates[plate];
    const int region = side == SIDE_GRADIENTS ? p->gradient_region : p->region;
    glUniform1i(pass->first, (GLint)(pass->layout->regions[region].offset / sizeof(float)));
    glUniform1i(pass->count, p->values);
    glUniform1i(pass->kernel, p->kernel);
    glUniform1i(pass->strip, side == SIDE_VALUES ? (GLint)p->strip : STRIP_NONE);
    glUniform1f(pass->strip_epsilon, p->strip_epsilon);
    glUniform1i(pass->first_bin, (GLint)(index_of(plate, side) * SCALE_BINS));
    const int per_group = GROUP * VALUES_PER_INVOCATION;
    const int groups = (p->values + per_group - 1) / per_group;
    glDispatchCompute((GLuint)(groups < MAX_GROUPS ? groups : MAX_GROUPS), 1, 1);
}

bool pass_scale_count(struct pass_scale *pass, GLuint slot, bool gradients)
{
    struct scale_readback *readback = &pass->readbacks[pass->next];
    if (readback->fence)
        return false;
    gl_debug_push("scales");
    glClearNamedBufferData(pass->bins.name, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, NULL);
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, slot);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->ladder.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 1, pass->bins.name);
    const int sides = gradients ? SIDE_COUNT : 1;
    for (int i = 0; i < pass->scene->plate_count; i++)
        for (int side = 0; side < sides; side++)
            if (is_scaled(&pass->scene->plates[i], (enum plate_side)side))
                count_region(pass, i, (enum plate_side)side);
    glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT | GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT);
    glCopyNamedBufferSubData(pass->bins.name, readback->buffer, 0, 0, (GLsizeiptr)pass->bins.size);
    readback->fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    readback->gradients = gradients;
    pass->next = (pass->next + 1) % SCALE_READBACKS;
    gl_debug_pop();
    return true;
}

/* Every group's scale, from the sum of its plates' counts. */
static void update_groups(struct pass_scale *pass)
{
    uint32_t sums[GROUP_COUNT][SCALE_BINS] = {{0}}, values[GROUP_COUNT] = {0};
    for (int i = 0; i < pass->scene->plate_count; i++) {
        for (int side = 0; side < SIDE_COUNT; side++) {
            const struct plate *plate = &pass->scene->plates[i];
            if (!is_scaled(plate, (enum plate_side)side) || is_fixed(plate, (enum plate_side)side) ||
                !pass->known[side])
                continue;
            const enum scale_group group = group_of(plate, (enum plate_side)side);
            const uint32_t *counts = pass->counts + index_of(i, (enum plate_side)side) * SCALE_BINS;
            values[group] += (uint32_t)plate->values;
            values[GROUP_ALL] += (uint32_t)plate->values;
            for (int bin = 0; bin < SCALE_BINS; bin++) {
                sums[group][bin] += counts[bin];
                sums[GROUP_ALL][bin] += counts[bin];
            }
        }
    }
    for (int group = 0; group < GROUP_COUNT; group++)
        if (values[group] > 0)
            scale_update(&pass->group[group], sums[group], values[group]);
}

/* What is shown follows from the scales of plates and groups, and the scope. */
static bool show(struct pass_scale *pass)
{
    bool changed = false;
    for (int i = 0; i < pass->scene->plate_count; i++) {
        for (int s = 0; s < SIDE_COUNT; s++) {
            const enum plate_side side = (enum plate_side)s;
            const struct plate *plate = &pass->scene->plates[i];
            if (!is_scaled(plate, side))
                continue;
            const size_t index = index_of(i, side);
            struct scale *shown = &pass->shown[index];
            const struct scale before = *shown;
            *shown = pass->scope == SCOPE_LAYER || is_fixed(plate, side) ? pass->own[index]
                     : pass->scope == SCOPE_KIND                         ? pass->group[group_of(plate, side)]
                                                                         : pass->group[GROUP_ALL];
            shown->clip_percent =
                scale_clip_percent(shown, pass->counts + index * SCALE_BINS, (uint32_t)plate->values);
            changed = changed || before.rung != shown->rung || before.clip_percent != shown->clip_percent;
        }
    }
    return changed;
}

static void take(struct pass_scale *pass, const struct scale_readback *readback)
{
    for (int i = 0; i < pass->scene->plate_count; i++) {
        const int sides = readback->gradients ? SIDE_COUNT : 1;
        for (int side = 0; side < sides; side++) {
            const struct plate *plate = &pass->scene->plates[i];
            const size_t index = index_of(i, (enum plate_side)side);
            if (!is_scaled(plate, (enum plate_side)side))
                continue;
            uint32_t *counts = pass->counts + index * SCALE_BINS;
            memcpy(counts, readback->bins + index * SCALE_BINS, SCALE_BINS * sizeof *counts);
            scale_update(&pass->own[index], counts, (uint32_t)plate->values);
            if (is_fixed(plate, (enum plate_side)side))
                pass->own[index].rung = scale_find_rung(plate->fixed_scale);
        }
    }
    pass->known[SIDE_VALUES] = true;
    pass->known[SIDE_GRADIENTS] = readback->gradients;
    update_groups(pass);
}

bool pass_scale_collect(struct pass_scale *pass, bool wait)
{
    bool taken = false;
    for (int i = 0; i < SCALE_READBACKS; i++) {
        /* Oldest first. */
        struct scale_readback *readback = &pass->readbacks[(pass->next + i) % SCALE_READBACKS];
        if (!readback->fence)
            continue;
        const bool first = !pass->known[SIDE_VALUES] || (readback->gradients && !pass->known[SIDE_GRADIENTS]);
        const GLuint64 patience_ns = wait || first ? GL_TIMEOUT_IGNORED : 0;
        if (glClientWaitSync(readback->fence, GL_SYNC_FLUSH_COMMANDS_BIT, patience_ns) == GL_TIMEOUT_EXPIRED)
            break;
        glDeleteSync(readback->fence);
        readback->fence = NULL;
        take(pass, readback);
        taken = true;
    }
    return taken && show(pass);
}

bool pass_scale_set_scope(struct pass_scale *pass, enum scale_scope scope)
{
    if (scope == pass->scope)
        return false;
    pass->scope = scope;
    return show(pass);
}

bool pass_scale_has_numbers(const struct pass_scale *pass, int plate, enum plate_side side)
{
    const uint32_t *counts = pass->counts + index_of(plate, side) * SCALE_BINS;
    return counts[SCALE_BIN_NOT_FINITE] < (uint32_t)pass->scene->plates[plate].values;
}

float pass_scale_value(const struct pass_scale *pass, int plate, enum plate_side side)
{
    return scale_value(&pass->shown[index_of(plate, side)]);
}

float pass_scale_clip_percent(const struct pass_scale *pass, int plate, enum plate_side side)
{
    return pass->shown[index_of(plate, side)].clip_percent;
}
