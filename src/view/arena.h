/* The OpenGL storage of everything shown: three slots, each a buffer of its own with one snapshot, handed
 * over by fences. A device that writes one of them waits for nothing that reads another. Neither the
 * trainer's thread nor OpenGL's waits for the other. Snapshots reach it in one of three ways:
 *
 * - host: the buffers are persistently mapped; the trainer's thread writes and commits, the OpenGL thread
 * picks the newest;
 * - device: CUDA writes into the buffers by itself, started once a frame from the OpenGL thread; nothing
 * passes through the host but the few numbers that are printed;
 * - staged: the device failed to; from then on the trainer's thread writes into ordinary memory, and the
 * OpenGL thread uploads the newest. */
#ifndef LS_VIEW_ARENA_H
#define LS_VIEW_ARENA_H

#include "base/slots.h"
#include "gl/buffer.h"
#include "nn/snapshot.h"

struct arena;

enum arena_way { ARENA_HOST, ARENA_DEVICE, ARENA_STAGED };

/* `device` may be NULL. When it cannot write into OpenGL's buffers, the way is the host's and arena_reason
 * says why. */
struct arena *arena_create(const struct snapshot_layout *layout, const struct snapshot_device_source *device,
                           struct error *err);
void arena_destroy(struct arena *arena);
/* What the trainer publishes into; owned by the arena. */
const struct publisher *arena_publisher(struct arena *arena);

/* OpenGL thread, once a frame, before drawing: takes the newest committed slot if there is one. Returns
 * true when the shown snapshot changed. With `wait`, a snapshot published before is shown now even if the
 * device is still at work on it (record, screenshot). */
bool arena_update(struct arena *arena, bool wait);
/* After the frame's draw calls: fences the slot in use. */
void arena_frame_done(struct arena *arena);

bool arena_has_snapshot(const struct arena *arena);
const struct snapshot_info *arena_info(const struct arena *arena);
/* Number of the shown slot, below SLOT_COUNT, or −1. */
int arena_shown(const struct arena *arena);
/* A slot's snapshot, from the buffer's start on; the layout says where a region lies in it. The same as long
 * as the arena lives. */
const struct gl_buffer *arena_buffer(const struct arena *arena, int slot);
enum arena_way arena_way(const struct arena *arena);
/* Why a device that was wanted does not write; "" without one, or while it does. */
const char *arena_reason(const struct arena *arena);
/* Bytes that the last arena_update brought from host to device; those that the device's own runtime moves are
 * counted in compute/traffic.h. */
size_t arena_bytes_published(const struct arena *arena);

#endif
