/* Enter, position, drop, and the answer to what the target asks for. */
#include "xdnd_source.h"

#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <string.h>

struct source {
    Display *display;
    Window own, target;
    const char *uris;
};

static Atom atom(const struct source *source, const char *name)
{
    return XInternAtom(source->display, name, False);
}

static void tell(const struct source *source, const char *message, long b, long c, long d, long e)
{
    XEvent event;
    memset(&event, 0, sizeof event);
    event.xclient.type = ClientMessage;
    event.xclient.window = source->target;
    event.xclient.message_type = atom(source, message);
    event.xclient.format = 32;
    event.xclient.data.l[0] = (long)source->own;
    event.xclient.data.l[1] = b;
    event.xclient.data.l[2] = c;
    event.xclient.data.l[3] = d;
    event.xclient.data.l[4] = e;
    XSendEvent(source->display, source->target, False, NoEventMask, &event);
    XFlush(source->display);
}

static void hand_over(const struct source *source, const XSelectionRequestEvent *request)
{
    XEvent event;
    memset(&event, 0, sizeof event);
    XChangeProperty(source->display, request->requestor, request->property, request->target, 8,
                    PropModeReplace, (const unsigned char *)source->uris, (int)strlen(source->uris));
    event.xselection.type = SelectionNotify;
    event.xselection.requestor = request->requestor;
    event.xselection.selection = request->selection;
    event.xselection.target = request->target;
    event.xselection.property = request->property;
    event.xselection.time = request->time;
    XSendEvent(source->display, request->requestor, False, NoEventMask, &event);
    XFlush(source->display);
}

/* True once the target says `message`; answers it meanwhile. */
static bool wait_for(const struct source *source, const char *message)
{
    for (;;) {
        XEvent event;
        XNextEvent(source->display, &event);
        if (event.type == SelectionRequest)
            hand_over(source, &event.xselectionrequest);
        if (event.type == ClientMessage && event.xclient.message_type == atom(source, message))
            return strcmp(message, "XdndStatus") != 0 || (event.xclient.data.l[1] & 1);
    }
}

bool xdnd_drop(unsigned long target, int x, int y, const char *uris)
{
    struct source source = {.display = XOpenDisplay(NULL), .target = target, .uris = uris};
    if (!source.display)
        return false;
    source.own = XCreateSimpleWindow(source.display, DefaultRootWindow(source.display), 0, 0, 1, 1, 0, 0, 0);
    XSetSelectionOwner(source.display, atom(&source, "XdndSelection"), source.own, CurrentTime);
    tell(&source, "XdndEnter", 5L << 24, (long)atom(&source, "text/uri-list"), 0, 0);
    tell(&source, "XdndPosition", 0, (long)x << 16 | y, CurrentTime, (long)atom(&source, "XdndActionCopy"));
    bool ok = wait_for(&source, "XdndStatus");
    if (ok) {
        tell(&source, "XdndDrop", 0, CurrentTime, 0, 0);
        ok = wait_for(&source, "XdndFinished");
    }
    XCloseDisplay(source.display);
    return ok;
}
