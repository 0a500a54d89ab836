/* Encoding on a thread of its own: frames without a picture repeat, nothing offered is lost or kept, a
 * stalled encoder refuses, errors come with the status. */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/memory.h"
#include "media/video_thread.h"

enum { WIDTH = 64, HEIGHT = 48, FPS = 30 };

static char folder[] = "/tmp/layerscope-video-thread-XXXXXX";
static char path[300];
static uint8_t rgba[WIDTH * HEIGHT * 4];
static atomic_int given_back;

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void done(void *context)
{
    (void)context;
    atomic_fetch_add(&given_back, 1);
}

/* Rows go upward in memory, as OpenGL has them. */
static struct video_picture picture(int64_t frame)
{
    return (struct video_picture){
        .top = rgba + (HEIGHT - 1) * WIDTH * 4, .stride = -WIDTH * 4, .frame = frame, .done = done};
}

static struct video_thread *start(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    atomic_store(&given_back, 0);
    memset(rgba, 90, sizeof rgba);
    memset(rgba + (HEIGHT - 8) * WIDTH * 4, 250, 8 * WIDTH * 4); /* bright on top */
    struct error err = {0};
    const struct video_desc desc = {
        .path = path, .width = WIDTH, .height = HEIGHT, .fps = FPS, .quick = true};
    struct video_thread *thread = video_thread_create(&desc, &err);
    assert_non_null(thread);
    return thread;
}

static void offer_patiently(struct video_thread *thread, int64_t frame)
{
    const struct video_picture next = picture(frame);
    while (!video_thread_offer(thread, &next)) {
        assert_false(video_thread_status(thread).ended);
        clock_sleep(0.001);
    }
}

static struct video_thread_status wait_for_end(struct video_thread *thread)
{
    struct video_thread_status status;
    while (!(status = video_thread_status(thread)).ended)
        clock_sleep(0.001);
    return status;
}

static void run(const char *format, char *out, size_t size)
{
    char command[700];
    snprintf(command, sizeof command, format, path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    out[fread(out, 1, size - 1, pipe)] = '\0';
    pclose(pipe);
}

static void frames_without_a_picture_show_the_one_before(void **state)
{
    (void)state;
    struct video_thread *thread = start("film.mp4");
    static const int frames[] = {0, 1, 2, 5, 6, 20, 21, 40};
    enum { COUNT = sizeof frames / sizeof *frames };
    for (int i = 0; i < COUNT; i++)
        offer_patiently(thread, frames[i]);
    video_thread_finish(thread, 60);
    const struct video_thread_status status = wait_for_end(thread);
    assert_string_equal(status.err.message, "");
    assert_int_equal(status.frames, 60);
    assert_int_equal(atomic_load(&given_back), COUNT);
    video_thread_destroy(thread);
    char text[200];
    run("ffprobe -v error -count_frames -show_entries stream=nb_read_frames,r_frame_rate,avg_frame_rate:"
        "format=duration -of default=nk=1:nw=1 %s",
        text, sizeof text);
    assert_string_equal(text, "30/1\n30/1\n60\n2.000000\n");
    static uint8_t grey[WIDTH * HEIGHT + 1];
    run("ffmpeg -v error -i %s -frames:v 1 -f rawvideo -pix_fmt gray -", (char *)grey, sizeof grey);
    assert_true(grey[WIDTH] > 200 && grey[(HEIGHT - 2) * WIDTH] < 150);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void *context)
{
    (void)context;
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
}

static void a_stalled_encoder_refuses_and_recovers(void **state)
{
    (void)state;
    struct video_thread *thread = start("stalled.mp4");
    video_thread_set_hook(thread, wait_at_gate, NULL);
    pthread_mutex_lock(&gate);
    int taken = 0;
    for (int frame = 0; frame < 40; frame++) {
        const struct video_picture next = picture(frame);
        taken += video_thread_offer(thread, &next);
    }
    assert_in_range(taken, 1, 8);
    assert_int_equal(atomic_load(&given_back), 0);
    pthread_mutex_unlock(&gate);
    offer_patiently(thread, 40);
    video_thread_finish(thread, 41);
    const struct video_thread_status status = wait_for_end(thread);
    assert_string_equal(status.err.message, "");
    assert_int_equal(status.frames, 41);
    assert_int_equal(atomic_load(&given_back), taken + 1);
    const struct video_picture late = picture(50);
    assert_false(video_thread_offer(thread, &late));
    video_thread_destroy(thread);
}

static void a_file_that_cannot_be_made_is_reported(void **state)
{
    (void)state;
    struct video_thread *thread = start("none/film.mp4");
    const struct video_picture first = picture(0);
    const bool taken = video_thread_offer(thread, &first);
    const struct video_thread_status status = wait_for_end(thread);
    assert_non_null(strstr(status.err.message, "none"));
    assert_int_equal(status.frames, 0);
    assert_int_equal(atomic_load(&given_back), taken);
    video_thread_destroy(thread);
}

static void a_film_without_a_picture_leaves_no_file(void **state)
{
    (void)state;
    struct video_thread *thread = start("empty.mp4");
    video_thread_destroy(thread);
    assert_false(file_name_is_taken(path));
}

/* As when the program ends while it films. */
static void destroying_finishes_the_film(void **state)
{
    (void)state;
    struct video_thread *thread = start("quit.mp4");
    for (int frame = 0; frame < 12; frame++)
        offer_patiently(thread, frame);
    video_thread_destroy(thread);
    assert_int_equal(atomic_load(&given_back), 12);
    char text[100];
    run("ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of default=nk=1:nw=1 %s", text,
        sizeof text);
    assert_int_equal(atoi(text), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_without_a_picture_show_the_one_before),
        cmocka_unit_test(a_stalled_encoder_refuses_and_recovers),
        cmocka_unit_test(a_file_that_cannot_be_made_is_reported),
        cmocka_unit_test(a_film_without_a_picture_leaves_no_file),
        cmocka_unit_test(destroying_finishes_the_film),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
