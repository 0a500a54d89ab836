/* The progress bar. */
#include "app/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR_WIDTH = 24 };

void progress_begin(struct progress *progress, const char *unit, uint64_t total, bool quiet)
{
    progress->unit = unit;
    progress->total = total;
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->started_at = clock_seconds();
    progress->printed_at = progress->started_at;
}

static void print(const struct progress *progress, uint64_t done, const char *text, double now)
{
    const double seconds = now - progress->started_at;
    const double rate = seconds > 0 ? (double)done / seconds : 0;
    const int filled = progress->total ? (int)(done * BAR_WIDTH / progress->total) : BAR_WIDTH;
    char bar[BAR_WIDTH * 3 + 1] = "";
    for (int i = 0; i < BAR_WIDTH; i++)
        strcat(bar, i < filled ? "█" : "░");
    if (progress->terminal)
        fprintf(stderr, "\r%s ", bar);
    fprintf(stderr, "%llu/%llu %s  %.0f/s  %s", (unsigned long long)done, (unsigned long long)progress->total,
            progress->unit, rate, text);
    if (rate > 0 && done < progress->total)
        fprintf(stderr, "  %.0f s left", (double)(progress->total - done) / rate);
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    fflush(stderr);
}

void progress_update(struct progress *progress, uint64_t done, const char *text)
{
    const double now = clock_seconds();
    if (progress->quiet || now - progress->printed_at < (progress->terminal ? 0.1 : 5.0))
        return;
    progress->printed_at = now;
    print(progress, done, text, now);
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
    print(progress, done, text, clock_seconds());
    if (progress->terminal)
        fputc('\n', stderr);
}
