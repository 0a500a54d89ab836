/* The layout of snapshots. */
#include "test.h"

#include "nn/snapshot.h"

static void regions_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    struct error err = {0};
    struct network *network = network_load("lenet5", (struct shape){1, 28, 28}, 10, &err);
    assert_non_null(network);
    struct snapshot_layout layout;
    snapshot_layout_init(&layout, network);
    assert_int_equal(layout.region_count, 2 * 9 + 2 * 10);
    size_t end = 0;
    for (int i = 0; i < layout.region_count; i++) {
        const struct region *region = &layout.regions[i];
        assert_int_equal(region->offset % 256, 0);
        assert_true(region->offset >= end);
        end = region->offset + region->count * sizeof(float);
        const struct layer *layer = &network->layers[region->layer];
        const bool parameter = region->kind == REGION_PARAMETER || region->kind == REGION_PARAMETER_GRADIENT;
        assert_int_equal(region->count,
                         parameter ? layer->parameters[region->parameter].count : shape_count(layer->output));
        assert_int_equal(snapshot_layout_find(&layout, region->kind, region->layer, region->parameter), i);
    }
    assert_true(layout.size >= end && layout.size < end + 256 && layout.size % 256 == 0);
    snapshot_layout_deinit(&layout);
    network_destroy(network);
}

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct error err = {0};
    struct network *network = network_load("mlp", (struct shape){1, 28, 28}, 10, &err);
    assert_non_null(network);
    struct snapshot_layout layout;
    snapshot_layout_init(&layout, network);
    assert_true(snapshot_layout_find(&layout, REGION_ACTIVATION_GRADIENT, 0, 0) >= 0);
    assert_int_equal(snapshot_layout_find(&layout, REGION_PARAMETER, 0, 0), -1);
    assert_int_equal(snapshot_layout_find(&layout, REGION_PARAMETER, 2, 2), -1);
    assert_int_equal(snapshot_layout_find(&layout, REGION_ACTIVATION, 5, 0), -1);
    snapshot_layout_deinit(&layout);
    network_destroy(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_aligned_and_do_not_overlap),
        cmocka_unit_test(what_is_not_there_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
