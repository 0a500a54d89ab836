/* Which stages a network has, and when their brackets may be shown. */
#include "test.h"

#include <cglm/cglm.h>
#include <math.h>
#include <string.h>

#include "specimen.h"
#include "view/camera.h"
#include "view/stages.h"

static struct stage stages[MAX_STAGES];

static int find(const char *model, struct specimen *specimen, struct scene *scene)
{
    specimen_init(specimen, model);
    scene_init(scene, specimen->network, &specimen->layout);
    return stages_find(scene, specimen->network, stages);
}

static void names_of_lenet(void **state)
{
    (void)state;
    struct specimen specimen;
    struct scene scene;
    assert_int_equal(find("lenet5", &specimen, &scene), 4);
    static const char *const names[] = {"image", "find features", "decide", "answer"};
    int next = 0;
    for (int i = 0; i < 4; i++) {
        assert_string_equal(stages[i].name, names[i]);
        assert_int_equal(stages[i].first_plate, next);
        next = stages[i].last_plate + 1;
    }
    assert_int_equal(scene.plates[next].kind, PLATE_WEIGHT);
    scene_deinit(&scene);
    specimen_deinit(&specimen);
}

static int project(const struct scene *scene, int count, float yaw, struct rect room,
                   struct stage_bracket brackets[MAX_STAGES])
{
    const struct camera_pose pose = camera_fit((const vec3 *)scene->extent, scene->extent_count, yaw, 9.0f,
                                               22.0f, &(struct rect){100, 100, 1700, 800}, 1080);
    struct camera camera;
    mat4 view, projection, both;
    camera_init(&camera, &pose, scene->radius);
    camera_matrices(&camera, 1920, 1080, &(struct rect){100, 100, 1700, 800}, view, projection);
    glm_mat4_mul(projection, view, both);
    return stages_project(scene, stages, count, both, 1920, &room, brackets);
}

static void brackets_hold_their_plates_and_vanish_when_mixed_up(void **state)
{
    (void)state;
    struct specimen specimen;
    struct scene scene;
    struct stage_bracket brackets[MAX_STAGES];
    const struct rect window = {0, 0, 1920, 1080};
    const int count = find("mlp", &specimen, &scene);
    assert_int_equal(count, 3);
    assert_int_equal(project(&scene, count, 50.0f, window, brackets), 3);
    for (int i = 0; i < 3; i++) {
        assert_true(brackets[i].left < brackets[i].right);
        if (i > 0)
            assert_true(brackets[i - 1].right <= brackets[i].left);
    }
    /* From behind the data flows to the left; along the axis the plates cover each other. */
    assert_int_equal(project(&scene, count, -130.0f, window, brackets), 0);
    assert_int_equal(project(&scene, count, 5.0f, window, brackets), 0);
    assert_int_equal(project(&scene, count, 50.0f, (struct rect){0, 0, 900, 1080}, brackets), 0);
    scene_deinit(&scene);
    specimen_deinit(&specimen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_lenet),
        cmocka_unit_test(brackets_hold_their_plates_and_vanish_when_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
