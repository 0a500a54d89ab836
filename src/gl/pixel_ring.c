/* Slots are used in turn, so that pictures arrive in the order in which they were asked for. */
#include "gl/pixel_ring.h"

#include <string.h>

#include "base/memory.h"

static bool fence_passed(GLsync fence)
{
    const GLenum answer = glClientWaitSync(fence, 0, 0);
    return answer == GL_ALREADY_SIGNALED || answer == GL_CONDITION_SATISFIED;
}

static int state_of(const struct gl_pixels *pixels)
{
    return atomic_load_explicit(&pixels->state, memory_order_acquire);
}

static void drop_buffer(struct gl_pixels *pixels)
{
    if (pixels->rgba)
        glUnmapNamedBuffer(pixels->buffer);
    if (pixels->buffer)
        glDeleteBuffers(1, &pixels->buffer);
    pixels->buffer = 0;
    pixels->rgba = NULL;
    pixels->size = 0;
}

void gl_pixel_ring_init(struct gl_pixel_ring *ring)
{
    memset(ring, 0, sizeof *ring);
    ring->passed = fence_passed;
}

void gl_pixel_ring_deinit(struct gl_pixel_ring *ring)
{
    for (int i = 0; i < GL_PIXEL_RING_SLOTS; i++) {
        struct gl_pixels *pixels = &ring->slots[i];
        LS_ASSERT(state_of(pixels) != GL_PIXELS_TAKEN);
        if (pixels->fence)
            glDeleteSync(pixels->fence);
        drop_buffer(pixels);
    }
    memset(ring, 0, sizeof *ring);
}

/* Buffers keep their size as long as it fits. */
static bool make_room(struct gl_pixels *pixels, size_t size, struct error *err)
{
    if (pixels->size >= size && pixels->size <= 2 * size)
        return true;
    const GLbitfield flags = GL_MAP_READ_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    drop_buffer(pixels);
    while (glGetError() != GL_NO_ERROR)
        continue;
    glCreateBuffers(1, &pixels->buffer);
    glNamedBufferStorage(pixels->buffer, (GLsizeiptr)size, NULL, flags);
    if (glGetError() == GL_NO_ERROR)
        pixels->rgba = glMapNamedBufferRange(pixels->buffer, 0, (GLsizeiptr)size, flags);
    if (!pixels->rgba) {
        drop_buffer(pixels);
        return error_set(err, "OpenGL has no room to read back a picture of %zu bytes", size);
    }
    glObjectLabel(GL_BUFFER, pixels->buffer, -1, "read back");
    pixels->size = size;
    return true;
}

bool gl_pixel_ring_read(struct gl_pixel_ring *ring, GLuint framebuffer, int width, int height, int64_t number,
                        struct error *err)
{
    LS_ASSERT(width > 0 && height > 0);
    struct gl_pixels *pixels = &ring->slots[ring->next];
    if (state_of(pixels) != GL_PIXELS_FREE || !make_room(pixels, (size_t)width * (size_t)height * 4, err))
        return false;
    glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
    glBindBuffer(GL_PIXEL_PACK_BUFFER, pixels->buffer);
    glPixelStorei(GL_PACK_ALIGNMENT, 4);
    glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
    glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
    pixels->fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    pixels->width = width;
    pixels->height = height;
    pixels->number = number;
    atomic_store_explicit(&pixels->state, GL_PIXELS_ON_THE_WAY, memory_order_release);
    ring->next = (ring->next + 1) % GL_PIXEL_RING_SLOTS;
    return true;
}

struct gl_pixels *gl_pixel_ring_take(struct gl_pixel_ring *ring)
{
    struct gl_pixels *pixels = &ring->slots[ring->oldest];
    if (state_of(pixels) != GL_PIXELS_ON_THE_WAY || !ring->passed(pixels->fence))
        return NULL;
    glDeleteSync(pixels->fence);
    pixels->fence = NULL;
    atomic_store_explicit(&pixels->state, GL_PIXELS_TAKEN, memory_order_release);
    ring->oldest = (ring->oldest + 1) % GL_PIXEL_RING_SLOTS;
    return pixels;
}

void gl_pixels_give_back(struct gl_pixels *pixels)
{
    LS_ASSERT(state_of(pixels) == GL_PIXELS_TAKEN);
    atomic_store_explicit(&pixels->state, GL_PIXELS_FREE, memory_order_release);
}

bool gl_pixel_ring_has_room(const struct gl_pixel_ring *ring)
{
    return state_of(&ring->slots[ring->next]) == GL_PIXELS_FREE;
}

bool gl_pixel_ring_is_expecting(const struct gl_pixel_ring *ring)
{
    return state_of(&ring->slots[ring->oldest]) == GL_PIXELS_ON_THE_WAY;
}

bool gl_pixel_ring_is_idle(const struct gl_pixel_ring *ring)
{
    for (int i = 0; i < GL_PIXEL_RING_SLOTS; i++)
        if (state_of(&ring->slots[i]) != GL_PIXELS_FREE)
            return false;
    return true;
}
