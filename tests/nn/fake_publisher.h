/* A publisher with a fixed number of slots, some of which are free. */
#ifndef LS_TESTS_FAKE_PUBLISHER_H
#define LS_TESTS_FAKE_PUBLISHER_H

#include <pthread.h>

#include "nn/snapshot.h"

enum { FAKE_SLOTS = 3 };

struct fake_publisher {
    struct publisher publisher; /* hand this to a trainer */
    size_t floats;              /* of one slot */
    pthread_mutex_t mutex;      /* guards the rest */
    pthread_cond_t changed;
    struct snapshot_target slots[FAKE_SLOTS];
    bool taken[FAKE_SLOTS]; /* until fake_publisher_free_slots */
    int last;               /* slot of the last commit; −1 before */
    int acquired, refused, committed;
};

/* `free_slots` of the FAKE_SLOTS slots are free at first. Every float of a slot starts as NaN. */
void fake_publisher_init(struct fake_publisher *fake, const struct snapshot_layout *layout, int free_slots);
void fake_publisher_deinit(struct fake_publisher *fake);
void fake_publisher_free_slots(struct fake_publisher *fake);
/* Waits until acquire was called `calls` times in all. */
void fake_publisher_wait(struct fake_publisher *fake, int calls);
/* The first float of a region in the last committed slot. */
const float *fake_publisher_region(const struct fake_publisher *fake, const struct snapshot_layout *layout,
                                   enum region_kind kind, int layer, int parameter);

#endif
