/* A buffer for each slot; fences tell when the GPU has read a slot to the end. */
#include "view/arena.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/slots.h"

_Static_assert((int)SHARED_BUFFER_COUNT == (int)SLOT_COUNT, "a slot is a buffer");

struct arena {
    struct gl_buffer buffers[SLOT_COUNT];
    size_t slot_size; /* bytes */
    _Atomic int way;  /* enum arena_way; the OpenGL thread changes it */
    struct slots slots;
    struct snapshot_target targets[SLOT_COUNT];
    GLsync fences[SLOT_COUNT]; /* after the last frame that read the slot; NULL: none pending */
    struct publisher publisher;
    struct snapshot_device device;
    int pending;   /* slot that the device is at work on; −1: none */
    float *staged; /* the slots' memory when staged */
    char reason[1024];
    size_t bytes_published;
};

static struct snapshot_target *acquire(void *context)
{
    struct arena *arena = context;
    if (arena->way == ARENA_DEVICE) /* that it has failed, the OpenGL thread notices at its next frame */
        return NULL;
    const int slot = slots_acquire(&arena->slots);
    return slot < 0 ? NULL : &arena->targets[slot];
}

static void commit(void *context, struct snapshot_target *target)
{
    struct arena *arena = context;
    slots_commit(&arena->slots, (int)(target - arena->targets));
}

static void read_buffer(unsigned name, void *to, size_t bytes)
{
    glGetNamedBufferSubData(name, 0, (GLsizeiptr)bytes, to);
}

static void free_buffers(struct arena *arena)
{
    for (int i = 0; i < SLOT_COUNT; i++)
        gl_buffer_deinit(&arena->buffers[i]);
}

static bool make_buffers(struct arena *arena, bool mapped, struct error *err)
{
    for (int i = 0; i < SLOT_COUNT; i++) {
        struct gl_buffer *buffer = &arena->buffers[i];
        if (!(mapped ? gl_buffer_init_mapped(buffer, "arena", arena->slot_size, err)
                     : gl_buffer_init(buffer, "arena", arena->slot_size, NULL, true, err)))
            return false;
    }
    return true;
}

/* Buffers that are never mapped by OpenGL, and a device that has shown that it can write there. */
static bool open_device(struct arena *arena, const struct snapshot_device_source *source)
{
    struct error err = {0};
    struct shared_buffers shared = {
        .bytes = arena->slot_size, .renderer = (const char *)glGetString(GL_RENDERER), .read = read_buffer};
    bool ok = make_buffers(arena, false, &err);
    for (int i = 0; i < SLOT_COUNT; i++)
        shared.names[i] = arena->buffers[i].name;
    ok = ok && source->open(source->context, &shared, &arena->device, &err);
    if (ok) {
        arena->way = ARENA_DEVICE;
        return true;
    }
    free_buffers(arena);
    snprintf(arena->reason, sizeof arena->reason, "%s", err.message);
    log_warning("CUDA does not share memory with OpenGL, what is shown is copied: %s", arena->reason);
    return false;
}

struct arena *arena_create(const struct snapshot_layout *layout, const struct snapshot_device_source *device,
                           struct error *err)
{
    struct arena *arena = ls_calloc(1, sizeof *arena);
    arena->slot_size = layout->size;
    arena->pending = -1;
    slots_init(&arena->slots);
    arena->publisher = (struct publisher){.context = arena, .acquire = acquire, .commit = commit};
    if (device && open_device(arena, device))
        return arena;
    if (!make_buffers(arena, true, err)) {
        arena_destroy(arena);
        return NULL;
    }
    for (int i = 0; i < SLOT_COUNT; i++)
        arena->targets[i].memory = arena->buffers[i].map;
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    if (arena->device.close)
        arena->device.close(arena->device.context);
    for (int i = 0; i < SLOT_COUNT; i++)
        if (arena->fences[i])
            glDeleteSync(arena->fences[i]);
    free_buffers(arena);
    free(arena->staged);
    free(arena);
}

const struct publisher *arena_publisher(struct arena *arena) { return &arena->publisher; }

/* Asks without waiting; the flush makes sure that the fence is reached at all. */
static void release_drained(struct arena *arena)
{
    for (int i = 0; i < SLOT_COUNT; i++) {
        if (atomic_load_explicit(&arena->slots.state[i], memory_order_relaxed) != SLOT_DRAINING)
            continue;
        if (arena->fences[i]) {
            const GLenum status = glClientWaitSync(arena->fences[i], GL_SYNC_FLUSH_COMMANDS_BIT, 0);
            if (status == GL_TIMEOUT_EXPIRED)
                continue;
            glDeleteSync(arena->fences[i]);
            arena->fences[i] = NULL;
        }
        slots_drained(&arena->slots, i);
    }
}

/* The trainer goes on through the host. It has noticed by itself, or does when it publishes next. */
static void fall_back(struct arena *arena)
{
    snprintf(arena->reason, sizeof arena->reason, "%s", arena->device.problem(arena->device.context));
    log_warning("CUDA no longer shares memory with OpenGL, what is shown is copied: %s", arena->reason);
    arena->staged = ls_calloc(SLOT_COUNT, arena->slot_size);
    for (int i = 0; i < SLOT_COUNT; i++)
        arena->targets[i].memory = arena->staged + (size_t)i * (arena->slot_size / sizeof *arena->staged);
    if (arena->pending >= 0) {
        slots_abandon(&arena->slots, arena->pending);
        arena->pending = -1;
    }
    arena->way = ARENA_STAGED;
}

static void finish_write(struct arena *arena, bool wait)
{
    if (arena->pending < 0 ||
        !arena->device.finish(arena->device.context, wait, &arena->targets[arena->pending].info))
        return;
    slots_commit(&arena->slots, arena->pending);
    arena->pending = -1;
}

/* A slot is shown once its numbers are here, so that text and colours are of one step. */
static void let_device_write(struct arena *arena, bool wait)
{
    struct snapshot_device *device = &arena->device;
    finish_write(arena, wait);
    if (arena->pending < 0 && device->ready(device->context, wait)) {
        const int slot = slots_acquire(&arena->slots);
        if (slot >= 0 && device->write(device->context, slot))
            arena->pending = slot;
        else if (slot >= 0)
            slots_abandon(&arena->slots, slot);
    }
    if (wait)
        finish_write(arena, true);
    if (device->problem(device->context))
        fall_back(arena);
}

bool arena_update(struct arena *arena, bool wait)
{
    release_drained(arena);
    if (arena->way == ARENA_DEVICE)
        let_device_write(arena, wait);
    const int slot = slots_take_newest(&arena->slots);
    release_drained(arena);
    if (slot >= 0 && arena->way == ARENA_STAGED)
        gl_buffer_write(&arena->buffers[slot], 0, arena->targets[slot].memory, arena->slot_size);
    arena->bytes_published = slot >= 0 && arena->way != ARENA_DEVICE ? arena->slot_size : 0;
    return slot >= 0;
}

void arena_frame_done(struct arena *arena)
{
    const int slot = slots_shown(&arena->slots);
    if (slot < 0)
        return;
    if (arena->fences[slot])
        glDeleteSync(arena->fences[slot]);
    arena->fences[slot] = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
}

bool arena_has_snapshot(const struct arena *arena) { return slots_shown(&arena->slots) >= 0; }

const struct snapshot_info *arena_info(const struct arena *arena)
{
    const int slot = slots_shown(&arena->slots);
    return slot < 0 ? NULL : &arena->targets[slot].info;
}

int arena_shown(const struct arena *arena) { return slots_shown(&arena->slots); }

const struct gl_buffer *arena_buffer(const struct arena *arena, int slot)
{
    LS_ASSERT(slot >= 0 && slot < SLOT_COUNT);
    return &arena->buffers[slot];
}

enum arena_way arena_way(const struct arena *arena) { return (enum arena_way)arena->way; }
const char *arena_reason(const struct arena *arena) { return arena->reason; }
size_t arena_bytes_published(const struct arena *arena) { return arena->bytes_published; }
