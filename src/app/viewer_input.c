/* Printable keys are taken as characters, so that they work on every keyboard layout; the others as keys. */
#include "app/viewer_input.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <math.h>

#include "app/view_commands.h"
#include "app/viewer.h"
#include "base/clock.h"

static const double double_click_seconds = 0.4, double_click_reach = 5.0;
static const double speed_memory_seconds = 0.05;
static const float flight_seconds = 0.9f;

static struct viewer *viewer_of(GLFWwindow *window) { return glfwGetWindowUserPointer(window); }

/* Framebuffer pixels per window coordinate (2 on many HiDPI screens). */
static void pixel_ratio(GLFWwindow *window, double *x, double *y)
{
    int width, height, pixel_width, pixel_height;
    glfwGetWindowSize(window, &width, &height);
    glfwGetFramebufferSize(window, &pixel_width, &pixel_height);
    *x = width > 0 ? (double)pixel_width / width : 1.0;
    *y = height > 0 ? (double)pixel_height / height : 1.0;
}

static void on_key(GLFWwindow *window, int key, int scancode, int action, int modifiers)
{
    (void)scancode;
    struct viewer *viewer = viewer_of(window);
    viewer->key_repeats = action == GLFW_REPEAT;
    if (action == GLFW_RELEASE || viewer_prompt_key(viewer, key, modifiers))
        return;
    const struct view_command *command = view_command_of_key(key, modifiers);
    if (command != NULL && command->run != NULL && (action == GLFW_PRESS || command->repeats))
        command->run(viewer);
}

/* GLFW delivers a character right after its key. */
static void on_character(GLFWwindow *window, unsigned character)
{
    struct viewer *viewer = viewer_of(window);
    if (viewer_prompt_character(viewer, character))
        return;
    const struct view_command *command = view_command_of_character(character);
    if (command != NULL && command->run != NULL && (!viewer->key_repeats || command->repeats))
        command->run(viewer);
}

/* The pointer follows the mouse in framebuffer pixels. */
static void move_pointer(struct viewer *viewer)
{
    double rx, ry;
    pixel_ratio(viewer->window, &rx, &ry);
    viewer->pointer.x = (float)(viewer->mouse.x * rx);
    viewer->pointer.y = (float)(viewer->mouse.y * ry);
}

static void focus_under_cursor(struct viewer *viewer)
{
    const int layer = view_focus_at(viewer->view, viewer->pointer.x, viewer->pointer.y, flight_seconds);
    if (layer >= 0)
        viewer->focus = layer;
}

static void press(struct viewer *viewer, int button, double now)
{
    struct viewer_mouse *mouse = &viewer->mouse;
    struct pointer *pointer = &viewer->pointer;
    move_pointer(viewer);
    mouse->button = button;
    mouse->on_panel = view_is_panel(viewer->view, pointer->x, pointer->y);
    mouse->drags = false;
    mouse->pressed_x = mouse->x;
    mouse->pressed_y = mouse->y;
    mouse->vx = mouse->vy = 0.0;
    mouse->moved_at = now;
    if (button != GLFW_MOUSE_BUTTON_LEFT)
        return;
    pointer->down = pointer->pressed = true;
    pointer->pressed_x = pointer->x;
    pointer->pressed_y = pointer->y;
}

static void click(struct viewer *viewer, double now)
{
    struct viewer_mouse *mouse = &viewer->mouse;
    const bool near =
        fabs(mouse->x - mouse->clicked_x) + fabs(mouse->y - mouse->clicked_y) < double_click_reach;
    /* Events come once a frame: where frames are slow, those of two in a row are as near as can be. */
    const bool soon = now - mouse->clicked_at < double_click_seconds ||
                      (mouse->clicked_at > 0.0 && viewer->frames - mouse->clicked_frame <= 1);
    const bool twice = near && soon;
    viewer->pointer.clicked = true;
    viewer->pointer.double_clicked = twice;
    mouse->clicked_at = twice ? 0.0 : now;
    mouse->clicked_frame = viewer->frames;
    mouse->clicked_x = mouse->x;
    mouse->clicked_y = mouse->y;
    if (twice)
        view_restore_selection(viewer->view);
    else
        view_keep_selection(viewer->view);
    if (twice && !mouse->on_panel)
        focus_under_cursor(viewer);
}

static void let_go(struct viewer *viewer, double now)
{
    struct viewer_mouse *mouse = &viewer->mouse;
    const bool moving = now - mouse->moved_at < 2.0 * speed_memory_seconds;
    if (mouse->button == GLFW_MOUSE_BUTTON_LEFT) {
        viewer->pointer.down = false;
        viewer->pointer.released = true;
        if (!mouse->drags)
            click(viewer, now);
        else if (moving && !mouse->on_panel)
            camera_release(view_camera(viewer->view), (float)mouse->vx, (float)mouse->vy);
    }
    mouse->button = -1;
}

static void on_button(GLFWwindow *window, int button, int action, int modifiers)
{
    (void)modifiers;
    struct viewer *viewer = viewer_of(window);
    if (action == GLFW_RELEASE) {
        if (button == viewer->mouse.button)
            let_go(viewer, clock_seconds());
    } else if (viewer->mouse.button < 0) {
        press(viewer, button, clock_seconds());
    }
}

static void measure_speed(struct viewer_mouse *mouse, double dx, double dy)
{
    const double now = clock_seconds();
    const double dt = fmax(now - mouse->moved_at, 1e-4);
    const double blend = 1.0 - exp(-dt / speed_memory_seconds);
    mouse->vx += (dx / dt - mouse->vx) * blend;
    mouse->vy += (dy / dt - mouse->vy) * blend;
    mouse->moved_at = now;
}

static void drag(struct viewer *viewer, double dx, double dy)
{
    if (viewer->mouse.button == GLFW_MOUSE_BUTTON_LEFT) {
        camera_orbit(view_camera(viewer->view), (float)dx, (float)dy);
        return;
    }
    double rx, ry;
    pixel_ratio(viewer->window, &rx, &ry);
    int width, height;
    glfwGetFramebufferSize(viewer->window, &width, &height);
    camera_pan(view_camera(viewer->view), (float)(dx * rx), (float)(dy * ry), (float)height);
}

static void on_cursor(GLFWwindow *window, double x, double y)
{
    struct viewer *viewer = viewer_of(window);
    struct viewer_mouse *mouse = &viewer->mouse;
    double dx = x - mouse->x, dy = y - mouse->y;
    mouse->x = x;
    mouse->y = y;
    move_pointer(viewer);
    if (mouse->button < 0)
        return;
    measure_speed(mouse, dx, dy);
    if (!mouse->drags) {
        /* Nothing moves under a click; what it held back is made up for when it becomes a drag. */
        dx = x - mouse->pressed_x;
        dy = y - mouse->pressed_y;
        mouse->drags = fmax(fabs(dx), fabs(dy)) > (double)POINTER_CLICK_REACH;
    }
    if (mouse->drags && !mouse->on_panel)
        drag(viewer, dx, dy);
}

static void on_enter(GLFWwindow *window, int entered)
{
    struct viewer *viewer = viewer_of(window);
    if (!entered && viewer->mouse.button < 0)
        viewer->pointer.x = viewer->pointer.y = NAN;
}

static void on_scroll(GLFWwindow *window, double x, double y)
{
    (void)x;
    struct viewer *viewer = viewer_of(window);
    const struct pointer *pointer = &viewer->pointer;
    move_pointer(viewer);
    if (view_is_panel(viewer->view, pointer->x, pointer->y))
        viewer->pointer.wheel += (float)y;
    else
        view_zoom(viewer->view, (float)y, pointer->x, pointer->y);
}

static void on_drop(GLFWwindow *window, int count, const char **paths)
{
    struct viewer *viewer = viewer_of(window);
    viewer_prompt_show(viewer, false);
    viewer_open_files(viewer, paths, count);
}

void viewer_input_install(struct viewer *viewer)
{
    GLFWwindow *window = viewer->window;
    viewer->mouse.button = -1;
    pointer_init(&viewer->pointer);
    glfwGetCursorPos(window, &viewer->mouse.x, &viewer->mouse.y);
    glfwSetWindowUserPointer(window, viewer);
    glfwSetKeyCallback(window, on_key);
    glfwSetCharCallback(window, on_character);
    glfwSetMouseButtonCallback(window, on_button);
    glfwSetCursorPosCallback(window, on_cursor);
    glfwSetCursorEnterCallback(window, on_enter);
    glfwSetScrollCallback(window, on_scroll);
    glfwSetDropCallback(window, on_drop);
}
