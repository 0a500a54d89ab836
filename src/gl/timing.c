/* A tree of passes, each with the durations of all its runs. */
#include "gl/timing.h"

#include <GL/glew.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"

enum { MAX_PASSES = 64, MAX_DEPTH = 16, NO_PASS = -1 };

struct pass {
    char *name;
    int parent, depth;
    double *runs_ms;
    int run_count, run_capacity;
    double sum_ms, cpu_ms;
};

/* A run whose timestamps are not read yet. */
struct pending {
    int pass;
    GLuint queries[2];
    double cpu_ms;
};

struct open_pass {
    int pass;
    double wall, cpu; /* seconds, at its begin */
    GLuint query;
};

struct gl_timing {
    bool software;
    struct pass passes[MAX_PASSES];
    int pass_count;
    struct open_pass open[MAX_DEPTH];
    int open_count;
    struct pending *pending;
    int pending_count, pending_capacity;
    int frames;
};

static struct gl_timing *active;

struct gl_timing *gl_timing_create(bool software)
{
    struct gl_timing *timing = ls_calloc(1, sizeof *timing);
    timing->software = software;
    return timing;
}

void gl_timing_destroy(struct gl_timing *timing)
{
    if (!timing)
        return;
    if (active == timing)
        active = NULL;
    for (int i = 0; i < timing->pass_count; i++) {
        free(timing->passes[i].name);
        free(timing->passes[i].runs_ms);
    }
    for (int i = 0; i < timing->pending_count; i++)
        glDeleteQueries(2, timing->pending[i].queries);
    free(timing->pending);
    free(timing);
}

void gl_timing_activate(struct gl_timing *timing)
{
    LS_ASSERT(!active || active->open_count == 0);
    active = timing;
}

static int find_pass(struct gl_timing *timing, const char *name)
{
    const int parent = timing->open_count > 0 ? timing->open[timing->open_count - 1].pass : NO_PASS;
    for (int i = 0; i < timing->pass_count; i++) {
        if (timing->passes[i].parent == parent && strcmp(timing->passes[i].name, name) == 0)
            return i;
    }
    LS_ASSERT(timing->pass_count < MAX_PASSES);
    timing->passes[timing->pass_count] =
        (struct pass){.name = ls_strdup(name), .parent = parent, .depth = timing->open_count};
    return timing->pass_count++;
}

static void add_run(struct pass *pass, double ms, double cpu_ms)
{
    if (pass->run_count == pass->run_capacity) {
        pass->run_capacity = pass->run_capacity ? 2 * pass->run_capacity : 64;
        pass->runs_ms = ls_realloc(pass->runs_ms, (size_t)pass->run_capacity * sizeof *pass->runs_ms);
    }
    pass->runs_ms[pass->run_count++] = ms;
    pass->sum_ms += ms;
    pass->cpu_ms += cpu_ms;
}

static GLuint timestamp(void)
{
    GLuint query;
    glCreateQueries(GL_TIMESTAMP, 1, &query);
    glQueryCounter(query, GL_TIMESTAMP);
    return query;
}

void gl_timing_enter(const char *name)
{
    if (!active)
        return;
    LS_ASSERT(active->open_count < MAX_DEPTH);
    struct open_pass *open = &active->open[active->open_count];
    open->pass = find_pass(active, name);
    if (active->software)
        glFinish();
    else
        open->query = timestamp();
    active->open_count++;
    open->cpu = clock_process_cpu_seconds();
    open->wall = clock_seconds();
}

void gl_timing_leave(void)
{
    if (!active)
        return;
    LS_ASSERT(active->open_count > 0);
    const struct open_pass *open = &active->open[--active->open_count];
    if (active->software) {
        glFinish();
        const double wall = clock_seconds(), cpu = clock_process_cpu_seconds();
        add_run(&active->passes[open->pass], 1e3 * (wall - open->wall), 1e3 * (cpu - open->cpu));
        return;
    }
    if (active->pending_count == active->pending_capacity) {
        active->pending_capacity = active->pending_capacity ? 2 * active->pending_capacity : 64;
        active->pending =
            ls_realloc(active->pending, (size_t)active->pending_capacity * sizeof *active->pending);
    }
    active->pending[active->pending_count++] = (struct pending){
        open->pass, {open->query, timestamp()}, 1e3 * (clock_process_cpu_seconds() - open->cpu)};
}

void gl_timing_end_frame(struct gl_timing *timing)
{
    timing->frames++;
    for (int i = 0; i < timing->pending_count; i++) {
        const struct pending *pending = &timing->pending[i];
        GLuint64 nanoseconds[2];
        for (int k = 0; k < 2; k++)
            glGetQueryObjectui64v(pending->queries[k], GL_QUERY_RESULT, &nanoseconds[k]);
        glDeleteQueries(2, pending->queries);
        add_run(&timing->passes[pending->pass], 1e-6 * (double)(nanoseconds[1] - nanoseconds[0]),
                pending->cpu_ms);
    }
    timing->pending_count = 0;
}

int gl_timing_frames(const struct gl_timing *timing) { return timing->frames; }

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile_95(const struct pass *pass)
{
    if (pass->run_count == 0)
        return 0.0;
    const size_t count = (size_t)pass->run_count;
    double *sorted = ls_calloc(count, sizeof *sorted);
    memcpy(sorted, pass->runs_ms, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    const double value = sorted[(95 * count + 99) / 100 - 1];
    free(sorted);
    return value;
}

static int list(const struct gl_timing *timing, int parent, struct gl_pass_time *passes, int count,
                int capacity)
{
    const double frames = timing->frames > 0 ? (double)timing->frames : 1.0;
    for (int i = 0; i < timing->pass_count && count < capacity; i++) {
        const struct pass *pass = &timing->passes[i];
        if (pass->parent != parent)
            continue;
        passes[count++] =
            (struct gl_pass_time){.name = pass->name,
                                  .depth = pass->depth,
                                  .runs = pass->run_count,
                                  .mean_ms = pass->run_count ? pass->sum_ms / pass->run_count : 0.0,
                                  .p95_ms = percentile_95(pass),
                                  .frame_ms = pass->sum_ms / frames,
                                  .frame_cpu_ms = pass->cpu_ms / frames};
        count = list(timing, i, passes, count, capacity);
    }
    return count;
}

int gl_timing_passes(const struct gl_timing *timing, struct gl_pass_time *passes, int capacity)
{
    return list(timing, NO_PASS, passes, 0, capacity);
}
