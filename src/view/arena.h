/* The OpenGL storage of everything shown: three slots of one snapshot each in a persistently mapped
 * buffer, handed over by fences. The trainer's thread acquires and commits; the OpenGL thread picks the
 * newest. Neither waits for the other. */
#ifndef LS_VIEW_ARENA_H
#define LS_VIEW_ARENA_H

#include "gl/buffer.h"
#include "nn/snapshot.h"

struct arena;

struct arena *arena_create(const struct snapshot_layout *layout, struct error *err);
void arena_destroy(struct arena *arena);
/* What the trainer publishes into; owned by the arena. */
const struct publisher *arena_publisher(struct arena *arena);

/* OpenGL thread, once a frame, before drawing: takes the newest committed slot if there is one. Returns
 * true when the shown snapshot changed. */
bool arena_update(struct arena *arena);
/* After the frame's draw calls: fences the slot in use. */
void arena_frame_done(struct arena *arena);

bool arena_has_snapshot(const struct arena *arena);
const struct snapshot_info *arena_info(const struct arena *arena);
const struct gl_buffer *arena_buffer(const struct arena *arena);
/* Bytes from the buffer's start to the shown slot; the snapshot layout says where a region lies in it. */
size_t arena_slot_offset(const struct arena *arena);
/* Bytes that the last arena_update brought from host to device. */
size_t arena_bytes_published(const struct arena *arena);

#endif
