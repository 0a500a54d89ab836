/* The one message at a time. */
#include "app/viewer_message.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "app/viewer.h"
#include "base/clock.h"
#include "base/log.h"

static const double done_seconds = 5.0, error_seconds = 60.0;

void viewer_say(struct viewer *viewer, enum hud_message_kind kind, const char *title, const char *format, ...)
{
    struct viewer_message *message = &viewer->message;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, sizeof message->text, format, arguments);
    va_end(arguments);
    snprintf(message->title, sizeof message->title, "%s", title);
    message->kind = kind;
    message->shown = true;
    message->until = kind == MESSAGE_PROGRESS
                         ? INFINITY
                         : clock_seconds() + (kind == MESSAGE_ERROR ? error_seconds : done_seconds);
    if (kind == MESSAGE_ERROR)
        log_error("%s: %s", message->title, message->text);
}

bool viewer_message_close(struct viewer *viewer)
{
    const bool shown = viewer->message.shown;
    viewer->message.shown = false;
    return shown;
}

const struct hud_message *viewer_message_at(struct viewer *viewer, double now, struct hud_message *message)
{
    struct viewer_message *said = &viewer->message;
    said->shown = said->shown && now < said->until;
    *message = (struct hud_message){said->kind, said->title, said->text};
    return said->shown ? message : NULL;
}
