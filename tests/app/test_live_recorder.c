/* Films and stills of a window, with a clock of the test's own: films play in real time whatever the frame
 * rate, a stalled encoder or device costs pictures and never time, several stills are several files. */
#include "test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/live_recorder.h"
#include "app/still_saver.h"
#include "base/atomic_file.h"
#include "base/clock.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "media/png.h"

enum { WIDTH = 97, HEIGHT = 64 }; /* odd: a film has one column less */

static char folder[] = "/tmp/layerscope-live-XXXXXX";
static struct gl_context *context;
static struct gl_framebuffer window;

static int set_up(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    return context && mkdtemp(folder) && chdir(folder) == 0 &&
                   gl_framebuffer_init(&window, WIDTH, HEIGHT, 1, &err)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gl_framebuffer_deinit(&window);
    gl_context_destroy(context);
    char command[300];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static int empty_folder(void **state)
{
    (void)state;
    return system("rm -rf ./*");
}

static void draw(float red)
{
    const float color[4] = {red, 0.5f, 0.5f, 1.0f};
    glBindFramebuffer(GL_FRAMEBUFFER, window.name);
    glClearBufferfv(GL_COLOR, 0, color);
    glFlush();
}

/* One turn of a frame loop whose encoder keeps up. */
static void frame_kept_up(struct live_recorder *recorder, double now)
{
    draw(0.25f);
    while (!gl_pixel_ring_has_room(&recorder->ring)) {
        glFinish();
        live_recorder_frame(recorder, window.name, WIDTH, HEIGHT, recorder->clock.began);
        clock_sleep(0.001);
    }
    live_recorder_frame(recorder, window.name, WIDTH, HEIGHT, now);
}

static struct live_film wait_for_film(struct live_recorder *recorder, double now)
{
    struct live_film film;
    while (!live_recorder_ended(recorder, &film)) {
        glFinish();
        live_recorder_frame(recorder, window.name, WIDTH, HEIGHT, now);
        clock_sleep(0.001);
    }
    return film;
}

static void check_film(const char *name, const char *expected)
{
    char command[300], text[200];
    snprintf(command, sizeof command,
             "ffprobe -v error -count_frames -show_entries "
             "stream=width,height,r_frame_rate,nb_read_frames:format=duration -of default=nk=1:nw=1 %s",
             name);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    pclose(pipe);
    assert_string_equal(text, expected);
}

static void slow_and_irregular_frames_make_a_film_in_real_time(void **state)
{
    (void)state;
    struct live_recorder recorder;
    struct error err = {0};
    double now = 1000.0;
    live_recorder_init(&recorder);
    assert_true(live_recorder_start(&recorder, WIDTH, HEIGHT, now, &err));
    for (int i = 0; now < 1002.0; i++) {
        frame_kept_up(&recorder, now);
        now += 0.004 + 0.09 * ((i * 7 % 10) / 10.0);
    }
    live_recorder_stop(&recorder, 1001.99);
    const struct live_film film = wait_for_film(&recorder, now);
    assert_string_equal(film.err.message, "");
    assert_string_equal(film.name, "layerscope-0001.mp4");
    assert_int_equal(film.frames, 60);
    assert_int_equal(film.dropped, 0);
    check_film(film.name, "96\n64\n30/1\n60\n2.000000\n");
    assert_int_not_equal(system("ls layerscope-0001.mp4.*.part 2> /dev/null"), 0);

    /* The next film has the next name. */
    assert_true(live_recorder_start(&recorder, WIDTH, HEIGHT, now, &err));
    frame_kept_up(&recorder, now);
    struct live_film last;
    assert_true(live_recorder_deinit(&recorder, now + 0.5, &last));
    assert_string_equal(last.name, "layerscope-0002.mp4");
    check_film(last.name, "96\n64\n30/1\n16\n0.534000\n");
    assert_int_equal(gl_debug_message_count(), 0);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void a_stalled_encoder_drops_pictures_and_holds_nobody_up(void **state)
{
    (void)state;
    struct live_recorder recorder;
    struct error err = {0};
    live_recorder_init(&recorder);
    assert_true(live_recorder_start(&recorder, WIDTH, HEIGHT, 0.0, &err));
    video_thread_set_hook(recorder.thread, wait_at_gate, NULL);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 60; i++) {
        draw(0.5f);
        glFinish();
        live_recorder_frame(&recorder, window.name, WIDTH, HEIGHT, i / 30.0);
    }
    assert_in_range(recorder.dropped, 60 - GL_PIXEL_RING_SLOTS, 60);
    live_recorder_stop(&recorder, 59.5 / 30.0);
    live_recorder_frame(&recorder, window.name, WIDTH, HEIGHT, 2.0);
    struct live_film film;
    assert_false(live_recorder_ended(&recorder, &film));
    assert_false(live_recorder_start(&recorder, WIDTH, HEIGHT, 2.0, &err));
    assert_non_null(strstr(err.message, "still being written"));
    pthread_mutex_unlock(&gate);
    film = wait_for_film(&recorder, 2.0);
    assert_string_equal(film.err.message, "");
    assert_int_equal(film.frames, 60); /* the film's length is true all the same */
    assert_false(live_recorder_deinit(&recorder, 2.0, &film));
}

static bool never(GLsync fence)
{
    (void)fence;
    return false;
}

static void a_stalled_device_drops_pictures_and_holds_nobody_up(void **state)
{
    (void)state;
    struct live_recorder recorder;
    struct error err = {0};
    live_recorder_init(&recorder);
    recorder.ring.passed = never;
    assert_true(live_recorder_start(&recorder, WIDTH, HEIGHT, 0.0, &err));
    for (int i = 0; i < 30; i++)
        live_recorder_frame(&recorder, window.name, WIDTH, HEIGHT, i / 30.0);
    assert_int_equal(recorder.dropped, 30 - GL_PIXEL_RING_SLOTS);
    struct live_film film;
    assert_true(live_recorder_deinit(&recorder, 1.0, &film));
    assert_int_equal(film.frames, 0);
    assert_false(file_name_is_taken("layerscope-0001.mp4"));
}

/* A film keeps its size; the window's picture is fitted into it. */
static void a_resized_window_goes_on_in_the_same_film(void **state)
{
    (void)state;
    struct live_recorder recorder;
    struct error err = {0};
    live_recorder_init(&recorder);
    assert_true(live_recorder_start(&recorder, 128, HEIGHT, 0.0, &err));
    frame_kept_up(&recorder, 0.0);
    struct live_film film;
    assert_true(live_recorder_deinit(&recorder, 0.5, &film));
    check_film(film.name, "128\n64\n30/1\n16\n0.534000\n");
    static uint8_t grey[128 * HEIGHT + 1];
    FILE *pipe = popen("ffmpeg -v error -i layerscope-0001.mp4 -frames:v 1 -f rawvideo -pix_fmt gray -", "r");
    assert_int_equal(fread(grey, 1, sizeof grey, pipe), 128 * HEIGHT);
    pclose(pipe);
    const uint8_t *middle = grey + HEIGHT / 2 * 128;
    assert_true(middle[4] < 20 && middle[123] < 20);
    assert_true(middle[20] > 80 && middle[64] > 80 && middle[107] > 80);
}

static void a_folder_that_is_gone_is_reported(void **state)
{
    (void)state;
    assert_int_equal(system("mkdir gone"), 0);
    assert_int_equal(chdir("gone"), 0);
    assert_int_equal(system("rmdir ../gone"), 0);
    struct live_recorder recorder;
    struct error err = {0};
    live_recorder_init(&recorder);
    assert_true(live_recorder_start(&recorder, WIDTH, HEIGHT, 0.0, &err));
    draw(0.5f);
    live_recorder_frame(&recorder, window.name, WIDTH, HEIGHT, 0.0);
    const struct live_film film = wait_for_film(&recorder, 0.1);
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(film.frames, 0);
    assert_non_null(strstr(film.err.message, "layerscope-0001.mp4"));
    assert_false(recorder.on);
    struct live_film none;
    assert_false(live_recorder_deinit(&recorder, 1.0, &none));
}

static int poll_stills(struct still_saver *saver, int wanted)
{
    struct still still;
    int saved = 0;
    for (int turn = 0; turn < 5000 && saved < wanted; turn++) {
        const GLuint target = still_saver_target(saver, WIDTH, HEIGHT);
        if (target) {
            const float color[4] = {0.2f, 0.4f, 0.6f, 1.0f};
            glBindFramebuffer(GL_FRAMEBUFFER, target);
            glClearBufferfv(GL_COLOR, 0, color);
            still_saver_drawn(saver);
        }
        glFlush();
        while (still_saver_poll(saver, &still)) {
            assert_string_equal(still.err.message, "");
            saved++;
        }
        clock_sleep(0.001);
    }
    return saved;
}

static void several_presses_give_several_stills(void **state)
{
    (void)state;
    struct error err = {0};
    struct still_saver *saver = still_saver_create(&err);
    assert_non_null(saver);
    assert_int_equal(still_saver_target(saver, WIDTH, HEIGHT), 0);
    for (int i = 0; i < 5; i++)
        still_saver_want(saver);
    assert_int_equal(poll_stills(saver, 5), 5);
    assert_int_equal(still_saver_target(saver, WIDTH, HEIGHT), 0);
    /* One that nobody polls is written all the same. */
    still_saver_want(saver);
    assert_int_not_equal(still_saver_target(saver, WIDTH, HEIGHT), 0);
    still_saver_drawn(saver);
    still_saver_destroy(saver);
    assert_int_equal(access("layerscope-0006.png", F_OK), 0);
    int width, height;
    uint8_t *rgba = png_read("layerscope-0005.png", &width, &height, &err);
    assert_non_null(rgba);
    assert_int_equal(width, WIDTH);
    assert_int_equal(height, HEIGHT);
    assert_int_equal(rgba[0], 51);
    assert_int_equal(rgba[4 * WIDTH * HEIGHT - 2], 153);
    free(rgba);
    assert_int_equal(gl_debug_message_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(slow_and_irregular_frames_make_a_film_in_real_time, empty_folder),
        cmocka_unit_test_teardown(a_stalled_encoder_drops_pictures_and_holds_nobody_up, empty_folder),
        cmocka_unit_test_teardown(a_stalled_device_drops_pictures_and_holds_nobody_up, empty_folder),
        cmocka_unit_test_teardown(a_resized_window_goes_on_in_the_same_film, empty_folder),
        cmocka_unit_test_teardown(a_folder_that_is_gone_is_reported, empty_folder),
        cmocka_unit_test_teardown(several_presses_give_several_stills, empty_folder),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
