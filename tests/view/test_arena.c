/* The arena on a real context: snapshots arrive, fences free their slots, the byte count is right. */
#include "test.h"

#include <string.h>

#include "gl/context.h"
#include "gl/debug.h"
#include "view/arena.h"

static struct region regions[] = {{.kind = REGION_ACTIVATION, .offset = 0, .count = 64},
                                  {.kind = REGION_PARAMETER, .offset = 256, .count = 32}};
static const struct snapshot_layout layout = {.regions = regions, .region_count = 2, .size = 512};

static void publish(const struct publisher *publisher, float value)
{
    struct snapshot_target *target = publisher->acquire(publisher->context);
    assert_non_null(target);
    for (int i = 0; i < 128; i++)
        target->memory[i] = value;
    target->info.step = (uint64_t)value;
    publisher->commit(publisher->context, target);
}

static float read_back(const struct arena *arena, int region)
{
    float value = 0.0f;
    glGetNamedBufferSubData(arena_buffer(arena, arena_shown(arena))->name,
                            (GLintptr)layout.regions[region].offset, sizeof value, &value);
    return value;
}

static void snapshots_arrive_frame_after_frame(void **state)
{
    (void)state;
    struct error err = {0};
    struct arena *arena = arena_create(&layout, NULL, &err);
    assert_non_null(arena);
    assert_false(arena_update(arena, false));
    assert_false(arena_has_snapshot(arena));
    assert_null(arena_info(arena));
    arena_frame_done(arena);
    for (int step = 1; step <= 50; step++) {
        publish(arena_publisher(arena), (float)step);
        assert_true(arena_update(arena, false));
        assert_int_equal(arena_info(arena)->step, step);
        assert_int_equal(arena_bytes_published(arena), layout.size);
        assert_true(read_back(arena, 0) == (float)step);
        assert_true(read_back(arena, 1) == (float)step);
        arena_frame_done(arena);
        glFinish();
        assert_false(arena_update(arena, false));
        assert_int_equal(arena_bytes_published(arena), 0);
        arena_frame_done(arena);
    }
    arena_destroy(arena);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void a_full_arena_refuses_without_waiting(void **state)
{
    (void)state;
    struct error err = {0};
    struct arena *arena = arena_create(&layout, NULL, &err);
    assert_non_null(arena);
    const struct publisher *publisher = arena_publisher(arena);
    for (int i = 1; i <= 3; i++)
        publish(publisher, (float)i);
    assert_null(publisher->acquire(publisher->context));
    assert_true(arena_update(arena, false));
    assert_int_equal(arena_info(arena)->step, 3);
    publish(publisher, 4.0f);
    arena_destroy(arena);
}

static struct gl_context *context;

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context ? 0 : -1;
}

static int close_context(void **state)
{
    (void)state;
    gl_context_destroy(context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_arrive_frame_after_frame),
        cmocka_unit_test(a_full_arena_refuses_without_waiting),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
