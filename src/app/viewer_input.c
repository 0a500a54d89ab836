/* Printable keys are taken as characters, so that they work on every keyboard layout; the others as keys. */
#include "app/viewer_input.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <math.h>

#include "app/view_commands.h"
#include "app/viewer.h"
#include "base/clock.h"

static const double double_click_seconds = 0.35, double_click_reach = 5.0;
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
    if (action == GLFW_RELEASE)
        return;
    const struct view_command *command = view_command_of_key(key, modifiers);
    if (command != NULL && command->run != NULL && (action == GLFW_PRESS || command->repeats))
        command->run(viewer);
}

/* GLFW delivers a character right after its key. */
static void on_character(GLFWwindow *window, unsigned character)
{
    struct viewer *viewer = viewer_of(window);
    const struct view_command *command = view_command_of_character(character);
    if (command != NULL && command->run != NULL && (!viewer->key_repeats || command->repeats))
        command->run(viewer);
}

static void begin_drag(struct viewer *viewer, int button, double now)
{
    struct viewer_mouse *mouse = &viewer->mouse;
    mouse->button = button;
    mouse->vx = mouse->vy = 0.0;
    mouse->moved_at = now;
}

static void focus_under_cursor(struct viewer *viewer)
{
    double rx, ry;
    pixel_ratio(viewer->window, &rx, &ry);
    const int layer =
        view_pick_layer(viewer->view, (float)(viewer->mouse.x * rx), (float)(viewer->mouse.y * ry));
    if (layer < 0)
        return;
    viewer->focus = layer;
    view_focus_layer(viewer->view, layer, flight_seconds);
}

static void end_drag(struct viewer *viewer, double now)
{
    struct viewer_mouse *mouse = &viewer->mouse;
    const bool moving = now - mouse->moved_at < 2.0 * speed_memory_seconds;
    if (mouse->button == GLFW_MOUSE_BUTTON_LEFT && moving)
        camera_release(view_camera(viewer->view), (float)mouse->vx, (float)mouse->vy);
    mouse->button = -1;
}

static void on_button(GLFWwindow *window, int button, int action, int modifiers)
{
    (void)modifiers;
    struct viewer *viewer = viewer_of(window);
    struct viewer_mouse *mouse = &viewer->mouse;
    const double now = clock_seconds();
    if (action == GLFW_RELEASE) {
        if (button == mouse->button)
            end_drag(viewer, now);
        return;
    }
    if (mouse->button >= 0)
        return;
    begin_drag(viewer, button, now);
    if (button != GLFW_MOUSE_BUTTON_LEFT)
        return;
    const bool near =
        fabs(mouse->x - mouse->pressed_x) + fabs(mouse->y - mouse->pressed_y) < double_click_reach;
    if (near && now - mouse->pressed_at < double_click_seconds) {
        focus_under_cursor(viewer);
        mouse->pressed_at = 0.0;
    } else {
        mouse->pressed_at = now;
    }
    mouse->pressed_x = mouse->x;
    mouse->pressed_y = mouse->y;
}

static void on_cursor(GLFWwindow *window, double x, double y)
{
    struct viewer *viewer = viewer_of(window);
    struct viewer_mouse *mouse = &viewer->mouse;
    const double dx = x - mouse->x, dy = y - mouse->y;
    mouse->x = x;
    mouse->y = y;
    if (mouse->button < 0)
        return;
    const double now = clock_seconds();
    const double dt = fmax(now - mouse->moved_at, 1e-4);
    const double blend = 1.0 - exp(-dt / speed_memory_seconds);
    mouse->vx += (dx / dt - mouse->vx) * blend;
    mouse->vy += (dy / dt - mouse->vy) * blend;
    mouse->moved_at = now;
    if (mouse->button == GLFW_MOUSE_BUTTON_LEFT) {
        camera_orbit(view_camera(viewer->view), (float)dx, (float)dy);
        return;
    }
    double rx, ry;
    pixel_ratio(window, &rx, &ry);
    int width, height;
    glfwGetFramebufferSize(window, &width, &height);
    camera_pan(view_camera(viewer->view), (float)(dx * rx), (float)(dy * ry), (float)height);
}

static void on_scroll(GLFWwindow *window, double x, double y)
{
    (void)x;
    struct viewer *viewer = viewer_of(window);
    double rx, ry;
    pixel_ratio(window, &rx, &ry);
    view_zoom(viewer->view, (float)y, (float)(viewer->mouse.x * rx), (float)(viewer->mouse.y * ry));
}

void viewer_input_install(struct viewer *viewer)
{
    GLFWwindow *window = viewer->window;
    viewer->mouse.button = -1;
    glfwGetCursorPos(window, &viewer->mouse.x, &viewer->mouse.y);
    glfwSetWindowUserPointer(window, viewer);
    glfwSetKeyCallback(window, on_key);
    glfwSetCharCallback(window, on_character);
    glfwSetMouseButtonCallback(window, on_button);
    glfwSetCursorPosCallback(window, on_cursor);
    glfwSetScrollCallback(window, on_scroll);
}
