/* The generator against the known answers of its authors (Random123's kat_vectors), and its permutations. */
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rng_host.h"

/* Philox's counter words are index (low, high), step, purpose; its key words are the seed (low, high). */
static const struct {
    uint32_t counter[4], key[2], answer[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void known_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const uint64_t seed = (uint64_t)known[i].key[1] << 32 | known[i].key[0];
        const uint64_t index = (uint64_t)known[i].counter[1] << 32 | known[i].counter[0];
        const struct rng_block block = rng_philox(seed, known[i].counter[3], known[i].counter[2], index);
        assert_memory_equal(block.v, known[i].answer, sizeof block.v);
    }
}

static void words_are_those_of_the_blocks(void **state)
{
    (void)state;
    for (uint64_t index = 0; index < 64; index++) {
        const struct rng_block block = rng_philox(42, RNG_NOISE, 7, index / 4);
        assert_int_equal(rng_word(42, RNG_NOISE, 7, index), block.v[index % 4]);
    }
}

static void uniforms_fill_the_unit_interval(void **state)
{
    (void)state;
    enum { DRAWS = 100000, BINS = 10 };
    int bins[BINS] = {0};
    double sum = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const float u = rng_uniform(1, RNG_INIT, 0, i);
        assert_true(u >= 0.0f && u < 1.0f);
        bins[(int)(u * BINS)]++;
        sum += (double)u;
    }
    assert_true(sum / DRAWS > 0.495 && sum / DRAWS < 0.505);
    for (int i = 0; i < BINS; i++)
        assert_in_range(bins[i], DRAWS / BINS * 95 / 100, DRAWS / BINS * 105 / 100);
}

static void seeds_purposes_and_steps_differ(void **state)
{
    (void)state;
    const uint32_t base = rng_word(1, RNG_INIT, 0, 0);
    assert_int_not_equal(base, rng_word(2, RNG_INIT, 0, 0));
    assert_int_not_equal(base, rng_word(1 + (1ull << 32), RNG_INIT, 0, 0));
    assert_int_not_equal(base, rng_word(1, RNG_SHUFFLE, 0, 0));
    assert_int_not_equal(base, rng_word(1, RNG_INIT, 1, 0));
    assert_int_not_equal(base, rng_word(1, RNG_INIT, 0, 1));
    assert_int_not_equal(base, rng_word(1, RNG_INIT, 0, 1ull << 40));
}

static void check_permutation(uint32_t count)
{
    uint32_t *order = ls_calloc(count, sizeof *order);
    bool *seen = ls_calloc(count, sizeof *seen);
    rng_permutation(9, 3, order, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(order[i] < count);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
    free(order);
    free(seen);
}

static void permutations_hold_every_number_once(void **state)
{
    (void)state;
    const uint32_t counts[] = {0, 1, 2, 3, 17, 64, 1000, 60000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_permutation(counts[i]);
}

static void permutations_are_named_by_seed_and_step(void **state)
{
    (void)state;
    uint32_t a[100], b[100], c[100], d[100];
    rng_permutation(1, 1, a, 100);
    rng_permutation(1, 1, b, 100);
    rng_permutation(1, 2, c, 100);
    rng_permutation(2, 1, d, 100);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_memory_not_equal(a, d, sizeof a);
}

/* All six orders of three, about equally often. */
static void permutations_are_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 12000 };
    int counts[27] = {0};
    for (uint32_t step = 0; step < DRAWS; step++) {
        uint32_t order[3];
        rng_permutation(5, step, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++) {
        if (counts[i] == 0)
            continue;
        orders++;
        assert_in_range(counts[i], DRAWS / 6 * 9 / 10, DRAWS / 6 * 11 / 10);
    }
    assert_int_equal(orders, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(words_are_those_of_the_blocks),
        cmocka_unit_test(uniforms_fill_the_unit_interval),
        cmocka_unit_test(seeds_purposes_and_steps_differ),
        cmocka_unit_test(permutations_hold_every_number_once),
        cmocka_unit_test(permutations_are_named_by_seed_and_step),
        cmocka_unit_test(permutations_are_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
