/* The generator against the known answers of its authors (Random123's kat_vectors), and its shuffles. */
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/rng.h"

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

static void check_shuffle(uint32_t count)
{
    bool *seen = ls_calloc(count, sizeof *seen);
    const struct rng_shuffle shuffle = rng_shuffle_init(9, 3, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t sample = rng_permute(&shuffle, i);
        assert_true(sample < count);
        assert_false(seen[sample]);
        seen[sample] = true;
    }
    free(seen);
}

static void shuffles_hold_every_number_once(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 300; count++)
        check_shuffle(count);
    const uint32_t counts[] = {1000, 1024, 1025, 60000, 65536, 65537, 262147};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_shuffle(counts[i]);
    const struct rng_shuffle largest = rng_shuffle_init(9, 3, UINT32_MAX);
    assert_true(rng_permute(&largest, UINT32_MAX - 1) < UINT32_MAX);
}

/* The places 0 … 99 of the shuffle that (seed, step) names. */
static void shuffle(uint32_t out[100], uint64_t seed, uint32_t step)
{
    const struct rng_shuffle s = rng_shuffle_init(seed, step, 100);
    for (uint32_t i = 0; i < 100; i++)
        out[i] = rng_permute(&s, i);
}

static void shuffles_are_named_by_seed_and_step(void **state)
{
    (void)state;
    uint32_t a[100], b[100], c[100], d[100], e[100];
    shuffle(a, 1, 1);
    shuffle(b, 1, 1);
    shuffle(c, 1, 2);
    shuffle(d, 2, 1);
    shuffle(e, 1 + (1ull << 32), 1);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_memory_not_equal(a, d, sizeof a);
    assert_memory_not_equal(a, e, sizeof a);
}

/* All orders of three and of four, about equally often. */
static void small_shuffles_are_uniform(void **state)
{
    (void)state;
    enum { DRAWS_PER_ORDER = 4000 };
    for (uint32_t count = 3; count <= 4; count++) {
        const uint32_t orders = count == 3 ? 6 : 24;
        int times[256] = {0};
        for (uint32_t step = 0; step < orders * DRAWS_PER_ORDER; step++) {
            const struct rng_shuffle s = rng_shuffle_init(5, step, count);
            uint32_t order = 0;
            for (uint32_t i = 0; i < count; i++)
                order = order * 4 + rng_permute(&s, i);
            times[order]++;
        }
        uint32_t found = 0;
        for (int i = 0; i < 256; i++) {
            if (times[i] == 0)
                continue;
            found++;
            assert_in_range(times[i], DRAWS_PER_ORDER * 92 / 100, DRAWS_PER_ORDER * 108 / 100);
        }
        assert_int_equal(found, orders);
    }
}

/* Sum of (found − expected)² / expected over n bins, less its mean n − 1, in standard deviations. */
static double surprise(const int *bins, int n, double expected)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (bins[i] - expected) * (bins[i] - expected) / expected;
    return (sum - (n - 1)) / sqrt(2.0 * (n - 1));
}

/* Over many steps: what stands at a place, and which two things stand side by side. */
static void shuffles_are_uniform(void **state)
{
    (void)state;
    enum { COUNT = 50, STEPS = 20000 };
    static int at[COUNT][COUNT], beside[COUNT * COUNT];
    for (uint32_t step = 0; step < STEPS; step++) {
        const struct rng_shuffle s = rng_shuffle_init(77, step, COUNT);
        uint32_t before = COUNT;
        for (uint32_t place = 0; place < COUNT; place++) {
            const uint32_t sample = rng_permute(&s, place);
            at[place][sample]++;
            if (before < COUNT)
                beside[before * COUNT + sample]++;
            before = sample;
        }
    }
    for (int place = 0; place < COUNT; place++)
        assert_true(fabs(surprise(at[place], COUNT, (double)STEPS / COUNT)) < 5.0);
    int pairs[COUNT * (COUNT - 1)], n = 0;
    for (int i = 0; i < COUNT * COUNT; i++)
        if (i / COUNT != i % COUNT)
            pairs[n++] = beside[i];
    assert_true(fabs(surprise(pairs, n, (double)STEPS * (COUNT - 1) / n)) < 5.0);
}

/* Within one epoch of MNIST's size: neighbours are as far apart as chance puts them, and the samples of a
 * batch come from all parts of the set. */
static void a_large_shuffle_has_no_pattern(void **state)
{
    (void)state;
    enum { COUNT = 60000, PARTS = 30 };
    const struct rng_shuffle s = rng_shuffle_init(1, 0, COUNT);
    double product = 0, mean = (COUNT - 1) / 2.0, variance = ((double)COUNT * COUNT - 1) / 12.0;
    static int parts[PARTS][PARTS];
    for (uint32_t place = 0; place < COUNT; place++) {
        const uint32_t sample = rng_permute(&s, place), next = rng_permute(&s, (place + 1) % COUNT);
        product += (sample - mean) * (next - mean);
        parts[place * PARTS / COUNT][(uint64_t)sample * PARTS / COUNT]++;
    }
    assert_true(fabs(product / COUNT / variance) < 4.0 / sqrt(COUNT));
    assert_true(fabs(surprise(parts[0], PARTS * PARTS, (double)COUNT / PARTS / PARTS)) < 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(words_are_those_of_the_blocks),
        cmocka_unit_test(uniforms_fill_the_unit_interval),
        cmocka_unit_test(seeds_purposes_and_steps_differ),
        cmocka_unit_test(shuffles_hold_every_number_once),
        cmocka_unit_test(shuffles_are_named_by_seed_and_step),
        cmocka_unit_test(small_shuffles_are_uniform),
        cmocka_unit_test(shuffles_are_uniform),
        cmocka_unit_test(a_large_shuffle_has_no_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
