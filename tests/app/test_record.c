/* `record` and `screenshot` as a user runs them. */
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "media/png.h"
#include "program.h"

#define SMALL_LOUD "--size 320x180 --batch 16 --threads 1 "
#define SMALL SMALL_LOUD "--quiet "

static char folder[] = "/tmp/layerscope-record-XXXXXX";

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

static struct program_result expect(const char *command, int status, const char *text)
{
    const struct program_result result = program_run(folder, command);
    if (result.status != status || (text && !strstr(result.err, text) && !strstr(result.out, text)))
        fail_msg("%s\nexit status %d, expected %d; expected to read: %s\nout: %s\nerr: %s", command,
                 result.status, status, text ? text : "", result.out, result.err);
    return result;
}

static char *read_text(const char *name)
{
    char path[300];
    size_t size;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *text = file_read(path, SIZE_MAX, &size, &err);
    if (!text)
        fail_msg("%s", err.message);
    return text;
}

static bool exists(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return program_finds(path);
}

static void a_recording_has_what_was_asked_for(void **state)
{
    (void)state;
    expect("$LAYERSCOPE record a.mp4 " SMALL_LOUD "--frames 12 --fps 24 --json a.json", 0,
           "12 frames, 0.5 s, libx264");
    const struct program_result probe = expect("ffprobe -v error -count_frames -show_entries "
                                               "stream=codec_name,width,height,nb_frames,nb_read_frames,"
                                               "duration -of default=nk=1:nw=1 a.mp4",
                                               0, NULL);
    assert_string_equal(probe.out, "h264\n320\n180\n0.500000\n12\n12\n");
    char *text = read_text("a.json");
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_int_equal(cJSON_GetObjectItem(json, "frames")->valueint, 12);
    assert_int_equal(cJSON_GetObjectItem(json, "steps")->valueint, 11);
    assert_true(cJSON_GetObjectItem(json, "test_accuracy")->valuedouble > 0.05);
    cJSON_Delete(json);
    assert_false(exists("a.mp4.*.part"));
}

static void the_same_command_line_gives_the_same_file(void **state)
{
    (void)state;
    expect("$LAYERSCOPE record b1.mp4 " SMALL "--frames 8", 0, NULL);
    expect("$LAYERSCOPE record b2.mp4 " SMALL "--frames 8", 0, NULL);
    expect("cmp b1.mp4 b2.mp4", 0, NULL);
    expect("$LAYERSCOPE record b3.mp4 " SMALL "--frames 8 --seed 2", 0, NULL);
    expect("cmp b1.mp4 b3.mp4", 1, NULL); /* so the comparison can fail */
}

static double difference(const char *left, const char *right)
{
    char path[300];
    int width[2], height[2];
    struct error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, left);
    uint8_t *a = png_read(path, &width[0], &height[0], &err);
    snprintf(path, sizeof path, "%s/%s", folder, right);
    uint8_t *b = png_read(path, &width[1], &height[1], &err);
    if (!a || !b)
        fail_msg("%s", err.message);
    assert_int_equal(width[0], width[1]);
    assert_int_equal(height[0], height[1]);
    long sum = 0;
    for (int i = 0; i < width[0] * height[0] * 4; i++)
        sum += labs((long)a[i] - b[i]);
    free(a);
    free(b);
    return (double)sum / (width[0] * height[0] * 4);
}

static void the_first_frame_is_the_screenshot(void **state)
{
    (void)state;
    const char *same = "--size 640x360 --threads 1 --quiet --steps 3 --hud legend --probe 2";
    char command[512];
    snprintf(command, sizeof command, "$LAYERSCOPE record c.mp4 %s --frames 2", same);
    expect(command, 0, NULL);
    snprintf(command, sizeof command, "$LAYERSCOPE screenshot c.png %s", same);
    expect(command, 0, NULL);
    expect("ffmpeg -v error -i c.mp4 -frames:v 1 -vf "
           "scale=in_color_matrix=bt709:out_color_matrix=bt709,setparams=color_trc=iec61966-2-1 "
           "-pix_fmt rgb24 "
           "c-video.png",
           0, NULL);
    const double mean = difference("c.png", "c-video.png");
    /* 4:2:0 halves the resolution of colour, which the noisy weight plates show. */
    if (mean > 2.5)
        fail_msg("the frame in the film differs from the screenshot by %.2f of 255 on average", mean);
    snprintf(command, sizeof command, "$LAYERSCOPE record frames %s --frames 2", same);
    assert_string_equal(expect(command, 0, NULL).out, ""); /* quiet */
    assert_true(difference("c.png", "frames/frame-000000.png") <= 0.0);
    assert_true(difference("c.png", "frames/frame-000001.png") > 0.0); /* training goes on */
    assert_false(exists("frames/frame-000002.png"));
    snprintf(command, sizeof command, "$LAYERSCOPE record frames %s --frames 1", same);
    expect(command, 1, "not empty");
    /* A shorter film leaves nothing of a longer one, and everything else. */
    expect("touch frames/frame-000007.png frames/frame-1000000.png frames/frame-7.png frames/notes.txt "
           "frames/frame-000007.png.old",
           0, NULL);
    expect("$LAYERSCOPE record frames " SMALL "--frames 1 --overwrite", 0, NULL);
    assert_true(exists("frames/frame-000000.png") && exists("frames/frame-7.png") &&
                exists("frames/notes.txt") && exists("frames/frame-000007.png.old"));
    assert_false(exists("frames/frame-000001.png") || exists("frames/frame-000007.png") ||
                 exists("frames/frame-1000000.png"));
}

static void the_screenshot_lists_its_plates(void **state)
{
    (void)state;
    expect("$LAYERSCOPE screenshot d.png --size 640x360 --threads 1 --quiet --steps 2 --json d.json", 0,
           NULL);
    char *text = read_text("d.json");
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_int_equal(cJSON_GetObjectItem(json, "step")->valueint, 2);
    static const char *const names[] = {"input", "conv1",  "pool1",  "conv2",
                                        "pool2", "dense1", "dense2", "output"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool found = false;
        const cJSON *plate;
        cJSON_ArrayForEach(plate, cJSON_GetObjectItem(json, "plates"))
        {
            if (strcmp(cJSON_GetObjectItem(plate, "layer")->valuestring, names[i]) != 0)
                continue;
            found = true;
            assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(plate, "quad")), 4);
            assert_true(cJSON_GetObjectItem(plate, "scale")->valuedouble > 0);
            assert_int_equal(cJSON_GetObjectItem(plate, "step")->valueint, 2);
        }
        if (!found)
            fail_msg("no plate of %s is listed", names[i]);
    }
    cJSON_Delete(json);
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    expect("touch old.mp4 && $LAYERSCOPE record old.mp4 " SMALL, 1, "--overwrite");
    expect("$LAYERSCOPE record film.avi " SMALL, 2, ".mp4, .mkv or .webm");
    expect("$LAYERSCOPE record odd.mp4 --size 321x180", 2, "even width and height");
    expect("$LAYERSCOPE record none/film.mp4 " SMALL, 1, "none");
    expect("$LAYERSCOPE record /proc/film.mp4 " SMALL, 1, "/proc");
    expect("$LAYERSCOPE record e.mp4 --seconds 0.001 " SMALL, 2, "less than one frame");
    expect("$LAYERSCOPE screenshot picture.jpg", 2, ".png");
    expect("echo '{\"keyframes\":[{\"t\":1},{\"t\":0}]}' > path.json; $LAYERSCOPE record e.mp4 --camera "
           "path.json " SMALL,
           1, "keyframe 1");
    assert_false(exists("e.mp4"));
    assert_false(exists("e.mp4.*.part"));
}

static void a_film_goes_through_a_pipe(void **state)
{
    (void)state;
    const struct program_result probe =
        expect("mkfifo pipe.mp4 && { cat pipe.mp4 > piped.mp4 & } && $LAYERSCOPE record pipe.mp4 " SMALL
               "--frames 9 && wait && test -p pipe.mp4 && ffprobe -v error -count_frames "
               "-show_entries stream=nb_read_frames -of default=nk=1:nw=1 piped.mp4",
               0, NULL);
    assert_int_equal(atoi(probe.out), 9);
}

static void a_folder_takes_one_recording_at_a_time(void **state)
{
    (void)state;
    expect("mkdir shared; $LAYERSCOPE record shared --overwrite " SMALL "--frames 100000 & first=$!; "
           "while ! test -e shared/frame-000000.png; do sleep 0.05; done; "
           "$LAYERSCOPE record shared --overwrite " SMALL "--frames 2; second=$?; kill $first; wait $first; "
           "exit $second",
           1, "another program writes pictures into it");
    expect("$LAYERSCOPE record /dev/null " SMALL "--frames 2", 1, "exists and is no folder");
}

static void a_camera_path_is_followed(void **state)
{
    (void)state;
    expect("echo '{\"keyframes\":[{\"t\":0,\"yaw\":50},{\"t\":1,\"yaw\":60}]}' > turn.json; "
           "$LAYERSCOPE record turn " SMALL
           "--camera turn.json --frames 6 --fps 5 --steps-per-frame 0 --probe 0 --hud none",
           0, NULL);
    assert_true(difference("turn/frame-000001.png", "turn/frame-000003.png") > 0.1);
    /* The path holds from the first frame on: a camera that stands still shows the same twice. */
    expect("echo '{\"keyframes\":[{\"t\":0,\"yaw\":90,\"pitch\":30}]}' > still.json; "
           "$LAYERSCOPE record still " SMALL
           "--camera still.json --frames 2 --steps-per-frame 0 --probe 0 --hud none",
           0, NULL);
    assert_true(difference("still/frame-000000.png", "still/frame-000001.png") <= 0.0);
    assert_true(difference("still/frame-000000.png", "turn/frame-000000.png") > 0.1);
}

static void tiny_and_odd_pictures_are_drawn(void **state)
{
    (void)state;
    expect("$LAYERSCOPE screenshot tiny.png --size 16x16 --quiet --steps 1 --threads 1", 0, NULL);
    expect("$LAYERSCOPE screenshot tall.png --size 101x701 --quiet --steps 1 --threads 1 --theme light", 0,
           NULL);
    expect("$LAYERSCOPE screenshot wide.png --size 1501x97 --quiet --steps 1 --threads 1 --model mlp", 0,
           NULL);
    expect("$LAYERSCOPE screenshot huge.png --size 99999x9 --quiet", 2, "16 to 8192");
}

static void ctrl_c_finishes_the_film(void **state)
{
    (void)state;
    /* On a slow machine the first frame takes a while; an interrupt before it leaves no film. */
    struct program_result result;
    double seconds = 0.5;
    do {
        result = program_interrupt(folder, "exec $LAYERSCOPE record long.mp4 " SMALL "--seconds 3000",
                                   "long.mp4.*.part", seconds);
        if (result.status != 130)
            fail_msg("exit status %d: %s", result.status, result.err);
        seconds *= 2.0;
    } while (strstr(result.err, "before the first frame") && seconds < 60.0);
    assert_non_null(strstr(result.err, "interrupted after"));
    const struct program_result probe = expect(
        "ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of default=nk=1:nw=1 long.mp4",
        0, NULL);
    assert_true(atoi(probe.out) > 0);
    assert_false(exists("long.mp4.*.part"));
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    char disk[300];
    snprintf(disk, sizeof disk, "%s/disk", folder);
    mkdir(disk, 0700);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=100k") != 0) {
        print_message("skipped: a tmpfs cannot be mounted here\n");
        skip();
    }
    const struct program_result result =
        program_run(folder, "$LAYERSCOPE record disk/f.mp4 " SMALL "--seconds 60");
    const struct program_result probe =
        program_run(folder, "ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of "
                            "default=nk=1:nw=1 disk/f.mp4");
    umount(disk);
    assert_int_equal(result.status, 1);
    if (!strstr(result.err, "No space left on device") || !strstr(result.err, "playable"))
        fail_msg("%s", result.err);
    assert_true(atoi(probe.out) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_has_what_was_asked_for),
        cmocka_unit_test(the_same_command_line_gives_the_same_file),
        cmocka_unit_test(the_first_frame_is_the_screenshot),
        cmocka_unit_test(the_screenshot_lists_its_plates),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(a_film_goes_through_a_pipe),
        cmocka_unit_test(a_folder_takes_one_recording_at_a_time),
        cmocka_unit_test(a_camera_path_is_followed),
        cmocka_unit_test(tiny_and_odd_pictures_are_drawn),
        cmocka_unit_test(ctrl_c_finishes_the_film),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
