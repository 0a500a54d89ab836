/* Xlib and libwayland are asked only where GLFW has loaded them: a program without a window needs neither. */
#include "gl/display_lost.h"

#include <dlfcn.h>
#include <stddef.h>

typedef int (*io_error_handler)(void *display);
typedef void (*io_exit_handler)(void *display, void *context);

/* Xlib's handlers are the process's. */
static bool x_lost;

static int on_x_error(void *display)
{
    (void)display;
    x_lost = true;
    return 0;
}

/* Xlib goes on to exit(1) unless such a handler returns. */
static void on_x_exit(void *display, void *context)
{
    (void)display;
    (void)context;
}

static void *find(const char *library, const char *name)
{
    void *loaded = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void *found = loaded ? dlsym(loaded, name) : NULL;
    if (loaded)
        dlclose(loaded);
    return found;
}

/* The display of GLFW, which has this function where it was built for that window system. */
static void *display_of(const char *getter)
{
    void *found = dlsym(RTLD_DEFAULT, getter);
    void *(*get)(void);
    *(void **)&get = found;
    return found ? get() : NULL;
}

void display_lost_watch(void)
{
    x_lost = false;
    void *display = display_of("glfwGetX11Display");
    void *on_error = find("libX11.so.6", "XSetIOErrorHandler");
    void *on_exit = find("libX11.so.6", "XSetIOErrorExitHandler"); /* from libX11 1.7 on */
    if (!display || !on_error || !on_exit)
        return;
    io_error_handler (*set_error)(io_error_handler);
    void (*set_exit)(void *, io_exit_handler, void *);
    *(void **)&set_error = on_error;
    *(void **)&set_exit = on_exit;
    set_error(on_x_error);
    set_exit(display, on_x_exit, NULL);
}

bool display_is_wayland(void) { return display_of("glfwGetWaylandDisplay") != NULL; }

bool display_lost(void)
{
    if (x_lost)
        return true;
    void *display = display_of("glfwGetWaylandDisplay");
    void *found = display ? find("libwayland-client.so.0", "wl_display_get_error") : NULL;
    int (*get_error)(void *);
    *(void **)&get_error = found;
    return found && get_error(display) != 0;
}
