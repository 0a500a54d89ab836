/* What the camera frames, in numbers, without a picture: a view that knows its window, its scene and its
 * camera. */
#include "test.h"

#include <cglm/cglm.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "specimen.h"
#include "view/view_private.h"

static const char *const models[] = {"lenet5", "resnet", "mlp", "densenet", "cnn32"};
enum { MODELS = sizeof models / sizeof models[0] };

static const int sizes[][2] = {{1920, 1080}, {1280, 720}, {3840, 2160}, {1000, 1000}, {800, 600}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

struct world {
    struct specimen specimen;
    struct view *view;
};

static void world_init(struct world *world, const char *model, int width, int height)
{
    specimen_init(&world->specimen, model);
    struct view *view = world->view = ls_calloc_aligned(1, sizeof *view);
    const struct snapshot_layout *layout = &world->specimen.layout;
    view->desc.network = world->specimen.network;
    view->desc.data = &world->specimen.data;
    view->hud_mode = HUD_FULL;
    view->focused_layer = view->focused_plate = -1;
    display_init(&view->display);
    scene_init(&view->scene, view->desc.network, layout);
    scene_init(&view->goal, view->desc.network, layout);
    view_arrange(view);
    view->stage_count = stages_find(&view->scene, view->desc.network, view->stages);
    view_update_layout(view, width, height);
}

static void world_deinit(struct world *world)
{
    scene_deinit(&world->view->scene);
    scene_deinit(&world->view->goal);
    free(world->view);
    specimen_deinit(&world->specimen);
}

/* The smallest rectangle on the screen around so many points. */
static struct rect on_screen(struct view *view, const vec3 *points, int count)
{
    const struct rect room = view_fit_room(view);
    mat4 look, projection, both;
    camera_matrices(&view->camera, view->width, view->height, &room, look, projection);
    glm_mat4_mul(projection, look, both);
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (int i = 0; i < count; i++) {
        vec4 point = {points[i][0], points[i][1], points[i][2], 1.0f}, clip;
        glm_mat4_mulv(both, point, clip);
        assert_true(clip[3] > 0.0f);
        const float x = (0.5f + 0.5f * clip[0] / clip[3]) * (float)view->width;
        const float y = (0.5f - 0.5f * clip[1] / clip[3]) * (float)view->height;
        left = fminf(left, x);
        right = fmaxf(right, x);
        top = fminf(top, y);
        bottom = fmaxf(bottom, y);
    }
    return (struct rect){left, top, right - left, bottom - top};
}

/* Its picture, that of all maps where it can be a stack. */
static struct rect picture_on_screen(struct view *view, const struct plate *plate)
{
    vec3 corners[4];
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 3; k++)
            corners[i][k] =
                plate->origin[k] + (i & 1 ? plate->right[k] : 0.0f) + (i & 2 ? plate->down[k] : 0.0f);
    return on_screen(view, (const vec3 *)corners, 4);
}

static struct rect slab_on_screen(struct view *view, const struct plate *plate)
{
    vec3 corners[8];
    plate_corners(plate, corners);
    return on_screen(view, (const vec3 *)corners, 8);
}

static bool lies_in(struct rect a, struct rect b)
{
    return a.x >= b.x - 0.5f && a.y >= b.y - 0.5f && a.x + a.width <= b.x + b.width + 0.5f &&
           a.y + a.height <= b.y + b.height + 0.5f;
}

static void check_reach(struct world *world, int p, const char *model)
{
    struct view *view = world->view;
    const struct rect free_view = view->layout.free_view;
    const struct rect seen = picture_on_screen(view, &view->goal.plates[p]);
    const float width = seen.width / free_view.width, height = seen.height / free_view.height;
    if (fmaxf(width, height) < 0.695f || fmaxf(width, height) > 0.72f)
        fail_msg("%s at %dx%d: %s reaches %.3f of the width and %.3f of the height", model, view->width,
                 view->height, view->goal.plates[p].title, (double)width, (double)height);
    if (!lies_in(seen, free_view))
        fail_msg("%s at %dx%d: %s leaves the view", model, view->width, view->height,
                 view->goal.plates[p].title);
}

/* Every layer's activations, and every sheet of weights. */
static void what_is_looked_at_fills_its_share_of_the_free_view(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        for (int s = 0; s < SIZES; s++) {
            struct world world;
            world_init(&world, models[m], sizes[s][0], sizes[s][1]);
            for (int p = 0; p < world.view->scene.plate_count; p++) {
                view_focus_plate(world.view, p, 0.0f);
                check_reach(&world, p, models[m]);
                assert_int_equal(world.view->focused_layer, world.view->scene.plates[p].layer);
            }
            world_deinit(&world);
        }
}

static void check_swing(struct world *world, const char *model)
{
    struct view *view = world->view;
    float least = INFINITY, most = -INFINITY;
    view->camera.auto_orbit = true;
    for (float t = 0.0f; t < 34.0f; t += 0.25f) {
        view_swing(view, 0.25f);
        camera_update(&view->camera, 0.25f);
        const float yaw = view->camera.shown.yaw;
        least = fminf(least, yaw);
        most = fmaxf(most, yaw);
        mat4 look, projection;
        const struct rect room = view_fit_room(view);
        camera_matrices(&view->camera, view->width, view->height, &room, look, projection);
        glm_mat4_inv(look, look);
        if (scene_shows_gradients(&view->goal, look[3]))
            fail_msg("%s at %dx%d: a back is seen at a yaw of %.0f°", model, view->width, view->height,
                     (double)yaw);
        for (int p = 0; p < view->goal.plate_count; p++)
            if (!lies_in(slab_on_screen(view, &view->goal.plates[p]), view->layout.free_view))
                fail_msg("%s at %dx%d: %s leaves the view at a yaw of %.0f°", model, view->width,
                         view->height, view->goal.plates[p].title, (double)yaw);
    }
    assert_true(least < 17.0f && most > 63.0f);
}

static void while_it_swings_nothing_leaves_the_view_or_shows_its_back(void **state)
{
    (void)state;
    for (int m = 0; m < MODELS; m++)
        for (int s = 0; s < SIZES; s += 2) {
            struct world world;
            world_init(&world, models[m], sizes[s][0], sizes[s][1]);
            check_swing(&world, models[m]);
            world_deinit(&world);
        }
}

/* From behind it comes round without a jump, and it swings on about a layer that was looked at. */
static void it_begins_where_the_camera_is(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5", 1280, 720);
    struct view *view = world.view;
    camera_orbit(&view->camera, 500.0f, 0.0f);
    for (int i = 0; i < 200; i++)
        camera_update(&view->camera, 0.05f);
    view->camera.auto_orbit = true;
    float before = view->camera.shown.yaw;
    for (int i = 0; i < 400; i++) {
        view_swing(view, 0.05f);
        camera_update(&view->camera, 0.05f);
        assert_true(fabsf(view->camera.shown.yaw - before) < 10.0f);
        before = view->camera.shown.yaw;
    }
    const float turned = before - 360.0f * roundf((before - 40.0f) / 360.0f);
    assert_true(turned > 14.0f && turned < 66.0f);

    const int plate = scene_find_activation(&view->scene, view->desc.network,
                                            network_find_layer(view->desc.network, "conv2"));
    view_focus_plate(view, plate, 0.0f);
    for (int i = 0; i < 100; i++)
        view_swing(view, 0.1f);
    assert_true(lies_in(slab_on_screen(view, &view->goal.plates[plate]), view->layout.free_view));
    /* Any input ends it. */
    camera_orbit(&view->camera, 10.0f, 0.0f);
    assert_false(view->camera.auto_orbit);
    view_swing(view, 0.1f);
    assert_false(view->swing.on);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_looked_at_fills_its_share_of_the_free_view),
        cmocka_unit_test(while_it_swings_nothing_leaves_the_view_or_shows_its_back),
        cmocka_unit_test(it_begins_where_the_camera_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
