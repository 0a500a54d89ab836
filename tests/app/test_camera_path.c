/* The camera of films: through its keyframes, without jumps in place or speed, never faster than stated. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/camera_path.h"

static const struct camera_pose base = {
    .target = {1, 2, 3}, .yaw = 42, .pitch = 10, .distance = 30, .fov = 43};

static bool read_path(struct camera_path *path, const char *json, struct error *err)
{
    char name[] = "camera-path-XXXXXX";
    const int file = mkstemp(name);
    assert_true(file >= 0);
    FILE *stream = fdopen(file, "w");
    fputs(json, stream);
    fclose(stream);
    const bool ok = camera_path_read(path, name, &base, err);
    remove(name);
    return ok;
}

static const char winding[] = "{\"keyframes\": [{\"t\": 1}, {\"t\": 3, \"yaw\": 60, \"distance\": 4},"
                              "{\"t\": 8, \"yaw\": 30, \"pitch\": -20, \"target\": [4, 0, -2]},"
                              "{\"t\": 9, \"yaw\": 30, \"pitch\": -20, \"distance\": 0.02, \"fov\": 90}]}";

static void assert_close(const struct camera_pose *a, const struct camera_pose *b, float tolerance)
{
    for (int i = 0; i < 3; i++)
        assert_true(fabsf(a->target[i] - b->target[i]) <= tolerance);
    assert_true(fabsf(a->yaw - b->yaw) <= tolerance);
    assert_true(fabsf(a->pitch - b->pitch) <= tolerance);
    assert_true(fabsf(a->distance - b->distance) <= tolerance * fmaxf(1.0f, a->distance));
    assert_true(fabsf(a->fov - b->fov) <= tolerance * 10.0f);
}

static void keyframes_are_passed_and_held_at_both_ends(void **state)
{
    (void)state;
    struct error err = {0};
    struct camera_path path;
    assert_true(read_path(&path, winding, &err));
    assert_int_equal(path.count, 4);
    for (int i = 0; i < path.count; i++) {
        const struct camera_pose pose = camera_path_pose(&path, path.keys[i].t);
        assert_close(&pose, &path.keys[i].pose, 1e-4f);
    }
    const struct camera_pose before = camera_path_pose(&path, 0.0f), after = camera_path_pose(&path, 100.0f);
    assert_close(&before, &base, 1e-4f);
    assert_close(&after, &path.keys[3].pose, 1e-4f);
    camera_path_deinit(&path);
}

/* Between two frames nothing moves farther than its speed allows, and inside the path the speed is steady. */
static void nothing_jumps(void **state)
{
    (void)state;
    struct error err = {0};
    struct camera_path path;
    assert_true(read_path(&path, winding, &err));
    const float dt = 1.0f / 240.0f;
    struct camera_pose last = camera_path_pose(&path, 1.0f);
    float last_speed = NAN;
    for (int frame = 1; frame <= 8 * 240; frame++) {
        const struct camera_pose pose = camera_path_pose(&path, 1.0f + dt * (float)frame);
        const float turn = (pose.yaw - last.yaw) / dt;
        assert_true(fabsf(turn) <= 20.1f);
        assert_true(fabsf(pose.pitch - last.pitch) / dt <= 20.1f);
        assert_true(pose.distance > 0.0f && fabsf(logf(pose.distance / last.distance)) < 0.1f);
        for (int i = 0; i < 3; i++)
            assert_true(fabsf(pose.target[i] - last.target[i]) < 0.05f);
        if (isfinite(last_speed))
            assert_true(fabsf(turn - last_speed) < 1.0f);
        last_speed = turn;
        last = pose;
    }
    camera_path_deinit(&path);
}

/* From one keyframe to the next it is 19° a second; the curve between them is faster. */
static void a_path_that_turns_too_fast_is_refused(void **state)
{
    (void)state;
    struct error err = {0};
    struct camera_path path;
    assert_false(read_path(&path,
                           "{\"keyframes\": [{\"t\": 0, \"yaw\": 0}, {\"t\": 1, \"yaw\": 0},"
                           "{\"t\": 2, \"yaw\": 19}, {\"t\": 3, \"yaw\": 19}]}",
                           &err));
    assert_non_null(strstr(err.message, "keyframe 2: turns up to 2"));
    err = (struct error){0};
    assert_false(read_path(&path, "{\"keyframes\": [{\"t\": 0}, {\"t\": 1, \"pitch\": -40}]}", &err));
    assert_non_null(strstr(err.message, "keyframe 1: turns up to 50"));
}

static void wrong_paths_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *expected;
    } wrong[] = {
        {"{\"keyframes\": [{\"t\": 0, \"zoom\": 2}]}",
         "keyframe 0: expected the keys t, target, yaw, pitch, distance, fov, found \"zoom\""},
        {"{\"keyframes\": [{\"t\": 0, \"t\": 1}]}", "keyframe 0: \"t\" is there twice; keep one"},
        {"{\"keyframes\": [{\"t\": 0}], \"fps\": 3}", "expected the keys keyframes, found \"fps\""},
        {"{\"keyframes\": [{\"t\": 0}]} 3", "expected JSON with \"keyframes\""},
        {"{\"keyframes\": [{\"t\": 0, \"a\\u0000\": 1}]}", "expected JSON with \"keyframes\""},
        {"{\"keyframes\": [{\"t\": 0, \"target\": [0, 1e300, 0]}]}",
         "\"target\" must be [x, y, z], each from -1e6 to 1e6"},
        {"{\"keyframes\": [{\"t\": 0, \"target\": {\"x\": 1, \"y\": 2, \"z\": 3}}]}", "\"target\" must be"},
        {"{\"keyframes\": [{\"t\": 0, \"distance\": 1e300}]}", "\"distance\" must be a number from 0.01 to"},
        {"{\"keyframes\": [{\"t\": 0, \"yaw\": 1e300}]}", "\"yaw\" must be a number"},
        {"{\"keyframes\": [{\"t\": 1e300}]}", "\"t\" must be a number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        struct camera_path path;
        if (read_path(&path, wrong[i].json, &err))
            fail_msg("accepted: %s", wrong[i].json);
        if (!strstr(err.message, wrong[i].expected))
            fail_msg("%s: expected \"%s\", found \"%s\"", wrong[i].json, wrong[i].expected, err.message);
    }
}

static void the_sway_begins_at_rest_and_is_slow(void **state)
{
    (void)state;
    const struct camera_pose first = camera_sway(&base, 0.0f);
    assert_close(&first, &base, 1e-6f);
    const float dt = 1.0f / 60.0f;
    struct camera_pose last = first;
    for (int frame = 1; frame <= 48 * 60; frame++) {
        const struct camera_pose pose = camera_sway(&base, dt * (float)frame);
        const float speed = hypotf(pose.yaw - last.yaw, pose.pitch - last.pitch) / dt;
        assert_true(speed <= 3.0f && (frame > 1 || speed < 0.1f));
        assert_true(pose.yaw >= base.yaw - 10.0f && pose.yaw <= base.yaw + 4.0f);
        last = pose;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyframes_are_passed_and_held_at_both_ends), cmocka_unit_test(nothing_jumps),
        cmocka_unit_test(a_path_that_turns_too_fast_is_refused),      cmocka_unit_test(wrong_paths_are_named),
        cmocka_unit_test(the_sway_begins_at_rest_and_is_slow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
