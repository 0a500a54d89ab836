/* Allocation and time. */
#include "test.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* What was set aside is there for the last word. */
static void save_at_the_end(void *context)
{
    char *text = ls_calloc(64 << 20, 1);
    text[0] = 'x';
    if (write(*(int *)context, text, 1) != 1)
        _exit(3);
}

/* The sanitizers answer such requests themselves. */
static void no_memory_ends_with_status_1(void **state)
{
    (void)state;
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        unsigned long pages = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        memory_keep_spare((size_t)65 << 20);
        if (!file || fscanf(file, "%lu", &pages) != 1)
            _exit(4);
        const struct rlimit limit = {pages * 4096 + ((size_t)8 << 20), RLIM_INFINITY};
        setrlimit(RLIMIT_AS, &limit);
        memory_on_exhaustion(save_at_the_end, &ends[1]);
        if (memory_is_available((size_t)64 << 20) || !memory_is_available(1 << 20))
            _exit(5);
        free(ls_calloc(512 << 20, 1));
        _exit(0);
    }
    char text;
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(read(ends[0], &text, 1), 1);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    close(ends[0]);
}
#endif

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
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(no_memory_ends_with_status_1),
#endif
        cmocka_unit_test(time_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
