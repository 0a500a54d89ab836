/* The progress bar. */
#include "app/progress.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number_text.h"
#include "base/terminal.h"

enum { BAR_WIDTH = 24, BAR_MIN = 5 };

void progress_begin(struct progress *progress, const char *unit, uint64_t total, bool quiet)
{
    progress->unit = unit;
    progress->total = total;
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->started_at = clock_seconds();
    progress->printed_at = progress->started_at;
}

/* What the bar may take: the terminal's width less `used` columns, at most BAR_WIDTH. */
static int bar_width(int columns, int used)
{
    const int room = columns - 2 - used;
    return room < BAR_MIN ? 0 : room > BAR_WIDTH ? BAR_WIDTH : room;
}

/* A line that is drawn over again must not wrap; the last one may. */
static void draw(const struct progress *progress, uint64_t done, const char *line, bool last)
{
    struct winsize size;
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    const int columns = known ? size.ws_col : 80;
    const int width = bar_width(columns, (int)strlen(line));
    const int filled = progress->total ? (int)(done * (uint64_t)width / progress->total) : width;
    fputc('\r', stderr);
    for (int i = 0; i < width; i++)
        fputs(i < filled ? "█" : "░", stderr);
    terminal_print(stderr, "%s%.*s", width ? " " : "", last ? INT_MAX : columns - 1, line);
    fputs("\033[K", stderr);
}

static void print(const struct progress *progress, uint64_t done, const char *text, bool ended)
{
    const double seconds = clock_seconds() - progress->started_at;
    const double rate = seconds > 0 ? (double)done / seconds : 0;
    char line[256], left[32] = "", speed[NUMBER_TEXT_SIZE];
    if (rate > 0 && !ended) {
        const uint64_t s = (uint64_t)((double)(progress->total - done) / rate + 0.5);
        snprintf(left, sizeof left, "  %" PRIu64 ":%02d left", s / 60, (int)(s % 60));
    }
    snprintf(line, sizeof line, "%" PRIu64 "/%" PRIu64 " %s  %s/s  %s%s", done, progress->total,
             progress->unit, number_text(speed, rate, rate < 100.0 ? 3 : 5, NUMBER_PLAIN), text, left);
    if (progress->terminal)
        draw(progress, done, line, ended);
    else
        terminal_print(stderr, "%s\n", line);
    fflush(stderr);
}

void progress_update(struct progress *progress, uint64_t done, const char *text)
{
    const double now = clock_seconds();
    if (progress->quiet || now - progress->printed_at < (progress->terminal ? 0.1 : 5.0))
        return;
    progress->printed_at = now;
    print(progress, done, text, false);
}

void progress_clear(const struct progress *progress)
{
    if (!progress->quiet && progress->terminal)
        fputs("\r\033[K", stderr);
}

void progress_end(struct progress *progress, uint64_t done, const char *text)
{
    if (progress->quiet)
        return;
    print(progress, done, text, true);
    if (progress->terminal)
        fputc('\n', stderr);
}
