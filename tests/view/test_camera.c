/* The camera: damping, drags, flights, and the fit. */
#include "test.h"

#include <math.h>

#include <cglm/cglm.h>

#include "view/camera.h"

enum { WIDTH = 1280, HEIGHT = 720 };

static const struct rect free_view = {0.0f, 60.0f, 940.0f, 520.0f};
static const struct camera_pose start = {.yaw = 50.0f, .pitch = 9.0f, .distance = 30.0f, .fov = 22.0f};

static void assert_near(float a, float b, float tolerance)
{
    if (!(fabsf(a - b) <= tolerance))
        fail_msg("%g is not within %g of %g", (double)a, (double)tolerance, (double)b);
}

static void project(const struct camera *camera, const vec3 world, float *x, float *y)
{
    mat4 view, projection;
    vec4 clip;
    camera_matrices(camera, WIDTH, HEIGHT, &free_view, view, projection);
    glm_mat4_mulv(view, (vec4){world[0], world[1], world[2], 1.0f}, clip);
    glm_mat4_mulv(projection, clip, clip);
    *x = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)WIDTH;
    *y = (0.5f - clip[1] / clip[3] * 0.5f) * (float)HEIGHT;
}

static void settle(struct camera *camera)
{
    for (int i = 0; i < 600; i++)
        camera_update(camera, 1.0f / 60.0f);
}

static void target_falls_on_the_middle_of_the_free_view(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    float x, y;
    project(&camera, camera.shown.target, &x, &y);
    assert_near(x, 470.0f, 0.01f);
    assert_near(y, 320.0f, 0.01f);
}

static void data_flows_to_the_right_and_nothing_is_mirrored(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    float x0, y0, x, y;
    project(&camera, (vec3){0, 0, 0}, &x0, &y0);
    project(&camera, (vec3){1, 0, 0}, &x, &y);
    assert_true(x > x0 + 10.0f);
    project(&camera, (vec3){0, 1, 0}, &x, &y);
    assert_true(y < y0 - 10.0f);
    project(&camera, (vec3){0, 0, 1}, &x, &y);
    assert_true(x > x0 + 10.0f);
}

static void depth_is_reversed(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    mat4 view, projection;
    camera_matrices(&camera, WIDTH, HEIGHT, &free_view, view, projection);
    vec4 near, far;
    glm_mat4_mulv(projection, (vec4){0, 0, -0.005f * start.distance, 1}, near);
    glm_mat4_mulv(projection, (vec4){0, 0, -1e6f, 1}, far);
    assert_near(near[2] / near[3], 1.0f, 1e-4f);
    assert_near(far[2] / far[3], 0.0f, 1e-4f);
}

static void damping_does_not_depend_on_the_frame_rate(void **state)
{
    (void)state;
    struct camera coarse, fine;
    camera_init(&coarse, &start, 10.0f);
    camera_init(&fine, &start, 10.0f);
    camera_orbit(&coarse, 100.0f, 0.0f);
    camera_orbit(&fine, 100.0f, 0.0f);
    camera_update(&coarse, 0.1f);
    for (int i = 0; i < 10; i++)
        camera_update(&fine, 0.01f);
    assert_near(coarse.shown.yaw, 50.0f + 30.0f * (1.0f - expf(-1.0f)), 1e-3f);
    assert_near(fine.shown.yaw, coarse.shown.yaw, 1e-3f);
}

static void pitch_stops_before_the_poles(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    camera_orbit(&camera, 0.0f, 5000.0f);
    camera_release(&camera, 0.0f, 9000.0f);
    settle(&camera);
    assert_near(camera.shown.pitch, 87.0f, 1e-3f);
}

static void a_jerk_spins_on_a_little_only(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    camera_release(&camera, 200000.0f, 0.0f);
    settle(&camera);
    assert_near(camera.shown.yaw, 50.0f + 120.0f / 4.0f, 0.05f);
}

static void release_spins_on_and_comes_to_rest(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    camera_release(&camera, 200.0f, 0.0f);
    settle(&camera);
    /* ∫ 60°/s · e^(−4t) dt */
    assert_near(camera.shown.yaw, 50.0f + 60.0f / 4.0f, 0.05f);
    assert_near(camera.spin[0], 0.0f, 1e-3f);
}

static void a_pan_keeps_the_grabbed_point_under_the_cursor(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    float x0, y0, x, y;
    vec3 grabbed;
    glm_vec3_copy(camera.shown.target, grabbed);
    project(&camera, grabbed, &x0, &y0);
    camera_pan(&camera, 37.0f, -21.0f, (float)HEIGHT);
    settle(&camera);
    project(&camera, grabbed, &x, &y);
    assert_near(x - x0, 37.0f, 0.05f);
    assert_near(y - y0, -21.0f, 0.05f);
}

static void zoom_keeps_the_point_under_the_cursor(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    /* A point at the target's depth, 200 px right of and 80 px above the middle. */
    struct camera aside = camera;
    camera_pan(&aside, -200.0f, 80.0f, (float)HEIGHT);
    vec3 point;
    glm_vec3_copy(aside.goal.target, point);
    float x0, y0, x, y;
    project(&camera, point, &x0, &y0);
    assert_near(x0, 470.0f + 200.0f, 0.05f);
    camera_zoom(&camera, 3.0f, 200.0f, -80.0f, (float)HEIGHT);
    settle(&camera);
    project(&camera, point, &x, &y);
    assert_near(x, x0, 0.05f);
    assert_near(y, y0, 0.05f);
    assert_near(camera.shown.distance, 30.0f * 0.88f * 0.88f * 0.88f, 1e-3f);
}

static void zoom_stays_in_bounds(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    camera_zoom(&camera, 1000.0f, 0.0f, 0.0f, (float)HEIGHT);
    assert_true(camera.goal.distance > 0.0f);
    camera_zoom(&camera, -1000.0f, 0.0f, 0.0f, (float)HEIGHT);
    assert_true(camera.goal.distance <= 200.0f);
}

static void a_flight_arrives_and_input_interrupts_it(void **state)
{
    (void)state;
    struct camera camera;
    camera_init(&camera, &start, 10.0f);
    struct camera_pose to = start;
    to.yaw = 50.0f + 350.0f;
    to.distance = 10.0f;
    camera_fly_to(&camera, &to, 0.9f);
    camera_update(&camera, 0.45f);
    /* The short way: 10° down, half of it. */
    assert_near(camera.shown.yaw, 45.0f, 0.01f);
    assert_near(camera.shown.distance, sqrtf(300.0f), 0.01f);
    struct camera interrupted = camera;
    camera_update(&camera, 0.5f);
    assert_near(camera.shown.distance, 10.0f, 1e-3f);
    camera_orbit(&interrupted, 1.0f, 0.0f);
    settle(&interrupted);
    assert_near(interrupted.shown.distance, sqrtf(300.0f), 0.05f);
}

static void a_fit_touches_the_free_view_and_stays_inside(void **state)
{
    (void)state;
    vec3 corners[8];
    for (int i = 0; i < 8; i++) {
        corners[i][0] = (i & 1) ? 12.0f : -12.0f;
        corners[i][1] = (i & 2) ? 3.0f : -5.0f;
        corners[i][2] = (i & 4) ? 2.5f : -2.5f;
    }
    for (int k = 0; k < 5; k++) {
        const float yaw = -170.0f + 80.0f * (float)k, pitch = -80.0f + 40.0f * (float)k;
        const struct camera_pose pose =
            camera_fit((const vec3 *)corners, 8, yaw, pitch, 22.0f + 10.0f * (float)k, &free_view, HEIGHT);
        struct camera camera;
        camera_init(&camera, &pose, 14.0f);
        float left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
        for (int i = 0; i < 8; i++) {
            float x, y;
            project(&camera, corners[i], &x, &y);
            left = fminf(left, x);
            right = fmaxf(right, x);
            top = fminf(top, y);
            bottom = fmaxf(bottom, y);
        }
        assert_true(left >= free_view.x - 0.1f && right <= free_view.x + free_view.width + 0.1f);
        assert_true(top >= free_view.y - 0.1f && bottom <= free_view.y + free_view.height + 0.1f);
        const bool fills_width = right - left > free_view.width - 0.5f;
        const bool fills_height = bottom - top > free_view.height - 0.5f;
        assert_true(fills_width || fills_height);
    }
}

static void presets_have_names(void **state)
{
    (void)state;
    enum camera_preset preset;
    assert_true(camera_preset_from_name("film", &preset));
    assert_int_equal(preset, CAMERA_FILM);
    assert_false(camera_preset_from_name("sideways", &preset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_falls_on_the_middle_of_the_free_view),
        cmocka_unit_test(data_flows_to_the_right_and_nothing_is_mirrored),
        cmocka_unit_test(depth_is_reversed),
        cmocka_unit_test(damping_does_not_depend_on_the_frame_rate),
        cmocka_unit_test(pitch_stops_before_the_poles),
        cmocka_unit_test(a_jerk_spins_on_a_little_only),
        cmocka_unit_test(release_spins_on_and_comes_to_rest),
        cmocka_unit_test(a_pan_keeps_the_grabbed_point_under_the_cursor),
        cmocka_unit_test(zoom_keeps_the_point_under_the_cursor),
        cmocka_unit_test(zoom_stays_in_bounds),
        cmocka_unit_test(a_flight_arrives_and_input_interrupts_it),
        cmocka_unit_test(a_fit_touches_the_free_view_and_stays_inside),
        cmocka_unit_test(presets_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
