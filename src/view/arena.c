/* Three slots in one persistently mapped buffer; fences tell when the GPU has read a slot to the end. */
#include "view/arena.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/slots.h"

struct arena {
    struct gl_buffer buffer;
    size_t slot_size; /* bytes */
    struct slots slots;
    struct snapshot_target targets[SLOT_COUNT];
    GLsync fences[SLOT_COUNT]; /* after the last frame that read the slot; NULL: none pending */
    struct publisher publisher;
    size_t bytes_published;
};

static struct snapshot_target *acquire(void *context)
{
    struct arena *arena = context;
    const int slot = slots_acquire(&arena->slots);
    return slot < 0 ? NULL : &arena->targets[slot];
}

static void commit(void *context, struct snapshot_target *target)
{
    struct arena *arena = context;
    slots_commit(&arena->slots, (int)(target - arena->targets));
}

struct arena *arena_create(const struct snapshot_layout *layout, struct error *err)
{
    struct arena *arena = ls_calloc(1, sizeof *arena);
    arena->slot_size = layout->size;
    slots_init(&arena->slots);
    if (!gl_buffer_init_mapped(&arena->buffer, "arena", SLOT_COUNT * layout->size, err)) {
        arena_destroy(arena);
        return NULL;
    }
    for (int i = 0; i < SLOT_COUNT; i++)
        arena->targets[i].memory = (float *)((char *)arena->buffer.map + (size_t)i * layout->size);
    arena->publisher = (struct publisher){.context = arena, .acquire = acquire, .commit = commit};
    return arena;
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    for (int i = 0; i < SLOT_COUNT; i++)
        if (arena->fences[i])
            glDeleteSync(arena->fences[i]);
    gl_buffer_deinit(&arena->buffer);
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

bool arena_update(struct arena *arena)
{
    const bool changed = slots_take_newest(&arena->slots) >= 0;
    release_drained(arena);
    arena->bytes_published = changed ? arena->slot_size : 0;
    return changed;
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

const struct gl_buffer *arena_buffer(const struct arena *arena) { return &arena->buffer; }

size_t arena_slot_offset(const struct arena *arena)
{
    const int slot = slots_shown(&arena->slots);
    return slot < 0 ? 0 : (size_t)slot * arena->slot_size;
}

size_t arena_bytes_published(const struct arena *arena) { return arena->bytes_published; }
