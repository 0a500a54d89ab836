/* The scene's geometry: sizes, places, and that nothing covers anything in the default view. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cglm/cglm.h>

#include "specimen.h"
#include "view/camera.h"
#include "view/scene.h"

enum { WIDTH = 1280, HEIGHT = 720 };

struct world {
    struct specimen specimen;
    struct scene scene;
};

static void world_init(struct world *world, const char *name)
{
    specimen_init(&world->specimen, name);
    scene_init(&world->scene, world->specimen.network, &world->specimen.layout);
}

static void world_deinit(struct world *world)
{
    scene_deinit(&world->scene);
    specimen_deinit(&world->specimen);
}

static const struct plate *find(const struct scene *scene, const char *title)
{
    for (int i = 0; i < scene->plate_count; i++)
        if (strcmp(scene->plates[i].title, title) == 0)
            return &scene->plates[i];
    fail_msg("no plate '%s'", title);
    return NULL;
}

static float width_of(const struct plate *plate) { return glm_vec3_norm((float *)plate->right); }
static float height_of(const struct plate *plate) { return glm_vec3_norm((float *)plate->down); }

static void assert_near(float a, float b, float tolerance)
{
    if (!(fabsf(a - b) <= tolerance))
        fail_msg("%g is not within %g of %g", (double)a, (double)tolerance, (double)b);
}

static void lenet_has_its_proportions(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const struct scene *scene = &world.scene;
    assert_near(width_of(find(scene, "input")), 3.7f, 0.01f);
    const struct plate *conv1 = find(scene, "conv1");
    assert_int_equal(conv1->tile_columns, 2);
    assert_int_equal(conv1->tile_rows, 3);
    assert_near(width_of(conv1), 1.62f * 2.1f, 0.02f);
    assert_near(width_of(find(scene, "pool1")), 1.22f * 2.1f, 0.1f);
    const struct plate *conv2 = find(scene, "conv2");
    assert_int_equal(conv2->tile_columns, 4);
    assert_int_equal(conv2->tile_rows, 4);
    assert_near(width_of(conv2), 1.1f * 4.3f, 0.1f);
    assert_near(width_of(find(scene, "pool2")), 0.86f * 4.3f, 0.05f);
    const struct plate *dense1 = find(scene, "dense1");
    assert_int_equal(dense1->tile_width, 8);
    assert_int_equal(dense1->tile_height, 15);
    assert_near(width_of(dense1), 8 * 0.255f, 0.01f);
    const struct plate *dense2 = find(scene, "dense2");
    assert_int_equal(dense2->tile_width, 7);
    assert_int_equal(dense2->tile_height, 12);
    const struct plate *output = find(scene, "output");
    assert_int_equal(output->kind, PLATE_OUTPUT);
    vec3 first, second;
    plate_value_position(output, 0, first);
    plate_value_position(output, 1, second);
    assert_near(first[1] - second[1], 0.46f, 0.001f);
    assert_string_equal(conv1->shape, "6×28×28");
    world_deinit(&world);
}

static void values_lie_where_the_picture_shows_them(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const struct plate *conv1 = find(&world.scene, "conv1");
    vec3 position;
    /* Map 3 is the right one of the second row; its value (27, 0) the lower left corner. */
    plate_value_position(conv1, 3 * 784 + 27 * 28, position);
    const float tile = width_of(conv1) / 2.1f, texel = tile / 28.0f;
    assert_near(position[2], conv1->origin[2] + 1.1f * tile + 0.5f * texel, 1e-4f);
    assert_near(position[1], conv1->origin[1] - 1.1f * tile - 27.5f * texel, 1e-4f);
    assert_near(position[0], conv1->origin[0], 1e-4f);
    /* Kernels of conv2: columns are outputs, rows inputs. */
    const struct plate *kernels = find(&world.scene, "conv2 kernels");
    assert_int_equal(kernels->tile_columns, 16);
    assert_int_equal(kernels->tile_rows, 6);
    vec3 other;
    plate_value_position(kernels, (2 * 6 + 4) * 25, position); /* output 2, input 4 */
    plate_value_position(kernels, (2 * 6 + 0) * 25, other);
    assert_near(position[0], other[0], 1e-4f);
    assert_true(position[1] < other[1]);
    /* Dense weights: columns are inputs. */
    const struct plate *weights = find(&world.scene, "dense1 weights");
    assert_int_equal(weights->tile_width, 400);
    assert_int_equal(weights->tile_height, 120);
    world_deinit(&world);
}

static void plates_face_the_default_view_unmirrored(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    for (int i = 0; i < world.scene.plate_count; i++) {
        const struct plate *plate = &world.scene.plates[i];
        vec3 corners[8], back;
        plate_corners(plate, corners);
        glm_vec3_sub(corners[4], corners[0], back);
        if (plate->kind == PLATE_WEIGHT) {
            assert_true(plate->right[0] > 0.0f && back[2] < 0.0f);
        } else {
            assert_true(plate->right[2] > 0.0f && back[0] > 0.0f);
        }
        assert_true(plate->down[1] < 0.0f);
    }
    world_deinit(&world);
}

struct outline {
    vec2 points[8];
};

/* Whether a line along an edge of `a` parts the convex hulls of both; the points are those of slabs. */
static bool parted(const struct outline *a, const struct outline *b)
{
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            vec2 edge;
            glm_vec2_sub((float *)a->points[j], (float *)a->points[i], edge);
            vec2 normal = {-edge[1], edge[0]};
            if (glm_vec2_norm(normal) < 1e-6f)
                continue;
            float a_max = -INFINITY, b_min = INFINITY;
            for (int k = 0; k < 8; k++) {
                a_max = fmaxf(a_max, glm_vec2_dot(normal, (float *)a->points[k]));
                b_min = fminf(b_min, glm_vec2_dot(normal, (float *)b->points[k]));
            }
            if (a_max <= b_min)
                return true;
        }
    return false;
}

static void check_no_overlap(struct scene *scene, struct scene_form form)
{
    scene_arrange(scene, &form);
    const struct rect free_view = {10.0f, 100.0f, 860.0f, 440.0f};
    const struct camera_pose pose =
        camera_fit((const vec3 *)scene->extent, scene->extent_count, 50.0f, 9.0f, 22.0f, &free_view, HEIGHT);
    struct camera camera;
    camera_init(&camera, &pose, scene->radius);
    mat4 view, projection, both;
    camera_matrices(&camera, WIDTH, HEIGHT, &free_view, view, projection);
    glm_mat4_mul(projection, view, both);
    struct outline outlines[512];
    const int count = scene->plate_count + scene->twin_count;
    float last_x = -INFINITY;
    for (int i = 0; i < count; i++) {
        vec3 corners[8];
        plate_corners(scene_slab(scene, i), corners);
        float middle_x = 0.0f;
        for (int k = 0; k < 8; k++) {
            vec4 clip;
            glm_mat4_mulv(both, (vec4){corners[k][0], corners[k][1], corners[k][2], 1.0f}, clip);
            outlines[i].points[k][0] = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)WIDTH;
            outlines[i].points[k][1] = (0.5f - clip[1] / clip[3] * 0.5f) * (float)HEIGHT;
            middle_x += outlines[i].points[k][0] / 8.0f;
        }
        if (i < scene->activation_count && scene->row_count == 1 && scene->graph.branch_count == 1) {
            assert_true(middle_x > last_x);
            last_x = middle_x;
        }
    }
    for (int i = 0; i < count; i++)
        for (int j = i + 1; j < count; j++)
            if (!parted(&outlines[i], &outlines[j]) && !parted(&outlines[j], &outlines[i]))
                fail_msg("%s: '%s' and '%s' overlap in the default view (turn %g, stack %g, unfold %g)",
                         scene->network->name, scene_slab(scene, i)->title, scene_slab(scene, j)->title,
                         (double)form.turn, (double)form.stack, (double)form.unfold);
}

static void nothing_overlaps_in_the_default_view(void **state)
{
    (void)state;
    static const char *const names[] = {"lenet5", "mlp", "norms", "resnet", "densenet"};
    static const struct scene_form forms[] = {{0}, {.turn = 1.0f}, {.stack = 1.0f}, {.unfold = 1.0f}};
    for (int n = 0; n < 5; n++) {
        struct world world;
        world_init(&world, names[n]);
        for (int i = 0; i < 4; i++)
            check_no_overlap(&world.scene, forms[i]);
        world_deinit(&world);
    }
}

static void nothing_overlaps_in_networks_of_many_sizes(void **state)
{
    (void)state;
    static const char *const layers[] = {
        SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 10),
        SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 1000) SPECIMEN_DENSE("b", 4096) SPECIMEN_DENSE("c", 10),
        SPECIMEN_FLATTEN SPECIMEN_DENSE("a", 100000),
        SPECIMEN_CONV("a", 1) SPECIMEN_CONV("b", 128) SPECIMEN_FLATTEN SPECIMEN_DENSE("c", 100),
        SPECIMEN_CONV("a", 32) SPECIMEN_POOL("b") SPECIMEN_CONV("c", 64) SPECIMEN_POOL("d")
            SPECIMEN_FLATTEN SPECIMEN_DENSE("e", 128),
        SPECIMEN_CONV("a", 16) SPECIMEN_POOL("b") SPECIMEN_CONV("c", 512) SPECIMEN_FLATTEN};
    static const struct scene_form forms[] = {{0}, {.turn = 1.0f}, {.unfold = 1.0f}};
    for (size_t n = 0; n < sizeof layers / sizeof layers[0]; n++) {
        struct network *network = specimen_network(layers[n], 10);
        struct snapshot_layout layout;
        snapshot_layout_init(&layout, network);
        struct scene scene;
        scene_init(&scene, network, &layout);
        for (int i = 0; i < 3; i++)
            check_no_overlap(&scene, forms[i]);
        scene_deinit(&scene);
        snapshot_layout_deinit(&layout);
        network_destroy(network);
    }
}

static void assert_same_place(const struct plate *a, const struct plate *b)
{
    for (int i = 0; i < 3; i++) {
        assert_near(a->origin[i], b->origin[i], 1e-5f);
        assert_near(a->right[i], b->right[i], 1e-5f);
        assert_near(a->down[i], b->down[i], 1e-5f);
    }
}

static void turned_plates_stand_where_they_stood(void **state)
{
    (void)state;
    struct world world, turned;
    world_init(&world, "lenet5");
    world_init(&turned, "lenet5");
    const vec3 eye = {-20.0f, 5.0f, 15.0f};
    scene_arrange(&turned.scene, &(struct scene_form){.turn = 1.0f});
    for (int i = 0; i < world.scene.plate_count; i++) {
        assert_same_place(&world.scene.plates[i], &turned.scene.plates[i]);
        assert_true(scene_shows(&world.scene, i, SIDE_VALUES, eye));
        assert_false(scene_shows(&world.scene, i, SIDE_GRADIENTS, eye));
        assert_true(scene_shows(&turned.scene, i, SIDE_GRADIENTS, eye));
        assert_false(scene_shows(&turned.scene, i, SIDE_VALUES, eye));
    }
    world_deinit(&world);
    world_deinit(&turned);
}

/* The slab's eight corners on the way, as points that each stay with the slab. */
static void body_corners(const struct plate *plate, vec3 corners[8])
{
    plate_corners(plate, corners);
    if (plate->front == SIDE_VALUES)
        return;
    /* Its front is the body's back: corner 0 (top left) is the body's 5 (top right of the back). */
    static const int body[8] = {5, 4, 7, 6, 1, 0, 3, 2};
    vec3 front[8];
    memcpy(front, corners, sizeof front);
    for (int i = 0; i < 8; i++)
        glm_vec3_copy(front[i], corners[body[i]]);
}

static void plates_turn_without_a_jump(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    enum { FRAMES = 40 };
    vec3 first[8] = {{0}}, before[8] = {{0}}, now[8];
    for (int p = 0; p < world.scene.plate_count; p++) {
        const struct plate *plate = &world.scene.plates[p];
        for (int frame = 0; frame <= FRAMES; frame++) {
            scene_arrange(&world.scene, &(struct scene_form){.turn = (float)frame / (float)FRAMES});
            body_corners(plate, now);
            const float reach = 0.5f * width_of(plate) + plate->border + plate->depth;
            for (int i = 0; frame > 0 && i < 8; i++)
                assert_true(glm_vec3_distance(now[i], before[i]) < 1.1f * reach * GLM_PIf / (float)FRAMES);
            memcpy(before, now, sizeof before);
            if (frame == 0)
                memcpy(first, now, sizeof first);
        }
        /* Half a turn: the front's right edge is where the back's left one was. */
        assert_true(glm_vec3_distance(now[1], first[4]) < 1e-4f);
        assert_true(glm_vec3_distance(now[3], first[6]) < 1e-4f);
    }
    world_deinit(&world);
}

static void gradients_stand_above_activations_and_below_weights(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    assert_int_equal(world.scene.twin_count, 0);
    scene_arrange(&world.scene, &(struct scene_form){.stack = 1.0f});
    assert_int_equal(world.scene.twin_count, world.scene.plate_count);
    for (int i = 0; i < world.scene.plate_count; i++) {
        const struct plate *plate = &world.scene.plates[i], *twin = &world.scene.twins[i];
        assert_int_equal(plate->front, SIDE_VALUES);
        assert_int_equal(twin->front, SIDE_GRADIENTS);
        assert_near(twin->origin[0], plate->origin[0], 1e-5f);
        assert_near(twin->origin[2], plate->origin[2], 1e-5f);
        const float room = plate->height + 2.0f * plate->border;
        const float way = twin->origin[1] - plate->origin[1];
        assert_true(plate->kind == PLATE_WEIGHT ? way < -room : way > room);
    }
    world_deinit(&world);
}

static void a_slab_from_behind_shows_its_other_side_unmirrored(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const struct plate *pool1 = find(&world.scene, "pool1");
    vec3 eye = {30.0f, 4.0f, -6.0f}, direction, at, right, to_eye;
    struct pane pane;
    plate_pane(pool1, eye, &pane);
    assert_int_equal(pane.side, SIDE_GRADIENTS);
    glm_vec3_cross(pane.down, pane.right, right); /* toward whom the picture faces */
    glm_vec3_sub(eye, pane.origin, to_eye);
    assert_true(glm_vec3_dot(right, to_eye) > 0.0f);
    glm_vec3_copy(pane.origin, at);
    glm_vec3_muladds(pane.right, 0.3f, at);
    glm_vec3_muladds(pane.down, 0.8f, at);
    glm_vec3_sub(at, eye, direction);
    double u, v;
    assert_near(plate_hit(pool1, eye, direction, &u, &v), 1.0f, 1e-4f);
    assert_near((float)u, 0.3f, 1e-4f);
    assert_near((float)v, 0.8f, 1e-4f);
    world_deinit(&world);
}

static void any_number_of_neurons_has_a_sensible_size(void **state)
{
    (void)state;
    static const int counts[] = {1, 10, 16, 17, 100, 101, 1000, 9973, 65536};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char json[512];
        snprintf(
            json, sizeof json,
            "{\"name\": \"n\", \"loss\": \"categorical_crossentropy\", \"layers\": ["
            "{\"class_name\": \"Flatten\", \"config\": {\"name\": \"flatten\"}},"
            "{\"class_name\": \"Dense\", \"config\": {\"name\": \"hidden\", \"units\": %d, \"activation\": "
            "\"relu\"}},"
            "{\"class_name\": \"Dense\", \"config\": {\"name\": \"output\", \"units\": null, "
            "\"activation\": \"softmax\"}}]}",
            counts[i]);
        struct error err = {0};
        struct network *network = network_parse(json, "test", (struct shape){1, 4, 4}, 10, &err);
        if (!network)
            fail_msg("%s", err.message);
        struct snapshot_layout layout;
        snapshot_layout_init(&layout, network);
        struct scene scene;
        scene_init(&scene, network, &layout);
        const struct plate *plate = find(&scene, "hidden");
        const float side = fmaxf(width_of(plate), height_of(plate));
        assert_true(side >= 0.599f && side <= 8.001f);
        assert_true(plate->tiles * plate->tile_width * plate->tile_height >= counts[i]);
        vec3 last;
        plate_value_position(plate, (size_t)counts[i] - 1, last);
        assert_true(last[1] >= plate->origin[1] + plate->down[1] - 1e-4f);
        assert_true(last[2] <= plate->origin[2] + plate->right[2] + 1e-4f);
        scene_deinit(&scene);
        snapshot_layout_deinit(&layout);
        network_destroy(network);
    }
}

static void a_ray_meets_the_plate_it_aims_at(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, "lenet5");
    const struct plate *pool1 = find(&world.scene, "pool1");
    vec3 at, eye = {-20.0f, 5.0f, 15.0f}, direction;
    plate_value_position(pool1, 700, at);
    glm_vec3_sub(at, eye, direction);
    double u, v;
    assert_near(plate_hit(pool1, eye, direction, &u, &v), 1.0f, 1e-4f);
    glm_vec3_negate(direction);
    assert_true(isinf(plate_hit(pool1, eye, direction, &u, &v)));
    assert_int_equal(scene_find_activation(&world.scene, world.specimen.network,
                                           network_find_layer(world.specimen.network, "flatten")),
                     scene_find_activation(&world.scene, world.specimen.network,
                                           network_find_layer(world.specimen.network, "pool2")));
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lenet_has_its_proportions),
        cmocka_unit_test(values_lie_where_the_picture_shows_them),
        cmocka_unit_test(plates_face_the_default_view_unmirrored),
        cmocka_unit_test(nothing_overlaps_in_the_default_view),
        cmocka_unit_test(nothing_overlaps_in_networks_of_many_sizes),
        cmocka_unit_test(turned_plates_stand_where_they_stood),
        cmocka_unit_test(plates_turn_without_a_jump),
        cmocka_unit_test(gradients_stand_above_activations_and_below_weights),
        cmocka_unit_test(a_slab_from_behind_shows_its_other_side_unmirrored),
        cmocka_unit_test(any_number_of_neurons_has_a_sensible_size),
        cmocka_unit_test(a_ray_meets_the_plate_it_aims_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
