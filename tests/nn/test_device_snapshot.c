/* Snapshots that a device writes by itself: the same numbers as through the host, no byte across, and what
 * happens when a call fails. CUDA's kernels and runtime run on the CPU here. */
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "compute/traffic.h"
#include "fake_publisher.h"
#include "nn/trainer.h"
#include "runtime_shim.h"
#include "synthetic.h"

enum { FIRST = 3 };

static char *storage;       /* of OpenGL's buffers FIRST, FIRST + 1 … */
static size_t storage_size; /* of each */

static char *find(unsigned buffer)
{
    assert_in_range(buffer, FIRST, FIRST + SHARED_BUFFER_COUNT - 1);
    return storage + (buffer - FIRST) * storage_size;
}
static size_t size_of(unsigned buffer) { return find(buffer), storage_size; }
static void read_all(unsigned buffer, void *to, size_t bytes) { memcpy(to, find(buffer), bytes); }
static void write_all(unsigned buffer, const void *from, size_t bytes) { memcpy(find(buffer), from, bytes); }

struct world {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
    struct snapshot_device device;
    struct fake_publisher host;
};

static void set_up(struct world *world, const char *model)
{
    static const struct shim_gl gl = {0, size_of, read_all, write_all};
    struct error err = {0};
    shim_set_gl(&gl);
    world->data = synthetic_create(28, 10, 64, 8);
    world->network = network_load(model, (struct shape){1, 28, 28}, 10, &err);
    assert_non_null(world->network);
    const struct trainer_desc desc = {
        .network = world->network, .data = world->data, .backend = BACKEND_CUDA, .batch = 4, .seed = 5};
    world->trainer = trainer_create(&desc, &err);
    if (!world->trainer)
        fail_msg("%s", err.message);
    const struct snapshot_layout *layout = trainer_snapshot_layout(world->trainer);
    fake_publisher_init(&world->host, layout, FAKE_SLOTS);
    storage_size = layout->size;
    storage = ls_calloc(SHARED_BUFFER_COUNT, storage_size);
    memset(storage, 0xff, SHARED_BUFFER_COUNT * storage_size);
    const struct snapshot_device_source *source = trainer_snapshot_device(world->trainer);
    assert_non_null(source);
    const struct shared_buffers buffers = {{FIRST, FIRST + 1, FIRST + 2}, storage_size, "a test", read_all};
    if (!source->open(source->context, &buffers, &world->device, &err))
        fail_msg("%s", err.message);
}

static void tear_down(struct world *world)
{
    shim_set_late(false);
    if (world->device.close)
        world->device.close(world->device.context);
    trainer_destroy(world->trainer);
    network_destroy(world->network);
    synthetic_destroy(world->data);
    fake_publisher_deinit(&world->host);
    free(storage);
    shim_set_gl(NULL);
    const struct shim_alive alive = shim_alive(), none = {0};
    assert_memory_equal(&alive, &none, sizeof none);
}

static void train(struct world *world, int steps)
{
    for (int i = 0; i < steps; i++)
        trainer_step(world->trainer, NULL);
}

/* Through the host: the device is closed, and opened no more. */
static void publish_through_host(struct world *world)
{
    world->device.close(world->device.context);
    world->device.close = NULL;
    fake_publisher_free_slots(&world->host);
    assert_true(trainer_publish(world->trainer, &world->host.publisher));
}

static void assert_same(const struct world *world, int buffer)
{
    const struct snapshot_layout *layout = trainer_snapshot_layout(world->trainer);
    for (int i = 0; i < layout->region_count; i++) {
        const struct region *region = &layout->regions[i];
        const float *expected =
            fake_publisher_region(&world->host, layout, region->kind, region->layer, region->parameter);
        const float *found = (const float *)(const void *)(find(FIRST + (unsigned)buffer) + region->offset);
        for (size_t k = 0; k < region->count; k++)
            if (expected[k] != found[k])
                fail_msg("region %d (kind %d, layer %d), float %zu: through the host %g, by the device %g", i,
                         (int)region->kind, region->layer, k, (double)expected[k], (double)found[k]);
    }
}

static uint64_t crossed(enum traffic_purpose purpose)
{
    struct traffic traffic;
    traffic_read(&traffic);
    return traffic.to_device[purpose] + traffic.to_host[purpose];
}

static void check_model(const char *model, int steps, bool late)
{
    struct world world = {0};
    set_up(&world, model);
    train(&world, steps);
    trainer_set_probe(world.trainer, 3);
    const uint64_t view = crossed(TRAFFIC_VIEW), text = crossed(TRAFFIC_TEXT);
    shim_set_late(late);
    const int buffer = 1;
    const struct snapshot_device *device = &world.device;
    assert_false(device->ready(device->context, false));
    assert_true(trainer_publish(world.trainer, &world.host.publisher));
    assert_int_equal(world.host.acquired, 0);
    assert_true(device->ready(device->context, true));
    assert_true(device->write(device->context, buffer));
    struct snapshot_info info;
    if (late)
        assert_false(device->finish(device->context, false, &info));
    assert_false(device->ready(device->context, true)); /* one at a time */
    assert_true(device->finish(device->context, true, &info));
    assert_int_equal(crossed(TRAFFIC_VIEW) - view, 0);
    assert_int_equal(crossed(TRAFFIC_TEXT) - text, 11 * sizeof(float));
    assert_null(device->problem(device->context));
    shim_set_late(false);

    publish_through_host(&world);
    assert_true(crossed(TRAFFIC_VIEW) > view);
    const struct snapshot_info *expected = &world.host.slots[world.host.last].info;
    assert_int_equal(info.step, steps);
    assert_int_equal(info.probe_index, 3);
    assert_int_equal(info.probe_label, expected->probe_label);
    assert_int_equal(info.output_count, 10);
    assert_memory_equal(info.output, expected->output, 10 * sizeof(float));
    assert_true(info.probe_loss == expected->probe_loss && isfinite(info.probe_loss));
    assert_int_equal(info.has_gradients, steps > 0);
    assert_same(&world, buffer);
    tear_down(&world);
}

static void lenet5_is_the_same(void **state)
{
    (void)state;
    check_model("lenet5", 2, false);
}

static void the_mlp_is_the_same_before_training_and_late(void **state)
{
    (void)state;
    check_model("mlp", 0, false);
    check_model("mlp", 3, true);
}

/* Branches, norms with their running statistics, dropout, activations with slopes. */
static void graphs_are_the_same(void **state)
{
    (void)state;
    char *path = file_resource("tests/nn/models/keras3_branches.json");
    check_model(path, 2, true);
    free(path);
}

static void the_newest_is_shown_and_nobody_waits(void **state)
{
    (void)state;
    struct world world = {0};
    set_up(&world, "mlp");
    const struct snapshot_device *device = &world.device;
    for (int step = 1; step <= 3; step++) {
        train(&world, 1);
        assert_true(trainer_publish(world.trainer, &world.host.publisher));
    }
    assert_false(trainer_publish(world.trainer, &world.host.publisher)); /* three places */
    struct snapshot_info info;
    assert_true(device->ready(device->context, false));
    assert_true(device->write(device->context, 0));
    assert_true(device->finish(device->context, false, &info));
    assert_int_equal(info.step, 3);
    assert_false(device->ready(device->context, false)); /* the older two are forgotten */
    assert_true(trainer_publish(world.trainer, &world.host.publisher));
    assert_true(device->ready(device->context, false));
    tear_down(&world);
}

/* A copy that nobody asked for yet is under way on the training thread's stream, and what is printed on the
 * other. The shim ends the program when memory in use is freed. */
static void the_end_waits_for_copies(void **state)
{
    (void)state;
    for (int writes = 0; writes < 2; writes++) {
        struct world world = {0};
        set_up(&world, "mlp");
        const struct snapshot_device *device = &world.device;
        train(&world, 1);
        shim_set_late(true);
        assert_true(trainer_publish(world.trainer, &world.host.publisher));
        if (writes)
            assert_true(device->ready(device->context, true) && device->write(device->context, 0));
        device->close(device->context);
        world.device.close = NULL;
        tear_down(&world);
    }
}

/* Whatever fails while a frame is drawn: the problem is told, training goes on, and so does what is shown. */
static void a_failure_leads_back_to_the_host(void **state)
{
    (void)state;
    int failures = 0;
    for (long call = 0;; call++) {
        struct world world = {0};
        set_up(&world, "mlp");
        train(&world, 1);
        assert_true(trainer_publish(world.trainer, &world.host.publisher));
        struct snapshot_info info;
        const struct snapshot_device *device = &world.device;
        const long before = shim_calls();
        shim_fail(call, 719, false);
        const bool shown = device->ready(device->context, false) && device->write(device->context, 0) &&
                           device->finish(device->context, true, &info);
        const bool reached = shim_calls() - before > call;
        shim_fail(-1, 0, false);
        if (reached) {
            failures++;
            assert_false(shown);
            assert_non_null(device->problem(device->context));
            assert_false(device->ready(device->context, true));
            train(&world, 1);
            assert_true(trainer_publish(world.trainer, &world.host.publisher));
            assert_int_equal(world.host.committed, 1);
            assert_int_equal(world.host.slots[world.host.last].info.step, 2);
        }
        tear_down(&world);
        if (!reached)
            break;
    }
    assert_true(failures > 8);
}

static void the_cpu_has_none(void **state)
{
    (void)state;
    struct error err = {0};
    struct data *data = synthetic_create(28, 10, 16, 4);
    struct network *network = network_load("mlp", (struct shape){1, 28, 28}, 10, &err);
    const struct trainer_desc desc = {
        .network = network, .data = data, .backend = BACKEND_CPU, .batch = 4, .threads = 1};
    struct trainer *trainer = trainer_create(&desc, &err);
    assert_non_null(trainer);
    assert_null(trainer_snapshot_device(trainer));
    trainer_destroy(trainer);
    network_destroy(network);
    synthetic_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet5_is_the_same),
        cmocka_unit_test(the_mlp_is_the_same_before_training_and_late),
        cmocka_unit_test(graphs_are_the_same),
        cmocka_unit_test(the_newest_is_shown_and_nobody_waits),
        cmocka_unit_test(the_end_waits_for_copies),
        cmocka_unit_test(a_failure_leads_back_to_the_host),
        cmocka_unit_test(the_cpu_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
