/* The hand-over from a writing thread to a showing one (the trainer's and OpenGL's), without locks: who may
 * touch which of three slots. A slot goes free → writing → ready → shown → draining → free. Each side moves
 * only the states it owns, so one atomic word per slot suffices; no call waits. */
#ifndef LS_BASE_SLOTS_H
#define LS_BASE_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>

enum { SLOT_COUNT = 3 };

enum slot_state {
    SLOT_FREE,
    SLOT_WRITING, /* the writer's */
    SLOT_READY,   /* committed, not yet taken */
    SLOT_SHOWN,   /* drawn from */
    SLOT_DRAINING /* no longer drawn from, but work in flight may still read it */
};

struct slots {
    _Atomic int state[SLOT_COUNT];
    uint64_t order[SLOT_COUNT]; /* of commits; written before the slot becomes ready */
    uint64_t commits;           /* the writer's */
};

void slots_init(struct slots *slots);

/* Writing thread: a slot to write, or −1 when none is free. */
int slots_acquire(struct slots *slots);
void slots_commit(struct slots *slots, int slot);
void slots_abandon(struct slots *slots, int slot); /* instead of the commit: it is free again */

/* Showing thread: the newest ready slot, or −1; taking it makes it the shown one, and older ready ones free.
 */
int slots_newest(const struct slots *slots);
void slots_take(struct slots *slots, int slot);
/* Both: the newest ready slot becomes the shown one, older ready ones become free. The slot
 * shown before drains. Returns the newly shown slot, or −1 when nothing new was committed. */
int slots_take_newest(struct slots *slots);
/* The slot being drawn from, or −1. */
int slots_shown(const struct slots *slots);
/* What reads a draining slot is done: it is free. */
void slots_drained(struct slots *slots, int slot);

/* The shown slot is free at once: nothing reads it any more. */
void slots_release(struct slots *slots, int slot);

#endif
