/* States change by release stores and are read by acquire loads: what a side wrote into a slot is seen by
 * the side that receives it. */
#include "view/arena_slots.h"

#include "base/error.h"

static int state_of(const struct arena_slots *slots, int slot)
{
    return atomic_load_explicit(&slots->state[slot], memory_order_acquire);
}

static void set_state(struct arena_slots *slots, int slot, enum slot_state state)
{
    atomic_store_explicit(&slots->state[slot], (int)state, memory_order_release);
}

void arena_slots_init(struct arena_slots *slots)
{
    slots->commits = 0;
    for (int i = 0; i < ARENA_SLOTS; i++) {
        atomic_init(&slots->state[i], SLOT_FREE);
        slots->order[i] = 0;
    }
}

int arena_slots_acquire(struct arena_slots *slots)
{
    for (int i = 0; i < ARENA_SLOTS; i++)
        if (state_of(slots, i) == SLOT_FREE) {
            set_state(slots, i, SLOT_WRITING);
            return i;
        }
    return -1;
}

void arena_slots_commit(struct arena_slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_WRITING);
    slots->order[slot] = ++slots->commits;
    set_state(slots, slot, SLOT_READY);
}

int arena_slots_take_newest(struct arena_slots *slots)
{
    int newest = -1;
    for (int i = 0; i < ARENA_SLOTS; i++) {
        if (state_of(slots, i) != SLOT_READY)
            continue;
        if (newest < 0) {
            newest = i;
        } else if (slots->order[i] > slots->order[newest]) {
            set_state(slots, newest, SLOT_FREE);
            newest = i;
        } else {
            set_state(slots, i, SLOT_FREE);
        }
    }
    if (newest < 0)
        return -1;
    const int before = arena_slots_shown(slots);
    if (before >= 0)
        set_state(slots, before, SLOT_DRAINING);
    set_state(slots, newest, SLOT_SHOWN);
    return newest;
}

int arena_slots_shown(const struct arena_slots *slots)
{
    for (int i = 0; i < ARENA_SLOTS; i++)
        if (state_of(slots, i) == SLOT_SHOWN)
            return i;
    return -1;
}

void arena_slots_drained(struct arena_slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_DRAINING);
    set_state(slots, slot, SLOT_FREE);
}
