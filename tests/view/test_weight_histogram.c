/* The compute shader's histograms against counting on the CPU, and the view that asks for them. */
#include "test.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "gl/debug.h"
#include "gl/texture.h"
#include "picture.h"
#include "view/arena.h"
#include "view/pass_weight_histogram.h"

static struct gl_context *context;

/* Values of all kinds in one region, the drawn weights in the others. */
static void plant(struct specimen *specimen)
{
    float *kernels = specimen_region(specimen, REGION_PARAMETER, "conv1", 0);
    const float planted[] = {0.0f,        -0.0f,    0.00390625f, -0.00390625f, 0.0039062498f,
                             0.25f,       -0.25f,   255.99f,     256.0f,       -1.0e30f,
                             NAN,         INFINITY, 1.0e-42f,    0.999999f,    1.0f,
                             -0.4999999f, 0.5f,     -1.0e-5f,    -0.0002f,     3.0f};
    memcpy(kernels, planted, sizeof planted);
}

static void counts_equal_those_of_the_cpu(void **state)
{
    (void)state;
    struct specimen specimen;
    specimen_init(&specimen, "lenet5");
    plant(&specimen);
    struct scene scene;
    struct error err = {0};
    scene_init(&scene, specimen.network, &specimen.layout);
    struct arena *arena = arena_create(&specimen.layout, NULL, &err);
    assert_non_null(arena);
    specimen_publish(&specimen, arena_publisher(arena));
    assert_true(arena_update(arena, false));
    GLuint slot =
        gl_texture_buffer_create(arena_buffer(arena, arena_shown(arena)), GL_R32F, 0, specimen.layout.size);
    struct pass_weight_histogram pass;
    assert_true(pass_weight_histogram_init(&pass, &scene, specimen.network, &specimen.layout, &err));
    assert_int_equal(pass.history.tensors, 5);
    for (uint64_t step = 0; step < 10; step++) {
        pass_weight_histogram_count(&pass, slot, step);
        pass_weight_histogram_collect(&pass, true);
        assert_int_equal(pass.history.count, step + 1);
    }
    for (int tensor = 0; tensor < pass.history.tensors; tensor++) {
        const struct plate *plate = &scene.plates[pass.plates[tensor]];
        const float *values =
            specimen.snapshot + specimen.layout.regions[plate->region].offset / sizeof(float);
        uint32_t expected[WEIGHT_BINS] = {0};
        for (int i = 0; i < plate->values; i++)
            expected[weight_history_bin(values[i])]++;
        assert_memory_equal(pass.history.counts + (size_t)tensor * WEIGHT_BINS, expected, sizeof expected);
    }
    pass_weight_histogram_deinit(&pass);
    gl_texture_destroy(&slot);
    arena_destroy(arena);
    scene_deinit(&scene);
    specimen_deinit(&specimen);
}

/* The focused layer's weights; without a focus the last kernels, or the largest matrix. */
static void which_weights_are_shown(void **state)
{
    (void)state;
    static const struct {
        const char *model, *layer, *title;
    } cases[] = {
        {"lenet5", NULL, "conv2 kernels"},    {"lenet5", "conv1", "conv1 kernels"},
        {"lenet5", "pool1", "conv2 kernels"}, {"lenet5", "dense2", "dense2 weights"},
        {"mlp", NULL, "dense1 weights"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct specimen specimen;
        specimen_init(&specimen, cases[i].model);
        struct scene scene;
        struct error err = {0};
        scene_init(&scene, specimen.network, &specimen.layout);
        struct pass_weight_histogram pass;
        assert_true(pass_weight_histogram_init(&pass, &scene, specimen.network, &specimen.layout, &err));
        const int layer = cases[i].layer ? network_find_layer(specimen.network, cases[i].layer) : -1;
        const int tensor = pass_weight_histogram_tensor(&pass, layer);
        assert_true(tensor >= 0);
        assert_string_equal(scene.plates[pass.plates[tensor]].title, cases[i].title);
        pass_weight_histogram_deinit(&pass);
        scene_deinit(&scene);
        specimen_deinit(&specimen);
    }
}

/* In lock step a snapshot's weights are in the picture of that snapshot. */
static void the_picture_follows_at_once(void **state)
{
    (void)state;
    struct specimen specimen;
    specimen_init(&specimen, "mlp");
    struct picture picture;
    picture_init(&picture, &specimen, 1920, 1080, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    assert_true(view_wants_weights(picture.view, 0));
    specimen.info.step = 0;
    specimen_publish(&specimen, view_publisher(picture.view));
    view_take_weights(picture.view);
    assert_false(view_wants_weights(picture.view, 0));
    assert_true(view_wants_weights(picture.view, 1));
    specimen.info.step = 1;
    specimen_publish(&specimen, view_publisher(picture.view));
    picture_draw(&picture);
    assert_false(view_wants_weights(picture.view, 1));
    picture_deinit(&picture);
    specimen_deinit(&specimen);
}

static int open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (context == NULL)
        print_error("%s\n", err.message);
    return context == NULL ? -1 : 0;
}

static int close_context(void **state)
{
    (void)state;
    const int messages = gl_debug_message_count() + log_warning_count();
    gl_context_destroy(context);
    return messages == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_equal_those_of_the_cpu),
        cmocka_unit_test(which_weights_are_shown),
        cmocka_unit_test(the_picture_follows_at_once),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
