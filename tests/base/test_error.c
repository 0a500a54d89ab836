/* Error texts: the first one wins, and no length breaks them. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"

static void the_first_error_wins(void **state)
{
    (void)state;
    struct error err = {0};
    assert_false(error_set_usage(&err, "--lr %s: expected a number", "abc"));
    assert_int_equal(err.class_, ERROR_USAGE);
    assert_false(error_set(&err, "later"));
    errno = ENOENT;
    assert_false(error_set_errno(&err, "later"));
    assert_int_equal(err.class_, ERROR_USAGE);
    assert_string_equal(err.message, "--lr abc: expected a number");
}

static void errno_is_spelled_out(void **state)
{
    (void)state;
    struct error err = {0};
    errno = ENOENT;
    error_set_errno(&err, "model.json: cannot be opened");
    assert_int_equal(err.class_, ERROR_FAILED);
    assert_string_equal(err.message, "model.json: cannot be opened: No such file or directory");
}

static void a_prefix_goes_before(void **state)
{
    (void)state;
    struct error err = {0};
    error_set(&err, "units: expected a number");
    error_prefix(&err, "layer %d", 3);
    assert_string_equal(err.message, "layer 3: units: expected a number");
    assert_int_equal(err.class_, ERROR_FAILED);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    struct error err = {0};
    error_set(&err, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_prefix(&err, "file");
    assert_memory_equal(err.message, "file: xxx", 9);
    assert_true(strlen(err.message) < sizeof err.message);
    error_prefix(&err, "%s", text);
    assert_memory_equal(err.message, "file: xxx", 9);
    errno = ENOENT;
    struct error other = {0};
    error_set_errno(&other, "%s", text);
    assert_true(strlen(other.message) < sizeof other.message);
}

static void nobody_needs_to_listen(void **state)
{
    (void)state;
    assert_false(error_set(NULL, "text"));
    assert_false(error_set_usage(NULL, "text"));
    assert_false(error_set_errno(NULL, "text"));
    assert_false(error_prefix(NULL, "text"));
}

static void an_assertion_stops_the_process(void **state)
{
    (void)state;
    LS_ASSERT(1 + 1 == 2);
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(pipe_ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        LS_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    close(pipe_ends[1]);
    char text[500] = {0};
    assert_true(read(pipe_ends[0], text, sizeof text - 1) > 0);
    close(pipe_ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, "1 + 1 == 3"));
    assert_non_null(strstr(text, "test_error.c:"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins),   cmocka_unit_test(errno_is_spelled_out),
        cmocka_unit_test(a_prefix_goes_before),   cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(nobody_needs_to_listen), cmocka_unit_test(an_assertion_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
