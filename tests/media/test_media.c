/* Pictures and videos, checked with libpng's reader, ffprobe and ffmpeg. */
#include "test.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/memory.h"
#include "media/png.h"
#include "media/video.h"
#include "media/yuv.h"

enum { WIDTH = 96, HEIGHT = 64, FRAMES = 25, FPS = 25 };

static char folder[] = "/tmp/layerscope-media-XXXXXX";
static char path_buffer[256];

static const char *in_folder(const char *name)
{
    snprintf(path_buffer, sizeof path_buffer, "%s/%s", folder, name);
    return path_buffer;
}

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

/* Smooth shapes that move, with a bright marker in the top left corner. */
static void paint(uint8_t *rgba, int frame)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *p = rgba + 4 * (y * WIDTH + x);
            p[0] = (uint8_t)(2 * x + frame);
            p[1] = (uint8_t)(3 * y);
            p[2] = (uint8_t)(120 + frame);
            p[3] = 255;
            if (x < 16 && y < 16)
                p[0] = p[1] = p[2] = 250;
        }
}

static void png_round_trip(void **state)
{
    (void)state;
    uint8_t rgba[WIDTH * HEIGHT * 4];
    paint(rgba, 3);
    struct error err = {0};
    char *path = ls_strdup(in_folder("a.png"));
    assert_true(png_write(path, rgba, WIDTH, HEIGHT, false, &err));
    int width, height;
    uint8_t *back = png_read(path, &width, &height, &err);
    assert_non_null(back);
    assert_int_equal(width, WIDTH);
    assert_int_equal(height, HEIGHT);
    assert_memory_equal(back, rgba, sizeof rgba);
    assert_false(png_write(path, rgba, WIDTH, HEIGHT, false, &err));
    assert_non_null(strstr(err.message, "--overwrite"));
    free(back);
    free(path);
}

static void png_errors(void **state)
{
    (void)state;
    struct error err = {0};
    int width, height;
    FILE *file = fopen(in_folder("bad.png"), "w");
    fputs("no picture", file);
    fclose(file);
    assert_null(png_read(in_folder("bad.png"), &width, &height, &err));
    assert_non_null(strstr(err.message, "bad.png"));
    struct error missing = {0};
    assert_false(png_write(in_folder("none/a.png"), (const uint8_t *)"", 1, 1, false, &missing));
    assert_non_null(strstr(missing.message, "folder"));
}

static void grey_has_no_colour(void **state)
{
    (void)state;
    for (int level = 0; level < 256; level++) {
        uint8_t rgba[16], luma[4], cb[1], cr[1];
        memset(rgba, level, sizeof rgba);
        yuv_from_rgba(rgba, 8, 2, 2, luma, 2, cb, 1, cr, 1);
        const int expected = (16 * 255 + 219 * level + 127) / 255;
        assert_in_range(luma[0], (uintmax_t)(expected - 1), (uintmax_t)(expected + 1));
        assert_int_equal(cb[0], 128);
        assert_int_equal(cr[0], 128);
    }
}

static void primaries_follow_bt709(void **state)
{
    (void)state;
    /* Limited range: 16 + 219 K and 128 + 224 × (…), ITU-R BT.709-6. */
    static const uint8_t colors[3][3] = {{255, 0, 0}, {0, 255, 0}, {0, 0, 255}};
    static const uint8_t expected[3][3] = {{63, 102, 240}, {173, 42, 26}, {32, 240, 118}};
    for (int c = 0; c < 3; c++) {
        uint8_t rgba[16], yuv[3][4];
        for (int i = 0; i < 16; i++)
            rgba[i] = i % 4 == 3 ? 255 : colors[c][i % 4];
        yuv_from_rgba(rgba, 8, 2, 2, yuv[0], 2, yuv[1], 1, yuv[2], 1);
        for (int plane = 0; plane < 3; plane++)
            assert_in_range(yuv[plane][0], expected[c][plane] - 1u, expected[c][plane] + 1u);
    }
}

static void write_video(const char *path)
{
    struct error err = {0};
    const struct video_desc desc = {
        .path = path, .width = WIDTH, .height = HEIGHT, .fps = FPS, .overwrite = true};
    struct video *video = video_create(&desc, &err);
    if (!video)
        fail_msg("%s", err.message);
    uint8_t rgba[WIDTH * HEIGHT * 4];
    for (int frame = 0; frame < FRAMES; frame++) {
        paint(rgba, frame);
        assert_true(video_add_frame(video, rgba, &err));
    }
    assert_true(video_finish(video, &err));
}

static void run(const char *command, char *out, size_t capacity)
{
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    const size_t got = fread(out, 1, capacity - 1, pipe);
    out[got] = 0;
    assert_int_equal(pclose(pipe), 0);
}

static void check_video(const char *name, const char *codec)
{
    char path[256], command[700], text[512];
    snprintf(path, sizeof path, "%s", in_folder(name));
    write_video(path);
    snprintf(
        command, sizeof command,
        "ffprobe -v error -count_frames -show_entries stream=codec_name,width,height,nb_read_frames,pix_fmt:"
        "format=start_time,duration -of default=nk=1:nw=1 %s",
        path);
    run(command, text, sizeof text);
    char expected[128];
    snprintf(expected, sizeof expected, "%s\n%d\n%d\nyuv420p\n%d\n0.000000\n1.000000\n", codec, WIDTH, HEIGHT,
             FRAMES);
    if (strncmp(text, expected, strlen(expected)) != 0)
        fail_msg("ffprobe says:\n%s\nexpected:\n%s", text, expected);

    /* The first frame again as RGB; 4:2:0 and quantisation cost a little. */
    static uint8_t rgb[WIDTH * HEIGHT * 3 + 1], rgba[WIDTH * HEIGHT * 4];
    snprintf(command, sizeof command,
             "ffmpeg -v error -i %s -frames:v 1 -vf scale=in_color_matrix=bt709:out_color_matrix=bt709 -f "
             "rawvideo "
             "-pix_fmt rgb24 -",
             path);
    run(command, (char *)rgb, sizeof rgb);
    paint(rgba, 0);
    long difference = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        for (int c = 0; c < 3; c++)
            difference += labs((long)rgb[3 * i + c] - rgba[4 * i + c]);
    const double mean = (double)difference / (WIDTH * HEIGHT * 3);
    if (mean > 4.0)
        fail_msg("%s: the first frame differs by %.2f of 255 on average", name, mean);
    /* The marker is at the top left: nothing is flipped. */
    assert_true(rgb[0] > 230 && rgb[1] > 230 && rgb[2] > 230);
}

static void mp4_is_h264(void **state)
{
    (void)state;
    check_video("a.mp4", "h264");
    glob_t parts;
    assert_int_equal(glob(in_folder("*.part"), 0, NULL, &parts), GLOB_NOMATCH);
    char command[400], text[64];
    snprintf(command, sizeof command,
             "ffprobe -v error -show_entries stream=nb_frames -of default=nk=1:nw=1 %s", in_folder("a.mp4"));
    run(command, text, sizeof text);
    assert_int_equal(atoi(text), FRAMES); /* only a file with an index knows */
}

static void mkv_is_h264(void **state)
{
    (void)state;
    check_video("a.mkv", "h264");
}

static void webm_is_vp9(void **state)
{
    (void)state;
    check_video("a.webm", "vp9");
}

/* A film is the work of a program of its own: what x264 makes of a frame can depend on what an earlier encoder
 * has left in memory. */
static void write_video_apart(const char *path)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        write_video(path);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void videos_repeat_bit_for_bit(void **state)
{
    (void)state;
    static const char *const endings[] = {"mp4", "mkv"};
    for (int i = 0; i < 2; i++) {
        char names[2][64];
        char *bytes[2];
        size_t sizes[2];
        struct error err = {0};
        for (int k = 0; k < 2; k++) {
            snprintf(names[k], sizeof names[k], "repeat%d.%s", k, endings[i]);
            write_video_apart(in_folder(names[k]));
            bytes[k] = file_read(in_folder(names[k]), SIZE_MAX, &sizes[k], &err);
            assert_non_null(bytes[k]);
        }
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(bytes[0], bytes[1], sizes[0]);
        free(bytes[0]);
        free(bytes[1]);
    }
}

static void expect_refusal(struct video_desc desc, const char *text)
{
    struct error err = {0};
    assert_null(video_create(&desc, &err));
    if (!strstr(err.message, text))
        fail_msg("\"%s\" does not say \"%s\"", err.message, text);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    const struct video_desc good = {.path = in_folder("b.mp4"), .width = WIDTH, .height = HEIGHT, .fps = FPS};
    struct video_desc desc = good;
    desc.width = 95;
    expect_refusal(desc, "even width and height");
    desc = good;
    desc.path = "/tmp/film.avi";
    expect_refusal(desc, ".mp4, .mkv or .webm");
    desc.path = "/nowhere/film.mp4";
    expect_refusal(desc, "/nowhere");
    static const char *const none[] = {"no_such_encoder", "neither_this", NULL};
    desc = good;
    desc.encoders = none;
    expect_refusal(desc, "no_such_encoder (Encoder not found), neither_this");
    assert_false(file_name_is_taken(in_folder("b.mp4")));

    char existing[256];
    snprintf(existing, sizeof existing, "%s", in_folder("old.mp4"));
    fclose(fopen(existing, "w"));
    desc = good;
    desc.path = existing;
    expect_refusal(desc, "--overwrite");
}

/* A file system of 256 KiB: the write fails, the error says so, the file plays. */
static void a_full_disk_leaves_a_playable_file(void **state)
{
    (void)state;
    char disk[256], path[300], command[700], text[512];
    snprintf(disk, sizeof disk, "%s", in_folder("disk"));
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=256k") != 0) {
        print_message("skipped: a tmpfs cannot be mounted here: %s\n", strerror(errno));
        skip();
    }
    snprintf(path, sizeof path, "%s/full.mp4", disk);
    struct error err = {0};
    const struct video_desc desc = {.path = path, .width = 512, .height = 512, .fps = FPS};
    struct video *video = video_create(&desc, &err);
    bool ok = video != NULL;
    uint8_t *rgba = ls_calloc(512 * 512, 4);
    uint32_t noise = 1;
    int frames = 0;
    for (; ok && frames < 500; frames++) {
        for (int i = 0; i < 512 * 512 * 4; i++)
            rgba[i] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
        ok = video_add_frame(video, rgba, &err);
    }
    free(rgba);
    const bool full = video && !ok;
    const bool finished = video && video_finish(video, &err);
    snprintf(command, sizeof command,
             "ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of "
             "default=nk=1:nw=1 %s 2>/dev/null || true",
             path);
    run(command, text, sizeof text);
    umount(disk);
    assert_true(full);
    assert_false(finished);
    assert_non_null(strstr(err.message, "No space left on device"));
    assert_non_null(strstr(err.message, "full.mp4"));
    assert_true(atoi(text) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_round_trip),
        cmocka_unit_test(png_errors),
        cmocka_unit_test(grey_has_no_colour),
        cmocka_unit_test(primaries_follow_bt709),
        cmocka_unit_test(mp4_is_h264),
        cmocka_unit_test(mkv_is_h264),
        cmocka_unit_test(webm_is_vp9),
        cmocka_unit_test(videos_repeat_bit_for_bit),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(a_full_disk_leaves_a_playable_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
