/* A script of random inputs to a viewer in a real window: every row of its command table and setting, keys
 * and characters, clicks on what the window reads and anywhere else, drags, the wheel, sizes, dropped files,
 * films and questions, frames in between. The script follows from its seed; what becomes of it depends on the
 * trainer's thread too. Inputs are printed before they are made, so that the last line names what broke it.
 *
 * LAYERSCOPE_FUZZ_SEED chooses the script, LAYERSCOPE_FUZZ_INPUTS how long it is. */
#include "open_viewer.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/view_commands.h"
#include "app/view_controls.h"
#include "base/rng.h"
#include "gl/debug.h"
#include "view/ui.h"

enum { INPUTS = 200, MOST_TEXTS = 400, MOST_SCRIPT_FILMS = 3 };

static uint64_t seed = 1;
static uint64_t drawn; /* random numbers so far */

static uint32_t below(uint32_t count) { return rng_word(seed, RNG_TEST, 0, drawn++) % count; }

static double between(double low, double high)
{
    return low + (high - low) * (double)rng_uniform(seed, RNG_TEST, 0, drawn++);
}

/* ---- GLFW's callbacks ---- */

static void send_key(int key, int action, int modifiers)
{
    GLFWkeyfun callback = glfwSetKeyCallback(viewer.window, NULL);
    glfwSetKeyCallback(viewer.window, callback);
    callback(viewer.window, key, 0, action, modifiers);
}

static void send_character(unsigned character)
{
    GLFWcharfun callback = glfwSetCharCallback(viewer.window, NULL);
    glfwSetCharCallback(viewer.window, callback);
    callback(viewer.window, character);
}

static void send_cursor(double x, double y)
{
    GLFWcursorposfun callback = glfwSetCursorPosCallback(viewer.window, NULL);
    glfwSetCursorPosCallback(viewer.window, callback);
    callback(viewer.window, x, y);
}

static void send_button(int button, int action)
{
    GLFWmousebuttonfun callback = glfwSetMouseButtonCallback(viewer.window, NULL);
    glfwSetMouseButtonCallback(viewer.window, callback);
    callback(viewer.window, button, action, 0);
}

static void send_wheel(double notches)
{
    GLFWscrollfun callback = glfwSetScrollCallback(viewer.window, NULL);
    glfwSetScrollCallback(viewer.window, callback);
    callback(viewer.window, 0.0, notches);
}

static void send_enter(int entered)
{
    GLFWcursorenterfun callback = glfwSetCursorEnterCallback(viewer.window, NULL);
    glfwSetCursorEnterCallback(viewer.window, callback);
    callback(viewer.window, entered);
}

/* ---- the inputs ---- */

/* The viewer closes for nothing but the command that says so. */
static void frame(void)
{
    viewer.quit = false;
    glfwSetWindowShouldClose(viewer.window, GLFW_FALSE);
    if (!viewer_frame(&viewer))
        fail_msg("the viewer closed by itself");
    assert_int_equal(gl_debug_message_count(), 0);
}

/* A place in the window, now and then beside it. */
static void somewhere(double *x, double *y)
{
    *x = floor(between(-20.0, (double)viewer.width + 20.0));
    *y = floor(between(-20.0, (double)viewer.height + 20.0));
}

static void click_at(double x, double y, uint32_t times)
{
    send_cursor(x, y);
    if (below(2) == 0)
        frame();
    for (uint32_t i = 0; i < times; i++) {
        send_button(GLFW_MOUSE_BUTTON_LEFT, GLFW_PRESS);
        if (below(4) == 0)
            frame();
        send_button(GLFW_MOUSE_BUTTON_LEFT, GLFW_RELEASE);
        if (below(2) == 0)
            frame();
    }
    frame();
}

static void film(void)
{
    if (!viewer.recorder.on && viewer.films >= MOST_SCRIPT_FILMS)
        return;
    printf("film\n");
    send_key(GLFW_KEY_F9, GLFW_PRESS, 0);
    send_key(GLFW_KEY_F9, GLFW_RELEASE, 0);
}

static void run_command(void)
{
    const struct view_command *command = &view_commands[below((uint32_t)view_command_count)];
    if (command->run == NULL || strcmp(command->name, "record") == 0)
        return;
    printf("command %s\n", command->name);
    command->run(&viewer);
}

static void press_key(void)
{
    static const int modifiers[] = {0, 0, 0, GLFW_MOD_SHIFT, GLFW_MOD_CONTROL, GLFW_MOD_ALT};
    const struct view_command *command = &view_commands[below((uint32_t)view_command_count)];
    const bool known = command->key != 0 && command->key != GLFW_KEY_F9 && below(3) > 0;
    const int key = known ? command->key : 32 + (int)below(GLFW_KEY_F1 - 32);
    const int with = known ? command->modifiers : modifiers[below(6)];
    printf("key %d with %d\n", key, with);
    send_key(key, GLFW_PRESS, with);
    for (uint32_t i = below(3); i > 0; i--)
        send_key(key, GLFW_REPEAT, with);
    send_key(key, GLFW_RELEASE, with);
}

static void press_character(void)
{
    static const unsigned beyond[] = {0xe4, 0x20ac, 0x1f600, 0x7f, 0x10ffff};
    const unsigned character = below(8) == 0 ? beyond[below(5)] : 32 + below(95);
    printf("character %x\n", character);
    send_character(character);
}

struct texts {
    struct rect boxes[MOST_TEXTS];
    char texts[MOST_TEXTS][32];
    uint32_t count;
};

static void collect(void *context, const struct ui_text_box *box)
{
    struct texts *texts = context;
    if (texts->count == MOST_TEXTS)
        return;
    snprintf(texts->texts[texts->count], sizeof texts->texts[0], "%.31s", box->text);
    texts->boxes[texts->count++] = box->box;
}

static void click_on_a_text(void)
{
    static struct texts texts;
    texts.count = 0;
    ui_watch_text(view_ui(viewer.view), collect, &texts, true);
    struct view *watched = viewer.view;
    frame();
    if (viewer.view == watched)
        ui_watch_text(view_ui(viewer.view), NULL, NULL, true);
    const uint32_t wish = below(MOST_TEXTS), times = below(4) == 0 ? 2 : 1;
    if (texts.count == 0)
        return;
    const uint32_t i = wish % texts.count;
    const struct rect box = texts.boxes[i];
    printf("click on \"%s\" times %u\n", texts.texts[i], (unsigned)times);
    click_at((double)(box.x + 0.5f * box.width), (double)(box.y + 0.5f * box.height), times);
}

static void click_on_a_control(void)
{
    const char *name;
    struct rect rect;
    const int wish = (int)below(24);
    int count = 0;
    while (view_control_at(viewer.view, count, &name, &rect))
        count++;
    if (count == 0 || !view_control_at(viewer.view, wish % count, &name, &rect))
        return;
    printf("control %s\n", name);
    click_at((double)rect.x + between(0.0, (double)rect.width), (double)rect.y + 0.5 * (double)rect.height,
             1);
}

static void click_somewhere(void)
{
    double x, y;
    const uint32_t times = 1 + below(3);
    somewhere(&x, &y);
    printf("click at %.0f %.0f times %u\n", x, y, (unsigned)times);
    click_at(x, y, times);
}

static void drag_somewhere(void)
{
    double x, y;
    const int button = (int)below(3);
    somewhere(&x, &y);
    printf("drag from %.0f %.0f with button %d\n", x, y, button);
    send_cursor(x, y);
    send_button(button, GLFW_PRESS);
    for (uint32_t i = 1 + below(4); i > 0; i--) {
        somewhere(&x, &y);
        send_cursor(x, y);
        if (below(2) == 0)
            frame();
    }
    if (below(8) > 0)
        send_button(button, GLFW_RELEASE);
}

static void hover_somewhere(void)
{
    double x, y;
    somewhere(&x, &y);
    printf("cursor at %.0f %.0f\n", x, y);
    send_cursor(x, y);
    if (below(8) == 0)
        send_enter(GLFW_FALSE);
}

static void turn_wheel(void)
{
    const double notches = between(-12.0, 12.0);
    printf("wheel %.1f\n", notches);
    send_wheel(notches);
}

static void change_size(void)
{
    static const int sizes[][2] = {{480, 320}, {320, 240}, {800, 600}, {560, 420}, {300, 700}, {640, 400}};
    const uint32_t wish = below(8);
    const int width = wish < 6 ? sizes[wish][0] : 1 + (int)below(400);
    const int height = wish < 6 ? sizes[wish][1] : 1 + (int)below(300);
    printf("size %dx%d\n", width, height);
    glfwSetWindowSize(viewer.window, width, height);
}

static const char *const files[] = {
    "small.json", "plane.json", "orphan.json", "broken.json", "unknown.json", "five.csv",
    "pair",       "circle",     "mlp",         "nowhere.csv", "five",         "p",
    "",           "lenet5"};
enum { FILES = sizeof files / sizeof files[0] };

static void ask(void)
{
    const char *text = files[below(FILES)];
    printf("question, \"%s\"\n", text);
    if (!viewer.prompt.shown)
        press(GLFW_KEY_O, GLFW_MOD_CONTROL);
    if (below(4) > 0)
        press(GLFW_KEY_U, GLFW_MOD_CONTROL);
    type(text);
    if (below(2) == 0)
        press(GLFW_KEY_TAB, 0);
    frame();
    const uint32_t end = below(4);
    if (end < 2)
        press(end == 0 ? GLFW_KEY_ENTER : GLFW_KEY_ESCAPE, 0);
}

static void drop_files(void)
{
    const char *dropped[2] = {files[below(FILES)], files[below(FILES)]};
    const int count = below(4) == 0 ? 2 : 1;
    printf("drop \"%s\"%s%s\n", dropped[0], count > 1 ? " " : "", count > 1 ? dropped[1] : "");
    drop(count, dropped);
}

static void change_setting(void)
{
    static const char *const names[] = {"learning-rate", "speed",      "probe",         "cycle-probe",
                                        "theme-name",    "show",       "stacks",        "scale-scope",
                                        "edge-measure",  "show-edges", "show-pulses",   "show-labels",
                                        "smoothing",     "loss-axis",  "show-selection"};
    const char *name = names[below(sizeof names / sizeof names[0])];
    const double value = between(-1.0, 4.0);
    printf("%s = %g\n", name, value);
    assert_true(view_control_set(&viewer, name, value));
}

static void some_frames(void)
{
    for (uint32_t i = 1 + below(4); i > 0; i--)
        frame();
}

static void make_input(void)
{
    static const struct {
        uint32_t share;
        void (*make)(void);
    } kinds[] = {{16, run_command},
                 {8, press_key},
                 {6, press_character},
                 {20, click_on_a_text},
                 {8, click_somewhere},
                 {6, click_on_a_control},
                 {6, drag_somewhere},
                 {8, hover_somewhere},
                 {4, turn_wheel},
                 {3, change_size},
                 {6, ask},
                 {2, drop_files},
                 {6, change_setting},
                 {8, some_frames},
                 {3, film}};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    uint32_t all = 0, i = 0;
    for (int k = 0; k < KINDS; k++)
        all += kinds[k].share;
    for (uint32_t wish = below(all); wish >= kinds[i].share; i++)
        wish -= kinds[i].share;
    kinds[i].make();
}

static void nothing_breaks_it(void **state)
{
    (void)state;
    const char *wished_seed = getenv("LAYERSCOPE_FUZZ_SEED"), *wished = getenv("LAYERSCOPE_FUZZ_INPUTS");
    const long inputs = wished ? strtol(wished, NULL, 10) : INPUTS;
    seed = wished_seed ? strtoull(wished_seed, NULL, 10) : seed;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("LAYERSCOPE_FUZZ_SEED=%llu LAYERSCOPE_FUZZ_INPUTS=%ld\n", (unsigned long long)seed, inputs);
    /* Points and dense layers, or pictures and convolutions. */
    open_viewer(seed % 2 == 1 ? "--model small.json --data gaussians:classes=3" : "--model lenet5");
    train(2);
    for (long i = 0; i < inputs; i++) {
        make_input();
        if (below(2) == 0)
            frame();
    }
    if (viewer.recorder.on)
        view_command_find("record")->run(&viewer);
    settle();
    close_viewer();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_breaks_it, end_viewer),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
