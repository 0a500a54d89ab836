/* Other networks and data in a running viewer: files are dropped on a real window (on its GLFW callback), and
 * the viewer's frames go on until the new run is there or the window says why not. */
#include "test.h"

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

static const double patience_seconds = 120.0;

static char folder[] = "/tmp/layerscope-open-XXXXXX";
static pid_t server = -1;
static struct options options;
static struct viewer viewer;
static bool is_open;

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

static void open_viewer(const char *more)
{
    char line[512];
    char *argv[32] = {"layerscope", "view", "--size", "480x320", "--threads", "1", "--quiet"};
    int argc = 7;
    struct error err = {0};
    snprintf(line, sizeof line, "%s", more);
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

static void close_viewer(void)
{
    if (!is_open)
        return;
    is_open = false;
    viewer_end(&viewer);
    assert_int_equal(gl_debug_message_count(), 0);
    viewer_deinit(&viewer);
}

static uint64_t steps(void) { return training_thread_status(viewer.thread).step; }

static void frame(void) { assert_true(viewer_frame(&viewer)); }

/* Frames until `steps` more steps are made. */
static void train(uint64_t more)
{
    const uint64_t goal = steps() + more;
    const double start = clock_seconds();
    while (steps() < goal) {
        frame();
        if (clock_seconds() - start > patience_seconds)
            fail_msg("training stands at step %llu", (unsigned long long)steps());
    }
}

static void drop(int count, const char **paths)
{
    GLFWdropfun callback = glfwSetDropCallback(viewer.window, NULL);
    assert_non_null(callback);
    glfwSetDropCallback(viewer.window, callback);
    callback(viewer.window, count, paths);
}

static void settle(void)
{
    const double start = clock_seconds();
    do {
        frame();
        if (clock_seconds() - start > patience_seconds)
            fail_msg("opening stands in state %d", (int)viewer.open.state);
    } while (viewer.open.state != OPENING_NOTHING || viewer.open.has_next);
    frame();
}

#define DROP(...)                                                                                            \
    do {                                                                                                     \
        const char *dropped[] = {__VA_ARGS__};                                                               \
        drop((int)(sizeof dropped / sizeof *dropped), dropped);                                              \
        settle();                                                                                            \
    } while (0)

static void expect_run(const char *network, const char *data)
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
static void expect_refusal(const char *text)
{
    if (!viewer.message.shown || viewer.message.kind != MESSAGE_ERROR || !strstr(viewer.message.text, text))
        fail_msg("expected to read in the window: %s\nfound: %s", text,
                 viewer.message.shown ? viewer.message.text : "nothing");
    train(2);
}

static int count_autosaves(void)
{
    int count = 0;
    DIR *files = opendir("state/layerscope");
    for (struct dirent *entry; files && (entry = readdir(files));)
        count += strstr(entry->d_name, ".safetensors") != NULL;
    if (files)
        closedir(files);
    return count;
}

/* ---- tests ---- */

static void a_model_takes_the_place_of_another(void **state)
{
    (void)state;
    open_viewer("--model mlp --data five.csv");
    train(5);
    const int before = count_autosaves();
    DROP("small.json");
    expect_run("Small", "five");
    assert_int_equal(count_autosaves(), before + 1);
    assert_non_null(strstr(viewer.message.text, "The run before is saved: "));
    /* The title of the window and what the camera, the drawer and the keys refer to are the new network's. */
    DROP("lenet");
    expect_run("LeNet-5", "MNIST");
    assert_non_null(strstr(viewer.message.text, "takes the data it names, mnist"));
    DROP("plane.json");
    expect_run("Plane", "spiral");
    assert_non_null(strstr(viewer.message.text, "takes the data it names, spiral:classes=3"));
    close_viewer();
}

static void data_find_their_model(void **state)
{
    (void)state;
    open_viewer("--model small.json --data circle");
    train(3);
    DROP("five.csv");
    expect_run("Small", "five");
    assert_int_equal(network_output_count(viewer.session.network), 3);
    DROP("pair/X.npy", "pair/y.npy");
    expect_run("Small", "pair");
    DROP("plane.json");
    expect_run("Plane", "spiral");
    DROP("pair");
    expect_run("MLP", "pair");
    assert_non_null(strstr(viewer.message.text, "MLP instead of Plane, which does not fit"));
    DROP("small.json", "xor");
    expect_run("Small", "xor");
    close_viewer();
}

static void checkpoints_go_on_or_lend_their_parameters(void **state)
{
    (void)state;
    struct error err = {0};
    open_viewer("--model small.json --data circle --optimizer momentum --batch 16 --lr 0.02 --seed 9");
    train(6);
    struct training_thread *thread = viewer.thread;
    training_thread_post(thread, (struct training_command){TRAINING_PAUSE, 0, 0});
    unlink("run.safetensors");
    assert_true(training_thread_save(thread, "run.safetensors", false));
    while (!training_thread_take_saved(thread, &err))
        clock_sleep(0.01);
    assert_int_equal(err.class_, ERROR_NONE);
    const uint64_t saved_at = steps();
    DROP("plane.json");
    viewer.paused = true;
    training_thread_post(viewer.thread, (struct training_command){TRAINING_PAUSE, 0, 0});
    DROP("run.safetensors");
    assert_int_equal(steps(), saved_at);
    assert_true(fabsf(viewer.learning_rate - 0.02f) < 1e-6f);
    assert_int_equal(trainer_batch(viewer.session.trainer), 16);
    viewer.paused = false;
    viewer_post(&viewer, TRAINING_RESUME, 0, 0);
    expect_run("Small", "circle");
    close_viewer();
}

static void what_is_broken_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } broken[] = {
        {"broken.json", "broken.json"},
        {"unknown.json", "Dense42"},
        {"orphan.json", "drop data along with it"},
        {"empty.csv", "empty.csv: is empty"},
        {"nothing", "nothing: there is no such file or folder"},
        {"hollow", "hollow: expected in this folder"},
        {"short.safetensors", "short.safetensors"},
        {"picture.png", "is one image"},
        {"weights.h5", "model.to_json()"},
        {"weights.pth", "safetensors.torch.save_file"},
        {"noise.xyz", "is of no known format"},
        {"half.npy", "half.npy"},
        {"ragged.csv", "ragged.csv"},
    };
    write_text("empty.csv", "");
    mkdir("hollow", 0700);
    write_text("short.safetensors", "{\"a\": 1}");
    write_text("picture.png", "\x89PNG\r\n\x1a\n");
    write_text("weights.h5", "\x89HDF\r\n");
    write_text("weights.pth", "PK\x03\x04");
    write_text("noise.xyz", "\x01\x02\x03\x04\x05\x06\x07\x08\x09");
    write_text("half.npy", "\x93NUMPY");
    write_text("ragged.csv", "a,b,label\n1,2,x\n3\n");
    open_viewer("--model small.json --data circle");
    train(3);
    const struct session before = viewer.session;
    const int saved = count_autosaves();
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        DROP(broken[i].path);
        expect_refusal(broken[i].text);
        assert_ptr_equal(viewer.session.trainer, before.trainer);
        view_command_find("leave")->run(&viewer);
        assert_false(viewer.message.shown);
    }
    DROP("small.json", "ten.json");
    expect_refusal("are two models; drop one");
    DROP("five.csv", "pair");
    expect_refusal("are two data sets; drop one");
    DROP("ten.json", "circle");
    expect_refusal("ten.json");
    assert_ptr_equal(viewer.session.trainer, before.trainer);
    assert_int_equal(count_autosaves(), saved);
    assert_int_equal(viewer.open.count, 0);
    close_viewer();
}

static void a_run_that_cannot_be_saved_stays(void **state)
{
    (void)state;
    char state_home[128];
    snprintf(state_home, sizeof state_home, "%s/five.csv", folder);
    setenv("XDG_STATE_HOME", state_home, 1);
    open_viewer("--model small.json --data circle");
    train(3);
    DROP("plane.json");
    expect_refusal("cannot be saved first");
    assert_string_equal(viewer.session.network->name, "Small");
    close_viewer();
    open_viewer("--model small.json --data circle --autosave 0");
    train(3);
    DROP("plane.json");
    expect_run("Plane", "spiral");
    assert_non_null(strstr(viewer.message.text, "The run before was not saved."));
    close_viewer();
    snprintf(state_home, sizeof state_home, "%s/state", folder);
    setenv("XDG_STATE_HOME", state_home, 1);
}

/* The last of several counts, and Esc gives up what is on its way. */
static void impatience(void **state)
{
    (void)state;
    open_viewer("--model small.json --data circle");
    train(2);
    drop(1, (const char *[]){"plane.json"});
    drop(1, (const char *[]){"pair"});
    drop(1, (const char *[]){"xor"});
    settle();
    expect_run("Small", "xor");
    drop(1, (const char *[]){"plane.json"});
    view_command_find("leave")->run(&viewer);
    settle();
    assert_string_equal(viewer.session.network->name, "Small");
    assert_int_equal(viewer.open.count, 1);
    /* Leaving while something is on its way. */
    drop(1, (const char *[]){"plane.json"});
    close_viewer();
}

static size_t resident_bytes(void)
{
    unsigned long long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu %llu", &size, &resident), 2);
    fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* A film goes on meanwhile, what the user chose to see stays, and nothing is left of the runs before. */
static void again_and_again(void **state)
{
    (void)state;
    open_viewer("--model small.json --data gaussians:classes=3");
    train(2);
    view_command_find("theme")->run(&viewer);
    view_command_find("legend")->run(&viewer);
    view_command_find("record")->run(&viewer);
    assert_true(viewer.recorder.on);
    size_t early = 0;
    for (int i = 0; i < 20; i++) {
        if (i % 2 == 0) {
            DROP("mlp", "gaussians:classes=3");
            expect_run("MLP", "gaussians");
        } else {
            DROP("plane.json");
            expect_run("Plane", "gaussians");
        }
        assert_int_equal(view_theme(viewer.view), THEME_LIGHT);
        assert_int_equal(view_hud(viewer.view), HUD_LEGEND);
        assert_true(viewer.recorder.on);
        if (i == 5)
            early = resident_bytes();
    }
    assert_int_equal(viewer.open.count, 20);
#ifndef __SANITIZE_ADDRESS__
    /* Each pair of runs takes far more while it lasts. */
    assert_true(resident_bytes() < early + ((size_t)48 << 20));
#endif
    (void)early;
    view_command_find("record")->run(&viewer);
    close_viewer();
    assert_int_equal(access("layerscope-0001.mp4", F_OK), 0);
}

static int end_viewer(void **state)
{
    (void)state;
    close_viewer();
    return 0;
}

/* Xvfb chooses a free display and says which. */
static int start_server(void **state)
{
    (void)state;
    int ends[2];
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    char descriptor[16], display[16] = ":", state_home[64];
    snprintf(descriptor, sizeof descriptor, "%d", ends[1]);
    server = fork();
    if (server == 0) {
        fcntl(ends[1], F_SETFD, 0);
        execlp("Xvfb", "Xvfb", "-displayfd", descriptor, "-screen", "0", "640x480x24", "-nolisten", "tcp",
               (char *)NULL);
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
    snprintf(state_home, sizeof state_home, "%s/state", folder);
    setenv("XDG_STATE_HOME", state_home, 1);
    write_data();
    write_models();
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    char command[64];
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_model_takes_the_place_of_another, end_viewer),
        cmocka_unit_test_teardown(data_find_their_model, end_viewer),
        cmocka_unit_test_teardown(checkpoints_go_on_or_lend_their_parameters, end_viewer),
        cmocka_unit_test_teardown(what_is_broken_is_refused, end_viewer),
        cmocka_unit_test_teardown(a_run_that_cannot_be_saved_stays, end_viewer),
        cmocka_unit_test_teardown(impatience, end_viewer),
        cmocka_unit_test_teardown(again_and_again, end_viewer),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
