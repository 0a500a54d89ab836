/* What `layerscope bench` found, as a table and as JSON. */
#ifndef LS_APP_BENCH_REPORT_H
#define LS_APP_BENCH_REPORT_H

#include "app/frame_times.h"
#include "app/options.h"
#include "compute/traffic.h"
#include "gl/timing.h"

enum { BENCH_MAX_PASSES = 64 };

/* Repeated work, milliseconds. */
struct bench_time {
    double mean_ms, p95_ms;
    double cpu_ms; /* mean, of all threads together */
};

struct bench {
    char model[64], device[256], renderer[256];
    int samples;           /* a pixel, in the window */
    double load_ms;        /* data, network, trainer */
    double view_ms;        /* OpenGL and everything drawn with it */
    double first_frame_ms; /* from the program's start */
    double steps_per_second, evaluation_ms;
    const char *sharing;       /* as session_sharing says */
    char sharing_reason[1024]; /* empty: none */
    struct bench_time publish, draw, read;
    struct gl_pass_time passes[BENCH_MAX_PASSES];
    int pass_count;
    double live_fps, live_steps_per_second;
    struct traffic live_traffic; /* bytes between host and device while live_frames were drawn */
    int live_frames;
    struct frame_times live;
    double film_fps;
};

void bench_print(const struct bench *bench, const struct options *options);
/* The caller owns the result. */
struct cJSON *bench_json(const struct bench *bench, const struct options *options);

#endif
