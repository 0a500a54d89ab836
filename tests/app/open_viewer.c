/* The viewer in a window of Xvfb, driven frame by frame. */
#include "open_viewer.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/view_commands.h"
#include "app/viewer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "view/ui.h"

static const double patience_seconds = 120.0;

static char folder[] = "/tmp/layerscope-open-XXXXXX";
static pid_t server = -1;
static struct options options;
static bool is_open;
struct viewer viewer;

#ifdef __SANITIZE_THREAD__
/* Mesa's driver is not built for the thread sanitizer, which sees half of its locking. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) { return "race:swrast_dri.so\nrace:libgallium\n"; }
#endif

static void write_bytes(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *name, const char *text) { write_bytes(name, text, strlen(text)); }

/* Twelve samples of `values` numbers with labels 0, 1, 2, as NumPy's arrays and as CSV. */
static void write_data(void)
{
    char header[128];
    float x[12][5];
    int64_t y[12];
    assert_int_equal(mkdir("pair", 0700), 0);
    FILE *csv = fopen("five.csv", "w");
    assert_non_null(csv);
    fprintf(csv, "a,b,c,d,e,label\n");
    for (int i = 0; i < 12; i++) {
        for (int k = 0; k < 5; k++)
            x[i][k] = (float)((i * 7 + k * 3) % 11) / 11.0f;
        y[i] = i % 3;
        fprintf(csv, "%g,%g,%g,%g,%g,%c\n", (double)x[i][0], (double)x[i][1], (double)x[i][2],
                (double)x[i][3], (double)x[i][4], "pqr"[i % 3]);
    }
    fclose(csv);
    for (int i = 0; i < 2; i++) {
        char file[10 + 118 + sizeof x];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (12, %s), }",
                 i == 0 ? "<f4" : "<i8", i == 0 ? "5" : "");
        memset(file, ' ', sizeof file);
        memcpy(file, "\x93NUMPY\x01\x00\x76\x00", 10);
        memcpy(file + 10, header, strlen(header));
        file[127] = '\n';
        const size_t size = i == 0 ? sizeof x : sizeof y;
        memcpy(file + 128, i == 0 ? (const void *)x : (const void *)y, size);
        write_bytes(i == 0 ? "pair/X.npy" : "pair/y.npy", file, 128 + size);
    }
}

#define DENSE(name, units, activation)                                                                       \
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"" name "\", \"units\": " units                     \
    ", \"activation\": \"" activation "\"}}"

/* A file of Keras's, which declares its input. */
#define KERAS(name, inputs, more)                                                                            \
    "{" more "\"class_name\": \"Sequential\", \"config\": {\"name\": \"" name                                \
    "\", \"layers\": [{\"class_name\": \"InputLayer\", \"config\": {\"batch_input_shape\": [null, " inputs   \
    "]}}, " DENSE("hidden", "9", "tanh") ", " DENSE("out", "3", "softmax") "]}}"

static void write_models(void)
{
    write_text("small.json",
               "{\"name\": \"Small\", \"loss\": \"categorical_crossentropy\", \"layers\": [" DENSE(
                   "hidden", "7", "relu") ", " DENSE("out", "null", "softmax") "]}");
    write_text("plane.json", KERAS("Plane", "2", "\"data\": \"spiral:classes=3\", "));
    write_text("orphan.json", KERAS("Orphan", "77", ""));
    write_text("ten.json", "{\"name\": \"Ten\", \"loss\": \"categorical_crossentropy\", \"layers\": [" DENSE(
                               "out", "10", "softmax") "]}");
    write_text("broken.json", "{\"name\": \"Broken\", \"layers\": [");
    write_text("unknown.json", "{\"layers\": [{\"class_name\": \"Dense42\", \"config\": {}}]}");
}

/* ---- the viewer ---- */

void open_viewer(const char *more)
{
    char line[512];
    char *argv[32] = {"layerscope", "view", "--threads", "1", "--quiet"};
    int argc = 5;
    struct error err = {0};
    snprintf(line, sizeof line, "%s%s", more, strstr(more, "--size") ? "" : " --size 480x320");
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    static char kept[32][128]; /* options point into argv */
    for (int i = 0; i < argc; i++) {
        snprintf(kept[i], sizeof kept[i], "%s", argv[i]);
        argv[i] = kept[i];
    }
    if (!options_parse(&options, argc, argv, &err) || !viewer_init(&viewer, &options, &err))
        fail_msg("%s", err.message);
    is_open = true;
    viewer_begin(&viewer);
}

void close_viewer(void)
{
    if (!is_open)
        return;
    is_open = false;
    viewer_end(&viewer);
    assert_int_equal(gl_debug_message_count(), 0);
    viewer_deinit(&viewer);
}

uint64_t steps(void) { return training_thread_status(viewer.thread).step; }

static void frame(void) { assert_true(viewer_frame(&viewer)); }

/* Frames until `steps` more steps are made. */
void train(uint64_t more)
{
    const uint64_t goal = steps() + more;
    const double start = clock_seconds();
    while (steps() < goal) {
        frame();
        if (clock_seconds() - start > patience_seconds)
            fail_msg("training stands at step %llu", (unsigned long long)steps());
    }
}

void drop(int count, const char **paths)
{
    GLFWdropfun callback = glfwSetDropCallback(viewer.window, NULL);
    assert_non_null(callback);
    glfwSetDropCallback(viewer.window, callback);
    callback(viewer.window, count, paths);
}

void press(int key, int modifiers)
{
    GLFWkeyfun callback = glfwSetKeyCallback(viewer.window, NULL);
    glfwSetKeyCallback(viewer.window, callback);
    callback(viewer.window, key, 0, GLFW_PRESS, modifiers);
    callback(viewer.window, key, 0, GLFW_RELEASE, modifiers);
}

void type(const char *text)
{
    GLFWcharfun callback = glfwSetCharCallback(viewer.window, NULL);
    glfwSetCharCallback(viewer.window, callback);
    for (; *text; text++)
        callback(viewer.window, (unsigned char)*text);
}

struct sought {
    const char *text;
    struct rect box;
};

static void watch(void *context, const struct ui_text_box *box)
{
    struct sought *sought = context;
    if (sought->box.width == 0.0f && strcmp(box->text, sought->text) == 0)
        sought->box = box->box;
}

void click_on(const char *text)
{
    struct sought sought = {.text = text};
    ui_watch_text(view_ui(viewer.view), watch, &sought, true);
    frame();
    ui_watch_text(view_ui(viewer.view), NULL, NULL, true);
    if (sought.box.width == 0.0f)
        fail_msg("the window does not read: %s", text);
    GLFWcursorposfun move = glfwSetCursorPosCallback(viewer.window, NULL);
    GLFWmousebuttonfun button = glfwSetMouseButtonCallback(viewer.window, NULL);
    glfwSetCursorPosCallback(viewer.window, move);
    glfwSetMouseButtonCallback(viewer.window, button);
    move(viewer.window, (double)(sought.box.x + 0.5f * sought.box.width),
         (double)(sought.box.y + 0.5f * sought.box.height));
    button(viewer.window, GLFW_MOUSE_BUTTON_LEFT, GLFW_PRESS, 0);
    button(viewer.window, GLFW_MOUSE_BUTTON_LEFT, GLFW_RELEASE, 0);
    frame();
}

void settle(void)
{
    const double start = clock_seconds();
    do {
        frame();
        if (clock_seconds() - start > patience_seconds)
            fail_msg("opening stands in state %d", (int)viewer.open.state);
    } while (viewer.open.state != OPENING_NOTHING || viewer.open.has_next);
    frame();
}

void expect_run(const char *network, const char *data)
{
    if (strcmp(viewer.session.network->name, network) != 0 || strcmp(viewer.session.data->name, data) != 0)
        fail_msg("%s on %s runs, not %s on %s; the window says: %s", viewer.session.network->name,
                 viewer.session.data->name, network, data, viewer.message.text);
    if (viewer.message.kind == MESSAGE_ERROR && viewer.message.shown)
        fail_msg("the window says: %s", viewer.message.text);
    char title[256];
    snprintf(title, sizeof title, "%s on %s", network, data);
    assert_string_equal(viewer.message.title, title);
    train(3);
    assert_int_equal(view_info(viewer.view)->output_count, network_output_count(viewer.session.network));
}

/* The old run goes on, and the window says `text`. */
void expect_refusal(const char *text)
{
    if (!viewer.message.shown || viewer.message.kind != MESSAGE_ERROR || !strstr(viewer.message.text, text))
        fail_msg("expected to read in the window: %s\nfound: %s", text,
                 viewer.message.shown ? viewer.message.text : "nothing");
    train(2);
}

int count_autosaves(void)
{
    int count = 0;
    DIR *files = opendir("state/layerscope");
    for (struct dirent *entry; files && (entry = readdir(files));)
        count += strstr(entry->d_name, ".safetensors") != NULL;
    if (files)
        closedir(files);
    return count;
}

void save_under(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    setenv("XDG_STATE_HOME", path, 1);
}

int end_viewer(void **state)
{
    (void)state;
    save_under("state");
    close_viewer();
    return 0;
}

/* Xvfb chooses a free display and says which. */
int start_server(void **state)
{
    (void)state;
    int ends[2];
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    char descriptor[16], display[16] = ":";
    snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
    server = fork();
    if (server == 0) {
        fcntl(ends[1], F_SETFD, 0);
        execlp("Xvfb", "Xvfb", "-displayfd", descriptor, "-screen", "0", "1000x700x24", "-nolisten", "tcp",
               "-noreset", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 1;
    while (length < sizeof display - 1 && read(ends[0], display + length, 1) == 1 && display[length] != '\n')
        length++;
    display[length] = '\0';
    close(ends[0]);
    if (server < 0 || length == 1) {
        print_error("Xvfb did not start (Debian package xvfb)\n");
        return -1;
    }
    setenv("DISPLAY", display, 1);
    unsetenv("WAYLAND_DISPLAY");
    save_under("state");
    write_data();
    write_models();
    return 0;
}

int stop_server(void **state)
{
    (void)state;
    char command[64];
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}
