/* Log lines on stderr. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/terminal.h"

static atomic_int min_level = LOG_INFO;
static atomic_int warning_count;

void log_set_level(enum log_level level) { atomic_store(&min_level, (int)level); }

int log_warning_count(void) { return atomic_load(&warning_count); }

void log_message(enum log_level level, const char *format, ...)
{
    static const char *const prefixes[] = {"debug: ", "", "warning: ", "error: "};
    if (level >= LOG_WARNING)
        atomic_fetch_add(&warning_count, 1);
    if ((int)level < atomic_load(&min_level))
        return;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    terminal_print(stderr, "layerscope: %s%s\n", prefixes[level], text);
}
