/* Two threads as in the live viewer: one trains and publishes, the other has the device write what is shown.
 * Whatever order they and the device's streams come in, a snapshot is that of one step. CUDA's kernels and
 * runtime run on the CPU here; the seed says whose turn it is. */
#include "test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "fake_publisher.h"
#include "kernels/kernels.h"
#include "nn/trainer.h"
#include "runtime_shim.h"
#include "synthetic.h"

enum { FIRST = 3, STEPS = 12, SEEDS = 24, DEVICE = 1 };

static const char model[] = "{\"layers\": ["
                            "{\"class_name\": \"Conv2D\", \"config\": {\"filters\": 2, \"kernel_size\": 3, "
                            "\"activation\": \"relu\"}},"
                            "{\"class_name\": \"BatchNormalization\", \"config\": {}},"
                            "{\"class_name\": \"Flatten\", \"config\": {}},"
                            "{\"class_name\": \"Dense\", \"config\": {\"units\": 3, "
                            "\"activation\": \"softmax\"}}]}";

static struct data *data;
static struct network *network;
static struct snapshot_target expected[STEPS + 1]; /* by step, as it comes through the host */
static size_t snapshot_size;
static char *storage; /* of OpenGL's buffers FIRST, FIRST + 1 … */

static char *find(unsigned buffer) { return storage + (buffer - FIRST) * snapshot_size; }
static size_t size_of(unsigned buffer) { return (void)buffer, snapshot_size; }
static void read_all(unsigned buffer, void *to, size_t bytes) { memcpy(to, find(buffer), bytes); }
static void write_all(unsigned buffer, const void *from, size_t bytes) { memcpy(find(buffer), from, bytes); }

static struct trainer *create_trainer(void)
{
    struct error err = {0};
    const struct trainer_desc desc = {.network = network,
                                      .data = data,
                                      .backend = BACKEND_CUDA,
                                      .device = DEVICE,
                                      .batch = 4,
                                      .learning_rate = 0.05f,
                                      .seed = 5};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    return trainer;
}

static int set_up(void **state)
{
    (void)state;
    static const struct shim_device devices[] = {{9, 0}, {9, 0}};
    static const struct shim_gl gl = {DEVICE, size_of, read_all, write_all};
    struct error err = {0};
    shim_set_devices(devices, 2);
    shim_set_gl(&gl);
    data = synthetic_create(6, 3, 16, 4);
    network = network_parse(model, "a test", (struct shape){1, 6, 6}, 3, &err);
    if (!network)
        fail_msg("%s", err.message);
    struct trainer *trainer = create_trainer();
    const struct snapshot_layout *layout = trainer_snapshot_layout(trainer);
    struct fake_publisher host;
    snapshot_size = layout->size;
    storage = ls_calloc(SHARED_BUFFER_COUNT, snapshot_size);
    fake_publisher_init(&host, layout, FAKE_SLOTS);
    for (int step = 0; step <= STEPS; step++) {
        assert_true(trainer_publish(trainer, &host.publisher));
        expected[step].info = host.slots[host.last].info;
        expected[step].memory = ls_calloc(1, snapshot_size);
        for (int i = 0; i < layout->region_count; i++) {
            const struct region *region = &layout->regions[i];
            memcpy((char *)expected[step].memory + region->offset,
                   (char *)host.slots[host.last].memory + region->offset, region->count * sizeof(float));
        }
        fake_publisher_free_slots(&host);
        trainer_step(trainer, NULL);
    }
    fake_publisher_deinit(&host);
    trainer_destroy(trainer);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int step = 0; step <= STEPS; step++)
        free(expected[step].memory);
    free(storage);
    network_destroy(network);
    synthetic_destroy(data);
    shim_set_gl(NULL);
    const struct shim_alive alive = shim_alive(), none = {0};
    assert_memory_equal(&alive, &none, sizeof none);
    return 0;
}

/* ---- whose turn it is ---- */

enum side { TRAINING, DRAWING };

struct turns {
    bool free; /* nobody waits for a turn */
    uint64_t seed, draws;
    enum side next;
    bool ended[2];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

struct live {
    struct turns turns;
    struct trainer *trainer;
    struct snapshot_device device;
    int shown, torn;
    bool trained;    /* guarded by the mutex, as `ended` is */
    char wrong[256]; /* the first thing that is */
};

static void note(struct live *live, const char *what, int step)
{
    if (!live->wrong[0])
        snprintf(live->wrong, sizeof live->wrong, "seed %d: %s (step %d)", (int)live->turns.seed, what, step);
}

static void wait_for_turn(struct turns *turns, enum side self)
{
    while (!turns->free && turns->next != self && !turns->ended[!self])
        pthread_cond_wait(&turns->changed, &turns->mutex);
}

/* Between any two calls of a side the other one may come. */
static void take_turns(struct turns *turns, enum side self)
{
    pthread_mutex_lock(&turns->mutex);
    turns->next = (enum side)(rng_word(turns->seed, RNG_TEST, 2, turns->draws++) & 1u);
    pthread_cond_broadcast(&turns->changed);
    wait_for_turn(turns, self);
    pthread_mutex_unlock(&turns->mutex);
}

static void begin_turns(struct turns *turns, enum side self)
{
    pthread_mutex_lock(&turns->mutex);
    wait_for_turn(turns, self);
    pthread_mutex_unlock(&turns->mutex);
}

static void end_turns(struct turns *turns, enum side self)
{
    pthread_mutex_lock(&turns->mutex);
    turns->ended[self] = true;
    pthread_cond_broadcast(&turns->changed);
    pthread_mutex_unlock(&turns->mutex);
}

static bool has_ended(struct turns *turns, enum side side)
{
    pthread_mutex_lock(&turns->mutex);
    const bool ended = turns->ended[side];
    pthread_mutex_unlock(&turns->mutex);
    return ended;
}

/* ---- the two sides ---- */

/* Nothing goes through the host here. */
static struct snapshot_target *refuse(void *context) { return (void)context, NULL; }

static void *train(void *context)
{
    const struct publisher host = {.acquire = refuse};
    struct live *live = context;
    struct turns *turns = &live->turns;
    begin_turns(turns, TRAINING);
    for (int step = 0; step < STEPS; step++) {
        trainer_step(live->trainer, NULL);
        take_turns(turns, TRAINING);
        trainer_publish(live->trainer, &host);
        take_turns(turns, TRAINING);
    }
    end_turns(turns, TRAINING);
    return NULL;
}

static bool same_info(const struct snapshot_info *a, const struct snapshot_info *b)
{
    return a->step == b->step && a->probe_loss == b->probe_loss && a->output_count == b->output_count &&
           a->has_gradients == b->has_gradients &&
           memcmp(a->output, b->output, (size_t)a->output_count * sizeof *a->output) == 0;
}

static void compare(struct live *live, const struct snapshot_info *info, int buffer)
{
    const int step = (int)info->step;
    live->shown++;
    if (step >= 1 && step <= STEPS && same_info(info, &expected[step].info) &&
        memcmp(find(FIRST + (unsigned)buffer), expected[step].memory, snapshot_size) == 0)
        return;
    live->torn++;
    note(live, "what is shown is not that step", step);
}

/* A frame of the viewer: what the arena calls, without waiting. */
static void draw_frame(struct live *live, int buffer, int *pending)
{
    const struct snapshot_device *device = &live->device;
    struct snapshot_info info;
    if (*pending >= 0 && device->finish(device->context, false, &info)) {
        compare(live, &info, *pending);
        *pending = -1;
    }
    take_turns(&live->turns, DRAWING);
    if (*pending < 0 && device->ready(device->context, false)) {
        take_turns(&live->turns, DRAWING);
        if (device->write(device->context, buffer))
            *pending = buffer;
        else
            note(live, device->problem(device->context), -1);
    }
    take_turns(&live->turns, DRAWING);
}

static void *draw(void *context)
{
    struct live *live = context;
    const struct snapshot_device *device = &live->device;
    int pending = -1;
    begin_turns(&live->turns, DRAWING);
    /* Some frames after training, so that the last snapshot comes. */
    for (int frame = 0, left = 16; left > 0 && !device->problem(device->context); frame++) {
        draw_frame(live, frame % SHARED_BUFFER_COUNT, &pending);
        left -= has_ended(&live->turns, TRAINING);
    }
    if (device->problem(device->context))
        note(live, device->problem(device->context), -1);
    const char *left = kernel_last_error();
    if (left)
        note(live, left, -1);
    end_turns(&live->turns, DRAWING);
    return NULL;
}

static struct live run(uint64_t seed, bool free_running)
{
    struct live live = {.turns = {.free = free_running,
                                  .seed = seed,
                                  .mutex = PTHREAD_MUTEX_INITIALIZER,
                                  .changed = PTHREAD_COND_INITIALIZER}};
    struct error err = {0};
    memset(storage, 0, SHARED_BUFFER_COUNT * snapshot_size);
    live.trainer = create_trainer();
    const struct snapshot_device_source *source = trainer_snapshot_device(live.trainer);
    const struct shared_buffers buffers = {{FIRST, FIRST + 1, FIRST + 2}, snapshot_size, "a test", read_all};
    if (!source->open(source->context, &buffers, &live.device, &err))
        fail_msg("%s", err.message);
    /* Padding between regions is nobody's; the self-test has left its numbers there. */
    memset(storage, 0, SHARED_BUFFER_COUNT * snapshot_size);
    shim_set_late(true);
    shim_set_seed(seed);
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[TRAINING], NULL, train, &live), 0);
    assert_int_equal(pthread_create(&threads[DRAWING], NULL, draw, &live), 0);
    pthread_join(threads[TRAINING], NULL);
    pthread_join(threads[DRAWING], NULL);
    live.device.close(live.device.context);
    if (trainer_problem(live.trainer))
        note(&live, trainer_problem(live.trainer), -1);
    trainer_destroy(live.trainer);
    shim_set_late(false);
    return live;
}

static void every_snapshot_is_of_one_step(void **state)
{
    (void)state;
    int shown = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const struct live live = run(seed, seed % 6 == 5);
        if (live.wrong[0])
            fail_msg("%s", live.wrong);
        assert_true(live.shown > 0);
        shown += live.shown;
    }
    assert_true(shown > 3 * SEEDS);
}

/* The same without the waits: were one missing, this would tell. */
static void missing_waits_are_found(void **state)
{
    (void)state;
    int torn = 0;
    shim_forget_events(true);
    for (uint64_t seed = 0; seed < SEEDS && torn == 0; seed++)
        torn += run(seed, false).torn;
    shim_forget_events(false);
    assert_true(torn > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_snapshot_is_of_one_step),
        cmocka_unit_test(missing_waits_are_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
