/* Other networks and data in a running viewer: files are dropped on a real window (on its GLFW callback), and
 * the viewer's frames go on until the new run is there or the window says why not. */
#include "open_viewer.h"

#define GLFW_INCLUDE_NONE
#define GLFW_EXPOSE_NATIVE_X11
#include <GLFW/glfw3.h>
#include <GLFW/glfw3native.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/view_commands.h"
#include "base/clock.h"
#include "base/memory.h"
#include "nn/checkpoint.h"
#include "xdnd_source.h"

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

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
    DROP("regression");
    expect_run("Regression", "random");
    assert_non_null(strstr(viewer.message.text, "takes the data it names, random"));
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

/* A state_dict: parameters alone. */
static void parameters_go_into_the_present_network(void **state)
{
    (void)state;
    struct error err = {0};
    const struct checkpoint_info info = {0};
    open_viewer("--model small.json --data circle --steps 0");
    const size_t count = viewer.session.network->program.parameter_count;
    float *parameters = ls_calloc(count, sizeof *parameters), *read = ls_calloc(count, sizeof *read);
    for (size_t i = 0; i < count; i++)
        parameters[i] = 0.01f * (float)i;
    const struct checkpoint_values values = {.size = sizeof(float), .parameters = parameters};
    if (!checkpoint_save("bare.safetensors", viewer.session.network, &values, &info, false, &err))
        fail_msg("%s", err.message);
    DROP("bare.safetensors");
    assert_int_equal(viewer.open.count, 1);
    trainer_read_parameters(viewer.session.trainer, read);
    assert_memory_equal(read, parameters, count * sizeof *read);
    DROP("plane.json");
    assert_string_equal(viewer.session.network->name, "Plane");
    DROP("bare.safetensors");
    assert_int_equal(viewer.message.kind, MESSAGE_ERROR);
    assert_non_null(strstr(viewer.message.text, "expected shape"));
    assert_non_null(strstr(viewer.message.text, "drop that along with it"));
    DROP("bare.safetensors", "small.json", "circle");
    assert_string_equal(viewer.session.network->name, "Small");
    trainer_read_parameters(viewer.session.trainer, read);
    assert_memory_equal(read, parameters, count * sizeof *read);
    free(parameters);
    free(read);
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
    save_under("five.csv");
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

/* Ctrl+O, names that are clicked on, a path that is typed. */
static void the_prompt_opens_what_is_chosen(void **state)
{
    (void)state;
    open_viewer("--model small.json --data circle --size 800x600");
    train(2);
    press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    type("o"); /* no command now */
    assert_false(view_camera(viewer.view)->auto_orbit);
    press(GLFW_KEY_BACKSPACE, 0);
    assert_string_equal(viewer.prompt.text, "");
    click_on("gaussians");
    click_on("mlp");
    click_on("trains mlp on gaussians");
    settle();
    expect_run("MLP", "gaussians");
    /* Another optimizer: the same network from its first step. */
    press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    click_on("momentum");
    click_on("16");
    press(GLFW_KEY_ENTER, 0);
    settle();
    expect_run("MLP", "gaussians");
    assert_int_equal(trainer_optimizer(viewer.session.trainer)->kind, OPTIMIZER_MOMENTUM);
    assert_int_equal(trainer_batch(viewer.session.trainer), 16);
    assert_int_equal(viewer.open.count, 2);
    /* What cannot be opened stays to be mended. */
    press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    type("  'fiv");
    press(GLFW_KEY_ENTER, 0);
    expect_refusal("there is no such file");
    assert_true(viewer.prompt.shown);
    press(GLFW_KEY_U, GLFW_MOD_CONTROL);
    type("fiv");
    press(GLFW_KEY_TAB, 0);
    assert_string_equal(viewer.prompt.text, "five.csv");
    press(GLFW_KEY_U, GLFW_MOD_CONTROL);
    /* Where names part, they are listed until something is typed. */
    type("p");
    press(GLFW_KEY_TAB, 0);
    assert_string_equal(viewer.prompt.text, "p");
    assert_true(viewer.prompt.completion_total >= 2);
    click_on("pair/");
    click_on("plane.json");
    type("a");
    assert_int_equal(viewer.prompt.completion_total, 0);
    press(GLFW_KEY_TAB, 0);
    assert_string_equal(viewer.prompt.text, "pair/");
    assert_int_equal(viewer.prompt.completion_total, 0);
    press(GLFW_KEY_ENTER, 0);
    settle();
    expect_run("MLP", "pair");
    press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    press(GLFW_KEY_ESCAPE, 0);
    assert_false(viewer.prompt.shown);
    close_viewer();
}

/* A film leaves the question out, the window does not. */
static void the_prompt_answers_while_filming(void **state)
{
    (void)state;
    open_viewer("--model small.json --data circle");
    train(2);
    press(GLFW_KEY_F9, 0);
    assert_true(viewer.recorder.on);
    press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    click_on("momentum");
    assert_true(viewer.prompt.chosen[PROMPT_OPTIMIZER] >= 0);
    click_on("trains the present network anew, as chosen");
    settle();
    expect_run("Small", "circle");
    assert_true(viewer.recorder.on);
    press(GLFW_KEY_F9, 0);
    close_viewer();
}

/* What is drawn is of step 0, and so is the last evaluation, if there is one yet. */
static bool stands_at_the_beginning(void)
{
    struct predictions newest = {.version = 0};
    metrics_read_predictions(trainer_metrics(viewer.session.trainer), &newest);
    const bool old = newest.version > 0 && newest.step > 0;
    predictions_deinit(&newest);
    return !old && view_info(viewer.view) && view_info(viewer.view)->step == 0;
}

static void a_paused_run_begins_anew_in_every_panel(void **state)
{
    (void)state;
    open_viewer("--model small.json --data five.csv");
    train(200);
    press(GLFW_KEY_SPACE, 0);
    settle();
    assert_true(viewer.paused && !stands_at_the_beginning());
    press(GLFW_KEY_R, GLFW_MOD_CONTROL);
    const double start = clock_seconds();
    while (!stands_at_the_beginning()) {
        settle();
        assert_true(clock_seconds() - start < 60.0);
    }
    assert_true(viewer.paused && steps() == 0);
    close_viewer();
}

static void click_twice(double x, double y)
{
    GLFWcursorposfun move = glfwSetCursorPosCallback(viewer.window, NULL);
    GLFWmousebuttonfun button = glfwSetMouseButtonCallback(viewer.window, NULL);
    glfwSetCursorPosCallback(viewer.window, move);
    glfwSetMouseButtonCallback(viewer.window, button);
    move(viewer.window, x, y);
    for (int i = 0; i < 2; i++) {
        button(viewer.window, GLFW_MOUSE_BUTTON_LEFT, GLFW_PRESS, 0);
        button(viewer.window, GLFW_MOUSE_BUTTON_LEFT, GLFW_RELEASE, 0);
        assert_true(viewer_frame(&viewer));
    }
}

/* It looks at what is under the cursor, weights too, and selects nothing; however slow the frames are. */
static void a_double_click_looks_and_leaves_the_selection(void **state)
{
    (void)state;
    open_viewer("--model small.json --data five.csv --steps 0 --hud none");
    assert_true(viewer_frame(&viewer) && viewer_frame(&viewer));
    const struct view_plate *plates;
    const int count = view_plates(viewer.view, &plates);
    for (int i = 0; i < count; i++) {
        if (plates[i].plate->kind != PLATE_WEIGHT || plates[i].side != SIDE_VALUES)
            continue;
        const float(*quad)[2] = plates[i].quad;
        const struct display_cell chosen = {0, 2};
        view_display(viewer.view)->selected = chosen;
        click_twice(0.25 * (double)(quad[0][0] + quad[1][0] + quad[2][0] + quad[3][0]),
                    0.25 * (double)(quad[0][1] + quad[1][1] + quad[2][1] + quad[3][1]));
        assert_true(display_cell_equal(view_display(viewer.view)->selected, chosen));
        assert_int_equal(viewer.focus, plates[i].plate->layer);
        const struct camera_pose *pose = &view_camera(viewer.view)->flight_to;
        assert_true(pose->target[1] < plates[0].plate->origin[1]); /* down to the shelf */
        close_viewer();
        return;
    }
    fail_msg("no weights");
}

/* Every name that can be chosen is known. */
static void the_prompt_names_what_there_is(void **state)
{
    (void)state;
    open_viewer("--model small.json --data circle");
    viewer_prompt_show(&viewer, true);
    assert_true(viewer.prompt.model_count > 5 && viewer.prompt.data_count > 5);
    for (int i = 0; i < viewer.prompt.model_count + viewer.prompt.data_count; i++) {
        const bool model = i < viewer.prompt.model_count;
        const char *name =
            model ? viewer.prompt.model_names[i] : viewer.prompt.data_names[i - viewer.prompt.model_count];
        struct offer offer;
        struct error err = {0};
        if (!offer_read(&offer, &name, 1, &err))
            fail_msg("%s", err.message);
        assert_non_null(model ? offer.model : offer.data);
        offer_deinit(&offer);
    }
    close_viewer();
}

/* Dragged from another program's window. */
static void another_program_drops_files(void **state)
{
    (void)state;
    char uris[600], here[256];
    int x, y, status;
    open_viewer("--model ten.json --data gaussians:classes=10");
    train(2);
    assert_non_null(getcwd(here, sizeof here));
    snprintf(uris, sizeof uris, "file://%s/small.json\r\nfile://%s/five.csv\r\n", here, here);
    glfwGetWindowPos(viewer.window, &x, &y);
    const Window target = glfwGetX11Window(viewer.window);
    const pid_t source = fork();
    if (source == 0)
        _exit(xdnd_drop(target, x + 50, y + 50, uris) ? 0 : 1);
    const double start = clock_seconds();
    while (viewer.open.count == 0) {
        assert_true(viewer_frame(&viewer));
        if (clock_seconds() - start > 60.0)
            fail_msg("nothing was dropped; the window says: %s", viewer.message.text);
    }
    assert_int_equal(waitpid(source, &status, 0), source);
    assert_int_equal(status, 0);
    expect_run("Small", "five");
    close_viewer();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_model_takes_the_place_of_another, end_viewer),
        cmocka_unit_test_teardown(data_find_their_model, end_viewer),
        cmocka_unit_test_teardown(checkpoints_go_on_or_lend_their_parameters, end_viewer),
        cmocka_unit_test_teardown(parameters_go_into_the_present_network, end_viewer),
        cmocka_unit_test_teardown(what_is_broken_is_refused, end_viewer),
        cmocka_unit_test_teardown(a_run_that_cannot_be_saved_stays, end_viewer),
        cmocka_unit_test_teardown(impatience, end_viewer),
        cmocka_unit_test_teardown(the_prompt_opens_what_is_chosen, end_viewer),
        cmocka_unit_test_teardown(the_prompt_answers_while_filming, end_viewer),
        cmocka_unit_test_teardown(a_paused_run_begins_anew_in_every_panel, end_viewer),
        cmocka_unit_test_teardown(a_double_click_looks_and_leaves_the_selection, end_viewer),
        cmocka_unit_test_teardown(the_prompt_names_what_there_is, end_viewer),
        cmocka_unit_test_teardown(another_program_drops_files, end_viewer),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
