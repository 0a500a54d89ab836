/* The hand-over between the trainer's thread and the OpenGL thread, without locks: who may touch which
 * of three slots. A slot goes free → writing → ready → shown → draining → free. Each side moves only the
 * states it owns, so one atomic word per slot suffices; no call waits. */
#ifndef LS_VIEW_ARENA_SLOTS_H
#define LS_VIEW_ARENA_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>

enum { ARENA_SLOTS = 3 };

enum slot_state {
    SLOT_FREE,
    SLOT_WRITING, /* the trainer's */
    SLOT_READY,   /* committed, not yet seen by OpenGL */
    SLOT_SHOWN,   /* drawn from */
    SLOT_DRAINING /* no longer drawn from, but draw calls in flight may still read it */
};

struct arena_slots {
    _Atomic int state[ARENA_SLOTS];
    uint64_t order[ARENA_SLOTS]; /* of commits; written before the slot becomes ready */
    uint64_t commits;            /* the trainer's */
};

void arena_slots_init(struct arena_slots *slots);

/* Trainer's thread: a slot to write, or −1 when none is free. */
int arena_slots_acquire(struct arena_slots *slots);
void arena_slots_commit(struct arena_slots *slots, int slot);

/* OpenGL thread: the newest ready slot becomes the shown one, older ready ones become free. The slot
 * shown before drains. Returns the newly shown slot, or −1 when nothing new was committed. */
int arena_slots_take_newest(struct arena_slots *slots);
/* The slot being drawn from, or −1. */
int arena_slots_shown(const struct arena_slots *slots);
/* The draw calls that read a draining slot are done. */
void arena_slots_drained(struct arena_slots *slots, int slot);

#endif
