/* Histogram dispatches, and a small ring of buffers to read them back from. */
#include "view/pass_scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { STARTS = 2048, GROUP = 64, VALUES_PER_INVOCATION = 16 };

/* std430, shaders/histogram.comp. */
struct ladder_block {
    float rungs[SCALE_RUNGS];
    int32_t starts[STARTS];
};

static bool is_scaled(const struct plate *plate)
{
    return plate->kind == PLATE_ACTIVATION || plate->kind == PLATE_WEIGHT ||
           (plate->kind == PLATE_OUTPUT && plate->is_signed);
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
    pass->scales = ls_calloc((size_t)scene->plate_count, sizeof *pass->scales);
    for (int i = 0; i < scene->plate_count; i++)
        scale_init(&pass->scales[i]);

    char defines[32];
    snprintf(defines, sizeof defines, "#define RUNGS %d\n", SCALE_RUNGS);
    const size_t size = (size_t)scene->plate_count * SCALE_BINS * sizeof(uint32_t);
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
    free(pass->scales);
    memset(pass, 0, sizeof *pass);
}

void pass_scale_count(struct pass_scale *pass, GLuint slot)
{
    struct scale_readback *readback = &pass->readbacks[pass->next];
    if (readback->fence) /* all are in flight: this snapshot goes uncounted */
        return;
    gl_debug_push("scales");
    glClearNamedBufferData(pass->bins.name, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, NULL);
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, slot);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->ladder.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 1, pass->bins.name);
    for (int i = 0; i < pass->scene->plate_count; i++) {
        const struct plate *plate = &pass->scene->plates[i];
        if (!is_scaled(plate))
            continue;
        glUniform1i(pass->first, (GLint)(pass->layout->regions[plate->region].offset / sizeof(float)));
        glUniform1i(pass->count, plate->values);
        glUniform1i(pass->first_bin, i * SCALE_BINS);
        const int per_group = GROUP * VALUES_PER_INVOCATION;
        glDispatchCompute((GLuint)((plate->values + per_group - 1) / per_group), 1, 1);
    }
    glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT | GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT);
    glCopyNamedBufferSubData(pass->bins.name, readback->buffer, 0, 0, (GLsizeiptr)pass->bins.size);
    readback->fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    pass->next = (pass->next + 1) % SCALE_READBACKS;
    gl_debug_pop();
}

bool pass_scale_collect(struct pass_scale *pass, bool wait)
{
    bool changed = false;
    for (int i = 0; i < SCALE_READBACKS; i++) {
        /* Oldest first. */
        struct scale_readback *readback = &pass->readbacks[(pass->next + i) % SCALE_READBACKS];
        if (!readback->fence)
            continue;
        const GLuint64 patience_ns = wait || !pass->known ? GL_TIMEOUT_IGNORED : 0;
        if (glClientWaitSync(readback->fence, GL_SYNC_FLUSH_COMMANDS_BIT, patience_ns) == GL_TIMEOUT_EXPIRED)
            break;
        glDeleteSync(readback->fence);
        readback->fence = NULL;
        for (int p = 0; p < pass->scene->plate_count; p++) {
            const struct plate *plate = &pass->scene->plates[p];
            if (!is_scaled(plate))
                continue;
            const struct scale before = pass->scales[p];
            scale_update(&pass->scales[p], readback->bins + (size_t)p * SCALE_BINS, (uint32_t)plate->values);
            changed = changed || before.rung != pass->scales[p].rung ||
                      before.clip_percent != pass->scales[p].clip_percent;
        }
        pass->known = true;
    }
    return changed;
}

float pass_scale_value(const struct pass_scale *pass, int plate) { return scale_value(&pass->scales[plate]); }
