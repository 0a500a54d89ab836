/* Error texts and the always-on assertion. */
#include "base/error.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct error *err, enum error_class class_, const char *format, va_list args)
{
    if (!err || err->class_ != ERROR_NONE)
        return;
    err->class_ = class_;
    vsnprintf(err->message, sizeof err->message, format, args);
}

bool error_set(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, ERROR_FAILED, format, args);
    va_end(args);
    return false;
}

bool error_set_usage(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, ERROR_USAGE, format, args);
    va_end(args);
    return false;
}

bool error_set_errno(struct error *err, const char *format, ...)
{
    const int code = errno;
    if (!err || err->class_ != ERROR_NONE)
        return false;
    va_list args;
    va_start(args, format);
    fill(err, ERROR_FAILED, format, args);
    va_end(args);
    const size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(code));
    return false;
}

bool error_prefix(struct error *err, const char *format, ...)
{
    if (!err)
        return false;
    char text[sizeof err->message];
    va_list args;
    va_start(args, format);
    int used = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (used < 0 || (size_t)used >= sizeof text)
        return false;
    snprintf(text + used, sizeof text - (size_t)used, ": %.*s", (int)(sizeof text - (size_t)used - 3),
             err->message);
    memcpy(err->message, text, sizeof text);
    return false;
}

bool error_append(struct error *err, const char *format, ...)
{
    if (!err)
        return false;
    const size_t used = strlen(err->message);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message + used, sizeof err->message - used, format, args);
    va_end(args);
    return false;
}

_Noreturn void ls_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "layerscope: internal mistake: %s does not hold at %s:%d. Please report it.\n", condition,
            file, line);
    signal(SIGABRT, SIG_DFL); /* this is no crash of a library */
    abort();
}
