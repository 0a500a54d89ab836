/* Slots in ordinary memory. */
#include "fake_publisher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static struct snapshot_target *acquire(void *context)
{
    struct fake_publisher *fake = context;
    struct snapshot_target *target = NULL;
    pthread_mutex_lock(&fake->mutex);
    for (int i = 0; i < FAKE_SLOTS && !target; i++) {
        if (!fake->taken[i]) {
            fake->taken[i] = true;
            target = &fake->slots[i];
        }
    }
    if (target)
        fake->acquired++;
    else
        fake->refused++;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->mutex);
    return target;
}

static void commit(void *context, struct snapshot_target *target)
{
    struct fake_publisher *fake = context;
    pthread_mutex_lock(&fake->mutex);
    fake->committed++;
    fake->last = (int)(target - fake->slots);
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->mutex);
}

void fake_publisher_init(struct fake_publisher *fake, const struct snapshot_layout *layout, int free_slots)
{
    memset(fake, 0, sizeof *fake);
    fake->publisher = (struct publisher){fake, acquire, commit};
    fake->floats = layout->size / sizeof(float);
    fake->last = -1;
    pthread_mutex_init(&fake->mutex, NULL);
    pthread_cond_init(&fake->changed, NULL);
    for (int i = 0; i < FAKE_SLOTS; i++) {
        fake->slots[i].memory = ls_calloc_aligned(fake->floats, sizeof(float));
        for (size_t k = 0; k < fake->floats; k++)
            fake->slots[i].memory[k] = NAN;
        fake->taken[i] = i >= free_slots;
    }
}

void fake_publisher_deinit(struct fake_publisher *fake)
{
    for (int i = 0; i < FAKE_SLOTS; i++)
        free(fake->slots[i].memory);
    pthread_cond_destroy(&fake->changed);
    pthread_mutex_destroy(&fake->mutex);
}

void fake_publisher_free_slots(struct fake_publisher *fake)
{
    pthread_mutex_lock(&fake->mutex);
    memset(fake->taken, 0, sizeof fake->taken);
    pthread_mutex_unlock(&fake->mutex);
}

void fake_publisher_wait(struct fake_publisher *fake, int calls)
{
    pthread_mutex_lock(&fake->mutex);
    while (fake->committed + fake->refused < calls)
        pthread_cond_wait(&fake->changed, &fake->mutex);
    pthread_mutex_unlock(&fake->mutex);
}

const float *fake_publisher_region(const struct fake_publisher *fake, const struct snapshot_layout *layout,
                                   enum region_kind kind, int layer, int parameter)
{
    const int region = snapshot_layout_find(layout, kind, layer, parameter);
    LS_ASSERT(fake->last >= 0 && region >= 0);
    return fake->slots[fake->last].memory + layout->regions[region].offset / sizeof(float);
}
