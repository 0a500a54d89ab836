/* Stacks of feature maps, rows of layers, and what a renderer cannot reach. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cglm/cglm.h>

#include "specimen.h"
#include "view/camera.h"
#include "view/label_layout.h"
#include "view/layout.h"
#include "view/pick.h"
#include "view/scene.h"

struct world {
    struct network *network;
    struct snapshot_layout layout;
    struct scene scene;
};

static void world_init(struct world *world, const char *layers, int classes)
{
    world->network = specimen_network(layers, classes);
    snapshot_layout_init(&world->layout, world->network);
    scene_init(&world->scene, world->network, &world->layout);
}

static void world_deinit(struct world *world)
{
    scene_deinit(&world->scene);
    snapshot_layout_deinit(&world->layout);
    network_destroy(world->network);
}

static const char conv_layers[] =
    SPECIMEN_CONV("few", 16) SPECIMEN_CONV("some", 20) SPECIMEN_CONV("many", 100) SPECIMEN_FLATTEN;
enum { FEW = 1, SOME = 2, MANY = 3, MAP = 28 * 28 };

static void assert_near(float a, float b, float tolerance)
{
    if (!(fabsf(a - b) <= tolerance))
        fail_msg("%g is not within %g of %g", (double)a, (double)tolerance, (double)b);
}

static void many_maps_stand_one_behind_the_other(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, conv_layers, 10);
    const struct plate *some = &world.scene.plates[SOME], *many = &world.scene.plates[MANY];
    assert_int_equal(world.scene.plates[FEW].planes, 0);
    assert_int_equal(some->planes, 20);
    assert_int_equal(many->planes, PLATE_MAX_PLANES);
    assert_near(some->pitch, 1.6f / 20.0f, 1e-6f);
    assert_near(many->pitch, 0.03f, 1e-6f);
    vec3 first, third;
    plate_value_position(some, 100, first);
    plate_value_position(some, 2 * MAP + 100, third);
    assert_near(third[0] - first[0], 2.0f * some->pitch, 1e-4f);
    assert_near(third[1], first[1], 1e-4f);
    assert_near(third[2], first[2], 1e-4f);
    world_deinit(&world);
}

static void unfolded_they_are_side_by_side(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, conv_layers, 10);
    scene_arrange(&world.scene, &(struct scene_form){.unfold = 1.0f});
    const struct plate *many = &world.scene.plates[MANY];
    assert_int_equal(many->planes, 0);
    vec3 first, last;
    plate_value_position(many, 0, first);
    plate_value_position(many, 99 * MAP, last);
    assert_near(first[0], last[0], 1e-4f);
    assert_true(glm_vec3_distance(first, last) > many->height);
    world_deinit(&world);
}

static void one_stack_opens_alone(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, conv_layers, 10);
    struct scene_form form = {0};
    form.opened[1].plate = MANY;
    form.opened[1].unfold = 1.0f;
    scene_arrange(&world.scene, &form);
    for (int i = 0; i < world.scene.plate_count; i++) {
        const struct plate *plate = &world.scene.plates[i];
        if (plate->pitch > 0.0f)
            assert_float_equal(plate->fold, i == MANY ? 0.0f : 1.0f, 0.0f);
    }
    assert_int_equal(world.scene.plates[MANY].planes, 0);
    world_deinit(&world);
}

static void planes_move_without_a_jump(void **state)
{
    (void)state;
    enum { FRAMES = 60, VALUES = 7 };
    struct world world;
    world_init(&world, conv_layers, 10);
    const struct plate *many = &world.scene.plates[MANY];
    vec3 before[VALUES], now;
    for (int frame = 0; frame <= FRAMES; frame++) {
        scene_arrange(&world.scene, &(struct scene_form){.unfold = (float)frame / (float)FRAMES});
        for (int i = 0; i < VALUES; i++) {
            plate_value_position(many, (size_t)(i * 14 * MAP), now);
            if (frame > 0)
                assert_true(glm_vec3_distance(now, before[i]) < 30.0f / (float)FRAMES);
            glm_vec3_copy(now, before[i]);
        }
    }
    world_deinit(&world);
}

static void check_pick(const struct scene *scene, int plate, int value)
{
    vec3 at, to_front, back;
    plate_value_position(&scene->plates[plate], (size_t)value, at);
    plate_back(&scene->plates[plate], back);
    glm_vec3_negate_to(back, to_front);
    glm_vec3_scale_as(to_front, 20.0f, to_front);
    struct ray ray;
    glm_vec3_add(at, to_front, ray.eye);
    ray.eye[1] += 0.3f;
    glm_vec3_sub(at, ray.eye, ray.direction);
    struct scene alone = *scene;
    alone.plates = &scene->plates[plate];
    alone.plate_count = 1;
    alone.twin_count = 0;
    struct display_cell cell;
    assert_true(pick_cell(&alone, &ray, &cell));
    assert_int_equal(cell.value, value);
}

static void the_mouse_finds_values_of_planes(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, conv_layers, 10);
    for (int turn = 0; turn <= 1; turn++)
        for (int step = 0; step <= 4; step++) {
            scene_arrange(&world.scene,
                          &(struct scene_form){.turn = (float)turn, .unfold = 0.25f * (float)step});
            check_pick(&world.scene, SOME, 0);
            check_pick(&world.scene, SOME, 5 * 28 + 17);
            check_pick(&world.scene, MANY, 27 * 28 + 3);
        }
    scene_arrange(&world.scene, &(struct scene_form){.unfold = 1.0f});
    check_pick(&world.scene, MANY, 99 * MAP + 200);
    world_deinit(&world);
}

static void from_behind_the_last_plane_is_seen(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, conv_layers, 10);
    const struct plate *some = &world.scene.plates[SOME];
    vec3 at;
    plate_value_position(some, 19 * MAP + 10 * 28 + 4, at);
    struct ray ray = {.eye = {at[0] + 1.0f, at[1], at[2]}, .direction = {-1.0f, 0.0f, 0.0f}};
    struct display_cell cell;
    assert_true(pick_cell(&world.scene, &ray, &cell));
    /* The same place, with the picture the other way round. */
    assert_int_equal(cell.plate, SOME);
    assert_int_equal(cell.value, 19 * MAP + 10 * 28 + 23);
    struct pane pane;
    plate_pane(some, ray.eye, &pane);
    assert_int_equal(pane.side, SIDE_GRADIENTS);
    assert_near(glm_vec3_norm(pane.right), some->width, 1e-4f);
    world_deinit(&world);
}

#define CONVS(name)                                                                                          \
    SPECIMEN_CONV(name "0", 4)                                                                               \
    SPECIMEN_CONV(name "1", 4)                                                                               \
    SPECIMEN_CONV(name "2", 4)                                                                               \
    SPECIMEN_CONV(name "3", 4) SPECIMEN_CONV(name "4", 4) SPECIMEN_CONV(name "5", 4)

static void a_long_network_stands_in_rows(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, CONVS("a") CONVS("b") CONVS("c") CONVS("d") CONVS("e") SPECIMEN_FLATTEN, 10);
    const struct scene *scene = &world.scene;
    assert_true(scene->row_count > 1);
    for (int i = 1; i < scene->activation_count; i++) {
        const struct plate *before = &scene->plates[i - 1], *plate = &scene->plates[i];
        if (plate->row == before->row) {
            assert_true(plate->origin[0] > before->origin[0]);
        } else {
            assert_int_equal(plate->row, before->row + 1);
            assert_true(plate->origin[0] < before->origin[0]);
            assert_true(plate->origin[1] < before->origin[1] - before->height);
        }
    }
    /* Weights hang between their row and the next. */
    for (int i = scene->activation_count; i < scene->plate_count; i++) {
        const struct plate *weights = &scene->plates[i];
        for (int k = 0; k < scene->activation_count; k++) {
            const struct plate *plate = &scene->plates[k];
            if (plate->row <= weights->row)
                assert_true(weights->origin[1] < plate->origin[1] - plate->height);
            else
                assert_true(weights->origin[1] - weights->height > plate->origin[1]);
        }
    }
    world_deinit(&world);
}

static void a_matrix_of_any_shape_can_be_seen(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 10) SPECIMEN_DENSE("b", 100000), 10);
    for (int i = world.scene.activation_count; i < world.scene.plate_count; i++) {
        assert_true(world.scene.plates[i].width >= 0.299f);
        assert_true(world.scene.plates[i].height >= 1.099f);
    }
    world_deinit(&world);
}

static void gradients_out_of_reach_are_not_shown(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 100), 10);
    struct error err = {0};
    int missing = -1;
    const size_t floats = world.layout.size / sizeof(float);
    assert_true(scene_limit(&world.scene, &world.layout, floats, &missing, &err));
    assert_int_equal(missing, 0);
    assert_true(scene_limit(&world.scene, &world.layout, floats - 50000, &missing, &err));
    assert_true(missing > 0);
    scene_arrange(&world.scene, &(struct scene_form){.turn = 1.0f});
    int turned = 0;
    for (int i = 0; i < world.scene.plate_count; i++)
        turned += world.scene.plates[i].front == SIDE_GRADIENTS;
    assert_int_equal(turned, world.scene.plate_count - missing);
    assert_false(scene_limit(&world.scene, &world.layout, 1000, &missing, &err));
    assert_non_null(strstr(err.message, "1000 values"));
    world_deinit(&world);
}

static void of_many_classes_the_ten_likeliest_are_listed(void **state)
{
    (void)state;
    enum { CLASSES = 47, WIDTH = 1280, HEIGHT = 720 };
    struct world world;
    world_init(&world, SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 30), CLASSES);
    struct snapshot_info info = {.output_count = CLASSES, .probe_label = 31};
    for (int i = 0; i < CLASSES; i++)
        info.output[i] = 0.001f * (float)((i * 19) % CLASSES);
    float *scales = test_calloc((size_t)world.scene.plate_count * SIDE_COUNT, sizeof *scales);
    struct layout layout;
    layout_compute(&layout, WIDTH, HEIGHT, HUD_NONE);
    const struct camera_pose pose = camera_fit((const vec3 *)world.scene.extent, world.scene.extent_count,
                                               50.0f, 9.0f, 22.0f, &(struct rect){50, 60, 1000, 600}, HEIGHT);
    struct camera camera;
    camera_init(&camera, &pose, world.scene.radius);
    mat4 view, projection, inverse;
    camera_matrices(&camera, WIDTH, HEIGHT, &(struct rect){50, 60, 1000, 600}, view, projection);
    struct label_source source = {.scene = &world.scene,
                                  .info = &info,
                                  .scales = scales,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .pixel_scale = 1.0f,
                                  .layout = &layout};
    glm_mat4_mul(projection, view, source.view_projection);
    glm_mat4_inv(view, inverse);
    glm_vec3_copy(inverse[3], source.eye);
    struct label labels[LABEL_CAPACITY];
    const int count = label_layout(&source, labels);
    int ranked = 0;
    float above = -INFINITY;
    double last = INFINITY;
    for (int i = 0; i < count; i++) {
        if (labels[i].style != LABEL_CLASS)
            continue;
        int class;
        double percent;
        assert_int_equal(sscanf(labels[i].text, "%d %lf", &class, &percent), 2);
        assert_true(fabs(percent - 100.0 * (double)info.output[class]) < 0.06);
        assert_true(percent <= last && labels[i].y > above);
        assert_int_equal(labels[i].outlined, class == info.probe_label);
        last = percent;
        above = labels[i].y;
        ranked++;
    }
    assert_int_equal(ranked, 10);
    test_free(scales);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_maps_stand_one_behind_the_other),
        cmocka_unit_test(unfolded_they_are_side_by_side),
        cmocka_unit_test(one_stack_opens_alone),
        cmocka_unit_test(planes_move_without_a_jump),
        cmocka_unit_test(the_mouse_finds_values_of_planes),
        cmocka_unit_test(from_behind_the_last_plane_is_seen),
        cmocka_unit_test(a_long_network_stands_in_rows),
        cmocka_unit_test(a_matrix_of_any_shape_can_be_seen),
        cmocka_unit_test(gradients_out_of_reach_are_not_shown),
        cmocka_unit_test(of_many_classes_the_ten_likeliest_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
