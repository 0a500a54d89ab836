/* States change by release stores and are read by acquire loads: what a side wrote into a slot is seen by
 * the side that receives it. */
#include "base/slots.h"

#include "base/error.h"

static int state_of(const struct slots *slots, int slot)
{
    return atomic_load_explicit(&slots->state[slot], memory_order_acquire);
}

static void set_state(struct slots *slots, int slot, enum slot_state state)
{
    atomic_store_explicit(&slots->state[slot], (int)state, memory_order_release);
}

void slots_init(struct slots *slots)
{
    slots->commits = 0;
    for (int i = 0; i < SLOT_COUNT; i++) {
        atomic_init(&slots->state[i], SLOT_FREE);
        slots->order[i] = 0;
    }
}

int slots_acquire(struct slots *slots)
{
    for (int i = 0; i < SLOT_COUNT; i++)
        if (state_of(slots, i) == SLOT_FREE) {
            set_state(slots, i, SLOT_WRITING);
            return i;
        }
    return -1;
}

void slots_commit(struct slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_WRITING);
    slots->order[slot] = ++slots->commits;
    set_state(slots, slot, SLOT_READY);
}

void slots_abandon(struct slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_WRITING);
    set_state(slots, slot, SLOT_FREE);
}

int slots_newest(const struct slots *slots)
{
    int newest = -1;
    for (int i = 0; i < SLOT_COUNT; i++)
        if (state_of(slots, i) == SLOT_READY && (newest < 0 || slots->order[i] > slots->order[newest]))
            newest = i;
    return newest;
}

void slots_take(struct slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_READY);
    const int before = slots_shown(slots);
    for (int i = 0; i < SLOT_COUNT; i++)
        if (state_of(slots, i) == SLOT_READY && slots->order[i] < slots->order[slot])
            set_state(slots, i, SLOT_FREE);
    if (before >= 0)
        set_state(slots, before, SLOT_DRAINING);
    set_state(slots, slot, SLOT_SHOWN);
}

int slots_take_newest(struct slots *slots)
{
    const int newest = slots_newest(slots);
    if (newest >= 0)
        slots_take(slots, newest);
    return newest;
}

int slots_shown(const struct slots *slots)
{
    for (int i = 0; i < SLOT_COUNT; i++)
        if (state_of(slots, i) == SLOT_SHOWN)
            return i;
    return -1;
}

void slots_drained(struct slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_DRAINING);
    set_state(slots, slot, SLOT_FREE);
}

void slots_release(struct slots *slots, int slot)
{
    LS_ASSERT(state_of(slots, slot) == SLOT_SHOWN);
    set_state(slots, slot, SLOT_FREE);
}
