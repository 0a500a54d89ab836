/* A ring of slots with a fence each. */
#include "view/readback.h"

#include <string.h>

bool readback_init(struct readback *readback, size_t capacity, struct error *err)
{
    memset(readback, 0, sizeof *readback);
    readback->capacity = capacity;
    const GLbitfield flags = GL_MAP_READ_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    const size_t size = READBACK_SLOTS * capacity * sizeof(float);
    glCreateBuffers(1, &readback->buffer);
    glNamedBufferStorage(readback->buffer, (GLsizeiptr)size, NULL, flags | GL_CLIENT_STORAGE_BIT);
    readback->map = glMapNamedBufferRange(readback->buffer, 0, (GLsizeiptr)size, flags);
    return readback->map != NULL || error_set(err, "OpenGL cannot map %zu bytes to read values back", size);
}

void readback_deinit(struct readback *readback)
{
    for (int i = 0; i < READBACK_SLOTS; i++)
        if (readback->slots[i].fence != NULL)
            glDeleteSync(readback->slots[i].fence);
    if (readback->buffer != 0)
        glDeleteBuffers(1, &readback->buffer);
    memset(readback, 0, sizeof *readback);
}

void readback_frame(struct readback *readback)
{
    readback->bytes = 0;
    readback->debt -= readback->debt < READBACK_BYTES_PER_FRAME ? readback->debt : READBACK_BYTES_PER_FRAME;
}

int readback_ask(struct readback *readback, GLuint source, const struct readback_range *ranges, int count,
                 bool hurry)
{
    size_t floats = 0;
    for (int i = 0; i < count; i++)
        floats += ranges[i].count;
    if (floats == 0 || floats > readback->capacity || (readback->debt > 0 && !hurry))
        return READBACK_NONE;
    int slot = 0;
    while (slot < READBACK_SLOTS && readback->slots[slot].fence != NULL)
        slot++;
    if (slot == READBACK_SLOTS)
        return READBACK_NONE;
    size_t at = (size_t)slot * readback->capacity * sizeof(float);
    for (int i = 0; i < count; i++) {
        const size_t size = ranges[i].count * sizeof(float);
        if (size > 0)
            glCopyNamedBufferSubData(source, readback->buffer, (GLintptr)(ranges[i].first * sizeof(float)),
                                     (GLintptr)at, (GLsizeiptr)size);
        at += size;
    }
    readback->slots[slot].fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    readback->slots[slot].order = ++readback->requests;
    readback->bytes += floats * sizeof(float);
    if (floats * sizeof(float) > READBACK_BYTES_PER_FRAME)
        readback->debt += floats * sizeof(float);
    return slot;
}

int readback_take(struct readback *readback, bool wait)
{
    int newest = READBACK_NONE;
    for (int i = 0; i < READBACK_SLOTS; i++) {
        const GLsync fence = readback->slots[i].fence;
        if (fence == NULL)
            continue;
        const GLuint64 patience_ns = wait ? GL_TIMEOUT_IGNORED : 0;
        if (glClientWaitSync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, patience_ns) == GL_TIMEOUT_EXPIRED)
            continue;
        glDeleteSync(fence);
        readback->slots[i].fence = NULL;
        if (newest == READBACK_NONE || readback->slots[i].order > readback->slots[newest].order)
            newest = i;
    }
    return newest;
}

const float *readback_values(const struct readback *readback, int slot)
{
    return readback->map + (size_t)slot * readback->capacity;
}
