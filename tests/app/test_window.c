/* The viewer in a real window: Xvfb, a window manager, the built program, and xdotool as its user. What
 * happened is read from the program's own report (--json) and from pictures of the screen. */
#include "test.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "program.h"

enum { SCREEN_WIDTH = 1000, SCREEN_HEIGHT = 700, WINDOW_WIDTH = 720, WINDOW_HEIGHT = 450 };

static const double patience_seconds = 60.0;

static char folder[] = "/tmp/layerscope-window-XXXXXX";
static pid_t server = -1, manager = -1, viewer = -1;
static char window[32];

static pid_t spawn(char *const *arguments, int keep_open)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    char log[128];
    snprintf(log, sizeof log, "%s/%s.log", folder, strrchr(arguments[0], '/') ? "layerscope" : arguments[0]);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out >= 0) {
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
    }
    if (keep_open >= 0)
        fcntl(keep_open, F_SETFD, 0);
    execvp(arguments[0], arguments);
    _exit(127);
}

/* Returns the exit status; the first line of the output goes to `line`. */
static int shell(char *line, size_t size, const char *format, ...)
{
    char command[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char first[256] = "";
    if (fgets(first, sizeof first, pipe) != NULL)
        first[strcspn(first, "\n")] = '\0';
    char rest[256];
    while (fgets(rest, sizeof rest, pipe) != NULL)
        ;
    if (line != NULL)
        snprintf(line, size, "%s", first);
    return pclose(pipe);
}

static void run(const char *format, ...)
{
    char command[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    if (shell(NULL, 0, "%s", command) != 0)
        fail_msg("failed: %s", command);
}

static void keys(const char *names) { run("xdotool key --delay 40 %s", names); }

/* With what the viewer printed. */
static void fail_with_log(const char *message)
{
    char path[64];
    snprintf(path, sizeof path, "%s/layerscope.log", folder);
    size_t size;
    char *log = file_read(path, SIZE_MAX, &size, NULL);
    print_error("%s\n", log == NULL ? "" : log);
    free(log);
    fail_msg("%s", message);
}

static void open_window(bool with_manager, const char *more_options)
{
    if (with_manager) {
        manager = spawn((char *[]){"openbox", "--sm-disable", NULL}, -1);
        const double start = clock_seconds();
        while (shell(NULL, 0, "xdotool get_num_desktops >/dev/null 2>&1") != 0) {
            assert_true(clock_seconds() - start < patience_seconds);
            clock_sleep(0.05);
        }
    }
    char options[256], size[32], json[64];
    snprintf(options, sizeof options, "%s", more_options);
    snprintf(size, sizeof size, "%dx%d", WINDOW_WIDTH, WINDOW_HEIGHT);
    snprintf(json, sizeof json, "%s/report.json", folder);
    char *arguments[24] = {
        LAYERSCOPE_BINARY, "view", "--model",     "mlp",       "--size", size,     "--json", json,
        "--seed",          "1",    "--overwrite", "--threads", "1",      "--quiet"};
    int count = 14;
    for (char *word = strtok(options, " "); word != NULL; word = strtok(NULL, " "))
        arguments[count++] = word;
    viewer = spawn(arguments, -1);
}

static void find_window(void)
{
    const double start = clock_seconds();
    while (shell(window, sizeof window, "xdotool search --onlyvisible --name '^Layerscope' 2>/dev/null") !=
               0 ||
           window[0] == '\0') {
        int status;
        if (waitpid(viewer, &status, WNOHANG) == viewer)
            fail_with_log("the viewer ended early");
        assert_true(clock_seconds() - start < patience_seconds);
        clock_sleep(0.05);
    }
    run("xdotool windowfocus --sync %s mousemove --window %s 300 200", window, window);
}

/* Waits for the viewer's end and reads its report; the caller frees with cJSON_Delete. */
static cJSON *read_report(void)
{
    int status = 0;
    const double start = clock_seconds();
    while (waitpid(viewer, &status, WNOHANG) == 0) {
        if (clock_seconds() - start > patience_seconds)
            fail_with_log("the viewer did not end");
        clock_sleep(0.02);
    }
    viewer = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_with_log("the viewer failed");
    char path[64];
    snprintf(path, sizeof path, "%s/report.json", folder);
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, NULL);
    assert_non_null(text);
    cJSON *report = cJSON_Parse(text);
    free(text);
    unlink(path);
    assert_non_null(report);
    return report;
}

static double number(const cJSON *report, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(report, name);
    if (!cJSON_IsNumber(item))
        fail_msg("the report has no number '%s'", name);
    return item->valuedouble;
}

static bool truth(const cJSON *report, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(report, name);
    if (!cJSON_IsBool(item))
        fail_msg("the report has no truth value '%s'", name);
    return cJSON_IsTrue(item);
}

static const char *text(const cJSON *report, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(report, name));
    assert_non_null(value);
    return value;
}

/* The window's pixels, raw. */
static char *picture(size_t *size)
{
    char path[64];
    snprintf(path, sizeof path, "%s/picture.rgb", folder);
    run("import -silent -window %s -depth 8 rgb:%s", window, path);
    char *pixels = file_read(path, SIZE_MAX, size, NULL);
    assert_non_null(pixels);
    return pixels;
}

static bool picture_changes_within(double pause)
{
    size_t size, size2;
    char *before = picture(&size);
    clock_sleep(pause);
    char *after = picture(&size2);
    const bool changed = size != size2 || memcmp(before, after, size) != 0;
    free(before);
    free(after);
    return changed;
}

static void wait_until_picture(bool changes)
{
    const double start = clock_seconds();
    while (picture_changes_within(0.4) != changes) {
        if (clock_seconds() - start > patience_seconds)
            fail_msg("the picture still %s", changes ? "stands" : "changes");
    }
}

static void wait_for_size(int width, int height)
{
    char wanted[32], found[64] = "";
    snprintf(wanted, sizeof wanted, "%dx%d", width, height);
    const double start = clock_seconds();
    for (;;) {
        shell(found, sizeof found, "xdotool getwindowgeometry %s | sed -n 's/.*Geometry: //p'", window);
        if (strcmp(found, wanted) == 0)
            return;
        if (clock_seconds() - start > patience_seconds)
            fail_msg("the window is %s, not %s", found, wanted);
        clock_sleep(0.05);
    }
}

static void drag_turns_the_view(void **state)
{
    (void)state;
    open_window(true, "");
    find_window();
    wait_until_picture(true);
    keys("q");
    cJSON *before = read_report();

    open_window(false, "");
    find_window();
    wait_until_picture(true);
    run("xdotool mousemove --window %s 200 200 mousedown 1 mousemove_relative --sync 60 0 "
        "mousemove_relative --sync 60 30 sleep 0.3 mouseup 1",
        window);
    clock_sleep(4.0); /* the follower takes a few frames, which may be slow ones */
    keys("q");
    cJSON *after = read_report();
    /* 120 and 30 pixels at 0.3 degrees each, with the camera's follower close behind. */
    assert_true(fabs(fabs(number(after, "yaw") - number(before, "yaw")) - 36.0) < 9.0);
    assert_true(fabs(fabs(number(after, "pitch") - number(before, "pitch")) - 9.0) < 3.0);
    assert_true(fabs(number(after, "distance") / number(before, "distance") - 1.0) < 0.01);
    assert_int_equal(number(after, "gl_messages"), 0);
    assert_true(number(after, "frames") > 1);
    assert_true(number(after, "steps") > 0);
    cJSON_Delete(after);

    open_window(false, "");
    find_window();
    wait_until_picture(true);
    run("xdotool mousemove --window %s 300 200 click 4 click 4 click 4 sleep 0.1 mousedown 3 "
        "mousemove_relative --sync 40 0 mousemove_relative --sync 40 20 sleep 0.2 mouseup 3",
        window);
    clock_sleep(1.0);
    keys("q");
    after = read_report();
    assert_true(number(after, "distance") < 0.8 * number(before, "distance"));
    assert_true(fabs(number(after, "yaw") - number(before, "yaw")) < 0.01);
    double moved = 0.0;
    for (int i = 0; i < 3; i++)
        moved += fabs(cJSON_GetArrayItem(cJSON_GetObjectItem(after, "target"), i)->valuedouble -
                      cJSON_GetArrayItem(cJSON_GetObjectItem(before, "target"), i)->valuedouble);
    assert_true(moved > 0.01);
    cJSON_Delete(before);
    cJSON_Delete(after);
}

static void space_freezes_and_period_steps(void **state)
{
    (void)state;
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    keys("space");
    /* An evaluation that was under way may still change it once. */
    const double start = clock_seconds();
    while (picture_changes_within(2.0))
        if (clock_seconds() - start > patience_seconds)
            fail_msg("the picture of a paused run still changes");
    size_t size, size2;
    char *frozen = picture(&size), *later;
    keys("period");
    wait_until_picture(false);
    later = picture(&size2);
    assert_true(memcmp(frozen, later, size) != 0);
    free(frozen);
    free(later);
    keys("space");
    wait_until_picture(true);
    keys("space");
    keys("q");
    cJSON *report = read_report();
    assert_true(truth(report, "paused"));
    cJSON_Delete(report);
}

static void keys_change_the_view(void **state)
{
    (void)state;
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    keys("t n n p plus l o Tab q");
    cJSON *report = read_report();
    assert_string_equal(text(report, "theme"), "light");
    assert_string_equal(text(report, "hud"), "none");
    assert_true(truth(report, "linear_loss"));
    assert_true(truth(report, "auto_orbit"));
    assert_false(truth(report, "help"));
    assert_int_equal(number(report, "probe"), 1);
    assert_true(fabs(number(report, "learning_rate") - 1.25e-3) < 1e-6);
    assert_int_equal(number(report, "gl_messages"), 0);
    cJSON_Delete(report);

    open_window(false, "");
    find_window();
    wait_until_picture(true);
    keys("h F1 F1 Shift+Tab bracketright bracketright minus q");
    report = read_report();
    assert_true(truth(report, "help"));
    assert_string_equal(text(report, "hud"), "legend");
    assert_string_equal(text(report, "theme"), "dark");
    /* From the input past the flattening, which has no plate of its own. */
    assert_int_equal(number(report, "focus"), 2);
    assert_true(fabs(number(report, "learning_rate") - 0.8e-3) < 1e-6);
    assert_int_equal(number(report, "probe"), 0);
    cJSON_Delete(report);
}

/* The report of a window in which xdotool did this, and then nobody anything for a while. */
static cJSON *after(const char *actions)
{
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    if (actions[0] != '\0')
        run("xdotool mousemove --window %s 300 120 %s", window, actions);
    clock_sleep(3.0);
    keys("q");
    cJSON *report = read_report();
    assert_int_equal(number(report, "gl_messages"), 0);
    return report;
}

static double target_x(const cJSON *report)
{
    return cJSON_GetArrayItem(cJSON_GetObjectItem(report, "target"), 0)->valuedouble;
}

static void flights_arrive_unless_interrupted(void **state)
{
    (void)state;
    cJSON *usual = after("");
    cJSON *top = after("key 4");
    assert_true(fabs(number(top, "yaw") - 90.0) < 0.01 && fabs(number(top, "pitch") - 87.0) < 0.01);
    cJSON *near = after("key bracketleft");
    assert_int_equal(number(near, "focus"), 4);
    /* The output stands at the right end. */
    assert_true(target_x(near) > target_x(usual) + 1.0);
    cJSON *again = after("key bracketleft sleep 0.5 key f");
    assert_int_equal(number(again, "focus"), -1);
    assert_true(fabs(number(again, "distance") / number(usual, "distance") - 1.0) < 0.001);
    /* A wheel ends the flight where it is. */
    cJSON *interrupted = after("key 4 sleep 0.3 click 5");
    assert_true(number(interrupted, "pitch") < 86.0);
    /* Far down and no farther. */
    cJSON *steep = after("mousedown 1 mousemove_relative --sync 0 100 "
                         "mousemove_relative --sync 0 200 sleep 0.5 mouseup 1");
    assert_true(fabs(number(steep, "pitch") - 87.0) < 0.5);
    cJSON_Delete(usual);
    cJSON_Delete(top);
    cJSON_Delete(near);
    cJSON_Delete(again);
    cJSON_Delete(interrupted);
    cJSON_Delete(steep);
}

static void fullscreen_and_back(void **state)
{
    (void)state;
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    keys("F11");
    wait_for_size(SCREEN_WIDTH, SCREEN_HEIGHT);
    wait_until_picture(true);
    keys("Escape");
    wait_for_size(WINDOW_WIDTH, WINDOW_HEIGHT);
    keys("F11");
    wait_for_size(SCREEN_WIDTH, SCREEN_HEIGHT);
    keys("F11");
    wait_for_size(WINDOW_WIDTH, WINDOW_HEIGHT);
    run("xdotool windowsize %s 500 333", window);
    wait_for_size(500, 333);
    wait_until_picture(true);
    run("xdotool windowsize %s 64 64", window);
    wait_for_size(64, 64);
    run("xdotool windowsize %s 640 400", window);
    wait_for_size(640, 400);
    wait_until_picture(true);
    keys("q");
    cJSON *report = read_report();
    assert_false(truth(report, "fullscreen"));
    assert_int_equal(number(report, "window_width"), 640);
    assert_int_equal(number(report, "window_height"), 400);
    assert_int_equal(number(report, "framebuffer_width"), 640);
    assert_int_equal(number(report, "gl_messages"), 0);
    cJSON_Delete(report);
}

static void starts_fullscreen_and_closes_by_its_button(void **state)
{
    (void)state;
    open_window(false, "--fullscreen");
    find_window();
    wait_for_size(SCREEN_WIDTH, SCREEN_HEIGHT);
    wait_until_picture(true);
    keys("F11");
    wait_for_size(WINDOW_WIDTH, WINDOW_HEIGHT);
    wait_until_picture(true);
    keys("alt+F4");
    cJSON *report = read_report();
    assert_false(truth(report, "fullscreen"));
    assert_int_equal(number(report, "gl_messages"), 0);
    cJSON_Delete(report);
}

static void frames_and_steps_end(void **state)
{
    (void)state;
    open_window(false, "--frames 40 --steps 3");
    cJSON *report = read_report();
    assert_int_equal(number(report, "frames"), 40);
    assert_int_equal(number(report, "steps"), 3);
    cJSON_Delete(report);
}

static void wait_for_file(const char *name)
{
    const double start = clock_seconds();
    while (!program_finds(name)) {
        if (clock_seconds() - start > patience_seconds)
            fail_msg("%s is not there", name);
        clock_sleep(0.05);
    }
}

static void films_and_stills(void **state)
{
    (void)state;
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    const double start = clock_seconds();
    keys("F9");
    wait_for_file("layerscope-0001.mp4.*.part");
    clock_sleep(2.0);
    char title[64];
    shell(title, sizeof title, "xdotool getwindowname %s", window);
    assert_non_null(strstr(title, "REC 0:"));
    keys("F12 F12");
    wait_for_file("layerscope-0002.png");
    keys("F9");
    wait_for_file("layerscope-0001.mp4");
    const double most = clock_seconds() - start;
    shell(title, sizeof title, "xdotool getwindowname %s", window);
    assert_string_equal(title, "Layerscope – MLP, MNIST");
    /* Leaving finishes a film that is on. */
    keys("F9");
    wait_for_file("layerscope-0002.mp4.*.part");
    clock_sleep(0.5);
    keys("q");
    cJSON *report = read_report();
    assert_int_equal(number(report, "films"), 2);
    assert_int_equal(number(report, "stills"), 2);
    assert_int_equal(number(report, "gl_messages"), 0);
    cJSON_Delete(report);
    for (int film = 1; film <= 2; film++) {
        char line[64];
        shell(line, sizeof line,
              "ffprobe -v error -count_frames -show_entries stream=width,height,nb_read_frames -of csv=p=0 "
              "layerscope-000%d.mp4",
              film);
        int width, height, frames;
        assert_int_equal(sscanf(line, "%d,%d,%d", &width, &height, &frames), 3);
        assert_int_equal(width, WINDOW_WIDTH);
        assert_int_equal(height, WINDOW_HEIGHT);
        assert_true(frames >= (film == 1 ? 60 : 5) && frames <= 30.0 * most + 1.0);
    }
    assert_int_equal(shell(NULL, 0, "! ls layerscope-0002.mp4.*.part"), 0);
    assert_int_equal(
        shell(NULL, 0, "identify layerscope-0001.png | grep -q %dx%d", WINDOW_WIDTH, WINDOW_HEIGHT), 0);
}

/* Near the end, since it ends the window manager. */
static void fullscreen_without_a_window_manager(void **state)
{
    (void)state;
    kill(manager, SIGTERM);
    waitpid(manager, NULL, 0);
    manager = -1;
    open_window(false, "");
    find_window();
    wait_until_picture(true);
    keys("F11");
    wait_for_size(SCREEN_WIDTH, SCREEN_HEIGHT);
    wait_until_picture(true);
    keys("Escape");
    wait_for_size(WINDOW_WIDTH, WINDOW_HEIGHT);
    keys("ctrl+q");
    cJSON *report = read_report();
    assert_false(truth(report, "fullscreen"));
    cJSON_Delete(report);
}

#ifndef __SANITIZE_ADDRESS__
/* As when a graphics driver does; the address sanitizer has such ends to itself. */
static void a_crash_saves_the_run(void **state)
{
    (void)state;
    open_window(false, "--save crashed.safetensors");
    find_window();
    wait_until_picture(true);
    kill(viewer, SIGSEGV);
    int status = 0;
    assert_int_equal(waitpid(viewer, &status, 0), viewer);
    viewer = -1;
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    run("grep -q 'ended after step [0-9]*; go on with: layerscope view --load crashed.safetensors' "
        "layerscope.log");
    run(LAYERSCOPE_BINARY " train --quiet --steps 0 --load crashed.safetensors");
    run("! ls *.part 2>/dev/null");
    run("rm layerscope.log");
}
#endif

/* The very last: as when the X server crashes or the session ends. */
static void a_lost_display_saves_the_run(void **state)
{
    (void)state;
    open_window(false, "--save lost.safetensors");
    find_window();
    wait_until_picture(true);
    keys("F9");
    wait_for_file("layerscope-0003.mp4.*.part");
    clock_sleep(0.5);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    server = -1;
    int status = 0;
    assert_int_equal(waitpid(viewer, &status, 0), viewer);
    viewer = -1;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    run("grep -q 'error: the display was lost after step [0-9]*; go on with: layerscope view --load "
        "lost.safetensors' layerscope.log");
    run("! grep -q warning layerscope.log");
    run(LAYERSCOPE_BINARY " train --quiet --steps 0 --load lost.safetensors");
    run("ffprobe -v error -count_frames -show_entries stream=nb_read_frames layerscope-0003.mp4");
    run("! ls *.part 2>/dev/null");
}

static int end_viewer(void **state)
{
    (void)state;
    if (viewer > 0) {
        kill(viewer, SIGKILL);
        waitpid(viewer, NULL, 0);
        viewer = -1;
    }
    return 0;
}

/* Xvfb chooses a free display and says which. */
static int start_server(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    char descriptor[16], screen[32];
    snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
    snprintf(screen, sizeof screen, "%dx%dx24", SCREEN_WIDTH, SCREEN_HEIGHT);
    server =
        spawn((char *[]){"Xvfb", "-displayfd", descriptor, "-screen", "0", screen, "-nolisten", "tcp", NULL},
              ends[1]);
    close(ends[1]);
    char display[16] = ":";
    size_t length = 1;
    while (length < sizeof display - 1 && read(ends[0], display + length, 1) == 1 && display[length] != '\n')
        length++;
    display[length] = '\0';
    close(ends[0]);
    if (length == 1) {
        print_error("Xvfb did not start (Debian package xvfb)\n");
        return -1;
    }
    setenv("DISPLAY", display, 1);
    unsetenv("WAYLAND_DISPLAY");
    return 0;
}

static int stop_server(void **state)
{
    end_viewer(state);
    if (manager > 0) {
        kill(manager, SIGTERM);
        waitpid(manager, NULL, 0);
    }
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    return shell(NULL, 0, "rm -rf '%s'", folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(drag_turns_the_view, end_viewer),
        cmocka_unit_test_teardown(space_freezes_and_period_steps, end_viewer),
        cmocka_unit_test_teardown(keys_change_the_view, end_viewer),
        cmocka_unit_test_teardown(flights_arrive_unless_interrupted, end_viewer),
        cmocka_unit_test_teardown(fullscreen_and_back, end_viewer),
        cmocka_unit_test_teardown(starts_fullscreen_and_closes_by_its_button, end_viewer),
        cmocka_unit_test_teardown(frames_and_steps_end, end_viewer),
        cmocka_unit_test_teardown(films_and_stills, end_viewer),
        cmocka_unit_test_teardown(fullscreen_without_a_window_manager, end_viewer),
#ifndef __SANITIZE_ADDRESS__
        cmocka_unit_test_teardown(a_crash_saves_the_run, end_viewer),
#endif
        cmocka_unit_test_teardown(a_lost_display_saves_the_run, end_viewer),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
