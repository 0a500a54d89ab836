/* Allocation and time. */
#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 63, 64, 65, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *plain = ls_calloc(sizes[i], 1), *aligned = ls_calloc_aligned(sizes[i], 1);
        assert_non_null(plain);
        assert_int_equal((uintptr_t)aligned % 64, 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_true(plain[j] == 0 && aligned[j] == 0);
        free(plain);
        free(aligned);
    }
}

static void realloc_keeps_what_was_there(void **state)
{
    (void)state;
    char *text = ls_realloc(NULL, 4);
    memcpy(text, "abc", 4);
    text = ls_realloc(text, 100000);
    assert_string_equal(text, "abc");
    free(text);
}

static void texts_are_made(void **state)
{
    (void)state;
    char *copy = ls_strdup("lenet5");
    assert_string_equal(copy, "lenet5");
    char *text = ls_sprintf("%s/%s.json", "models", copy);
    assert_string_equal(text, "models/lenet5.json");
    char *empty = ls_sprintf("%s", "");
    assert_string_equal(empty, "");
    free(copy);
    free(text);
    free(empty);
}

static void time_never_goes_back(void **state)
{
    (void)state;
    double before = clock_seconds();
    for (int i = 0; i < 1000; i++) {
        const double now = clock_seconds();
        assert_true(now >= before);
        before = now;
    }
    clock_sleep(0.001);
    clock_sleep(0);
    clock_sleep(-1);
    assert_true(clock_seconds() >= before + 0.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(realloc_keeps_what_was_there),
        cmocka_unit_test(texts_are_made),
        cmocka_unit_test(time_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
