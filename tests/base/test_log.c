/* Messages reach stderr from their level on; warnings are counted, shown or not, from any thread. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

/* Sends stderr into a temporary file until `release`. */
struct capture {
    FILE *stream;
    int kept;
};

static struct capture capture_begin(void)
{
    struct capture capture = {.stream = tmpfile()};
    assert_non_null(capture.stream);
    fflush(stderr);
    capture.kept = dup(STDERR_FILENO);
    assert_true(dup2(fileno(capture.stream), STDERR_FILENO) >= 0);
    return capture;
}

static void capture_end(struct capture *capture, char *text, size_t size)
{
    fflush(stderr);
    dup2(capture->kept, STDERR_FILENO);
    close(capture->kept);
    rewind(capture->stream);
    const size_t length = fread(text, 1, size - 1, capture->stream);
    text[length] = 0;
    fclose(capture->stream);
}

static void levels_are_filtered(void **state)
{
    (void)state;
    char text[1000];
    struct capture capture = capture_begin();
    log_debug("hidden %d", 1);
    log_info("step %d", 2);
    log_set_level(LOG_ERROR);
    log_warning("hidden %d", 3);
    log_error("broken %d", 4);
    log_set_level(LOG_DEBUG);
    log_debug("shown %d", 5);
    log_set_level(LOG_INFO);
    capture_end(&capture, text, sizeof text);
    assert_string_equal(text,
                        "layerscope: step 2\nlayerscope: error: broken 4\nlayerscope: debug: shown 5\n");
}

static void warnings_are_counted(void **state)
{
    (void)state;
    char text[1000];
    const int before = log_warning_count();
    struct capture capture = capture_begin();
    log_info("no");
    log_warning("one");
    log_error("two");
    log_set_level(LOG_ERROR);
    log_warning("three, hidden");
    log_set_level(LOG_INFO);
    capture_end(&capture, text, sizeof text);
    assert_int_equal(log_warning_count() - before, 3);
}

enum { THREADS = 4, MESSAGES = 100 };

static void *warn_often(void *argument)
{
    for (int i = 0; i < MESSAGES; i++)
        log_warning("thread %d", *(const int *)argument);
    return NULL;
}

static void threads_do_not_mix_lines(void **state)
{
    (void)state;
    static char text[THREADS * MESSAGES * 40];
    const int before = log_warning_count();
    struct capture capture = capture_begin();
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, warn_often, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    capture_end(&capture, text, sizeof text);
    assert_int_equal(log_warning_count() - before, THREADS * MESSAGES);
    int lines = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        int number;
        assert_int_equal(sscanf(line, "layerscope: warning: thread %d", &number), 1);
        assert_int_equal(strlen(line), strlen("layerscope: warning: thread 0"));
    }
    assert_int_equal(lines, THREADS * MESSAGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_filtered),
        cmocka_unit_test(warnings_are_counted),
        cmocka_unit_test(threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
