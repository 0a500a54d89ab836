/* One dispatch per weight plate, and a small ring of buffers to read the counts back from. */
#include "view/pass_weight_histogram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { GROUP = 64, VALUES_PER_INVOCATION = 16, MAX_GROUPS = 65535 };

static bool init_readback(struct weight_readback *readback, size_t size, struct error *err)
{
    const GLbitfield flags = GL_MAP_READ_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    glCreateBuffers(1, &readback->buffer);
    glNamedBufferStorage(readback->buffer, (GLsizeiptr)size, NULL, flags | GL_CLIENT_STORAGE_BIT);
    readback->bins = glMapNamedBufferRange(readback->buffer, 0, (GLsizeiptr)size, flags);
    return readback->bins || error_set(err, "OpenGL cannot map %zu bytes to read histograms back", size);
}

static int weights_of(const struct plate *plate) { return plate->values * plate->kernel; }

static int find_plates(struct pass_weight_histogram *pass)
{
    int count = 0;
    pass->plates = ls_calloc((size_t)pass->scene->plate_count, sizeof *pass->plates);
    for (int i = 0; i < pass->scene->plate_count; i++)
        if (pass->scene->plates[i].kind == PLATE_WEIGHT && pass->scene->plates[i].strip == STRIP_NONE)
            pass->plates[count++] = i;
    return count;
}

bool pass_weight_histogram_init(struct pass_weight_histogram *pass, const struct scene *scene,
                                const struct network *network, const struct snapshot_layout *layout,
                                struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->scene = scene;
    pass->network = network;
    pass->layout = layout;
    weight_history_init(&pass->history, find_plates(pass));
    char defines[128];
    snprintf(defines, sizeof defines,
             "#define LEAST_RANGE (%d)\n#define LINEAR_BINS %du\n#define SIDE_BINS %du\n", WEIGHT_LEAST_RANGE,
             WEIGHT_LINEAR_BINS, WEIGHT_SIDE_BINS);
    /* A network without weights still has a buffer. */
    const int tensors = pass->history.tensors > 0 ? pass->history.tensors : 1;
    const size_t size = (size_t)tensors * WEIGHT_BINS * sizeof(uint32_t);
    bool ok = gl_program_init_compute(&pass->program, "weight_histogram.comp", defines, err) &&
              gl_buffer_init(&pass->bins, "weight histograms", size, NULL, true, err);
    for (int i = 0; ok && i < WEIGHT_READBACKS; i++)
        ok = init_readback(&pass->readbacks[i], size, err);
    if (!ok) {
        pass_weight_histogram_deinit(pass);
        return false;
    }
    pass->first = gl_program_uniform(&pass->program, "first");
    pass->count = gl_program_uniform(&pass->program, "count");
    pass->first_bin = gl_program_uniform(&pass->program, "first_bin");
    return true;
}

void pass_weight_histogram_deinit(struct pass_weight_histogram *pass)
{
    for (int i = 0; i < WEIGHT_READBACKS; i++) {
        struct weight_readback *readback = &pass->readbacks[i];
        if (readback->fence)
            glDeleteSync(readback->fence);
        if (readback->bins)
            glUnmapNamedBuffer(readback->buffer);
        if (readback->buffer)
            glDeleteBuffers(1, &readback->buffer);
    }
    gl_buffer_deinit(&pass->bins);
    gl_program_deinit(&pass->program);
    weight_history_deinit(&pass->history);
    free(pass->plates);
    memset(pass, 0, sizeof *pass);
}

void pass_weight_histogram_count(struct pass_weight_histogram *pass, GLuint slot, uint64_t step)
{
    struct weight_readback *readback = &pass->readbacks[pass->next];
    if (readback->fence || pass->history.tensors == 0)
        return;
    gl_debug_push("weight histograms");
    glClearNamedBufferData(pass->bins.name, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, NULL);
    glUseProgram(pass->program.name);
    glBindTextureUnit(0, slot);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->bins.name);
    for (int tensor = 0; tensor < pass->history.tensors; tensor++) {
        const struct plate *plate = &pass->scene->plates[pass->plates[tensor]];
        const int per_group = GROUP * VALUES_PER_INVOCATION;
        glUniform1i(pass->first, (GLint)(pass->layout->regions[plate->region].offset / sizeof(float)));
        glUniform1i(pass->count, weights_of(plate));
        glUniform1i(pass->first_bin, tensor * WEIGHT_BINS);
        const int groups = (weights_of(plate) + per_group - 1) / per_group;
        glDispatchCompute((GLuint)(groups < MAX_GROUPS ? groups : MAX_GROUPS), 1, 1);
    }
    glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT | GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT);
    glCopyNamedBufferSubData(pass->bins.name, readback->buffer, 0, 0, (GLsizeiptr)pass->bins.size);
    readback->fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    readback->step = step;
    pass->next = (pass->next + 1) % WEIGHT_READBACKS;
    glUseProgram(0);
    gl_debug_pop();
}

void pass_weight_histogram_collect(struct pass_weight_histogram *pass, bool wait)
{
    for (int i = 0; i < WEIGHT_READBACKS; i++) {
        /* Oldest first. */
        struct weight_readback *readback = &pass->readbacks[(pass->next + i) % WEIGHT_READBACKS];
        if (!readback->fence)
            continue;
        const GLuint64 patience_ns = wait ? GL_TIMEOUT_IGNORED : 0;
        if (glClientWaitSync(readback->fence, GL_SYNC_FLUSH_COMMANDS_BIT, patience_ns) == GL_TIMEOUT_EXPIRED)
            break;
        glDeleteSync(readback->fence);
        readback->fence = NULL;
        weight_history_take(&pass->history, readback->step, readback->bins);
    }
}

int pass_weight_histogram_tensor(const struct pass_weight_histogram *pass, int layer)
{
    int convolution = -1, largest = -1;
    for (int tensor = 0; tensor < pass->history.tensors; tensor++) {
        const struct plate *plate = &pass->scene->plates[pass->plates[tensor]];
        if (plate->layer == layer)
            return tensor;
        if (pass->network->layers[plate->layer].kind == LAYER_CONV2D)
            convolution = tensor;
        if (largest < 0 || weights_of(plate) > weights_of(&pass->scene->plates[pass->plates[largest]]))
            largest = tensor;
    }
    return convolution >= 0 ? convolution : largest;
}
