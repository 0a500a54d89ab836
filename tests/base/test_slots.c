/* The hand-over of slots: states in sequence, and between two threads (under the thread sanitizer). */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include "base/slots.h"

static void acquire_and_commit(struct slots *slots, int expected)
{
    const int slot = slots_acquire(slots);
    assert_int_equal(slot, expected);
    slots_commit(slots, slot);
}

static void nothing_is_shown_at_first(void **state)
{
    (void)state;
    struct slots slots;
    slots_init(&slots);
    assert_int_equal(slots_shown(&slots), -1);
    assert_int_equal(slots_take_newest(&slots), -1);
}

static void the_newest_wins_and_older_ones_are_free_again(void **state)
{
    (void)state;
    struct slots slots;
    slots_init(&slots);
    acquire_and_commit(&slots, 0);
    acquire_and_commit(&slots, 1);
    assert_int_equal(slots_take_newest(&slots), 1);
    assert_int_equal(slots_shown(&slots), 1);
    assert_int_equal(slots_take_newest(&slots), -1);
    /* 0 is free again and gets a later commit than 2. */
    const int early = slots_acquire(&slots), late = slots_acquire(&slots);
    assert_int_equal(early, 0);
    assert_int_equal(late, 2);
    slots_commit(&slots, late);
    slots_commit(&slots, early);
    assert_int_equal(slots_take_newest(&slots), 0);
}

static void a_publish_is_skipped_when_no_slot_is_free(void **state)
{
    (void)state;
    struct slots slots;
    slots_init(&slots);
    acquire_and_commit(&slots, 0);
    assert_int_equal(slots_take_newest(&slots), 0);
    acquire_and_commit(&slots, 1);
    acquire_and_commit(&slots, 2);
    assert_int_equal(slots_acquire(&slots), -1);
    assert_int_equal(slots_take_newest(&slots), 2);
    /* 1 was skipped and is free; 0 still drains. */
    acquire_and_commit(&slots, 1);
    assert_int_equal(slots_acquire(&slots), -1);
    slots_drained(&slots, 0);
    assert_int_equal(slots_acquire(&slots), 0);
}

enum { ROUNDS = 20000, VALUES = 16 };

static struct slots shared;
static int memory[SLOT_COUNT][VALUES]; /* plain: races on it are the sanitizer's to find */

static void *publish(void *argument)
{
    (void)argument;
    for (int round = 1; round <= ROUNDS;) {
        const int slot = slots_acquire(&shared);
        if (slot < 0) {
            sched_yield();
            continue;
        }
        for (int i = 0; i < VALUES; i++)
            memory[slot][i] = round;
        slots_commit(&shared, slot);
        round++;
    }
    return NULL;
}

static void threads_hand_over_whole_snapshots_in_order(void **state)
{
    (void)state;
    slots_init(&shared);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, publish, NULL), 0);
    int last = 0, draining = -1, torn = 0, backward = 0;
    while (last < ROUNDS) {
        const int before = slots_shown(&shared);
        const int slot = slots_take_newest(&shared);
        if (draining >= 0) {
            slots_drained(&shared, draining);
            draining = -1;
        }
        if (slot < 0) {
            sched_yield();
            continue;
        }
        draining = before;
        for (int i = 1; i < VALUES; i++)
            torn += memory[slot][i] != memory[slot][0];
        backward += memory[slot][0] <= last;
        last = memory[slot][0];
    }
    pthread_join(thread, NULL);
    assert_int_equal(torn, 0);
    assert_int_equal(backward, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_shown_at_first),
        cmocka_unit_test(the_newest_wins_and_older_ones_are_free_again),
        cmocka_unit_test(a_publish_is_skipped_when_no_slot_is_free),
        cmocka_unit_test(threads_hand_over_whole_snapshots_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
