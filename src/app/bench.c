/* `layerscope bench`: how fast training, drawing and recording are here, each alone and together. Drawing is
 * measured as the window draws, into a picture of its own. */
#include <GL/glew.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/bench_report.h"
#include "app/commands.h"
#include "app/drawing_clock.h"
#include "app/offline.h"
#include "app/outputs.h"
#include "app/pacing.h"
#include "base/clock.h"
#include "base/memory.h"
#include "media/video.h"
#include "nn/training_thread.h"

enum { FRAMES = 60, FILM_FRAMES = 60, WARM_UP_STEPS = 20, SAMPLES = 4 };
static const double train_seconds = 2.0, live_seconds = 6.0, at_once_seconds = 0.02;

static double ms_since(double begin) { return 1e3 * (clock_seconds() - begin); }

/* One kind of work, FRAMES times. */
struct stopwatch {
    double begin, begin_cpu, cpu_ms;
    double ms[FRAMES];
    int count;
};

static void stopwatch_start(struct stopwatch *watch)
{
    watch->begin_cpu = clock_process_cpu_seconds();
    watch->begin = clock_seconds();
}

static void stopwatch_stop(struct stopwatch *watch)
{
    LS_ASSERT(watch->count < FRAMES);
    watch->ms[watch->count++] = ms_since(watch->begin);
    watch->cpu_ms += 1e3 * (clock_process_cpu_seconds() - watch->begin_cpu);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct bench_time stopwatch_read(struct stopwatch *watch)
{
    struct bench_time time = {0};
    if (watch->count == 0)
        return time;
    for (int i = 0; i < watch->count; i++)
        time.mean_ms += watch->ms[i] / watch->count;
    qsort(watch->ms, (size_t)watch->count, sizeof *watch->ms, ascending);
    time.p95_ms = watch->ms[(95 * watch->count + 99) / 100 - 1];
    time.cpu_ms = watch->cpu_ms / watch->count;
    return time;
}

/* As the viewer starts, but for the window. */
static bool open_all(struct bench *bench, struct offline *offline, const struct options *options,
                     struct error *err)
{
    memset(offline, 0, sizeof *offline);
    offline->options = options;
    /* The context comes first, as in offline.c and in the viewer. */
    double begin = clock_seconds();
    offline->context = gl_context_create_headless(err);
    if (!offline->context)
        return false;
    bench->view_ms = ms_since(begin);
    begin = clock_seconds();
    if (!session_init(&offline->session, options, true, err))
        return false;
    bench->load_ms = ms_since(begin);
    begin = clock_seconds();
    offline->pixels = ls_calloc((size_t)options->width * (size_t)options->height, 4);
    if (!gl_framebuffer_init(&offline->framebuffer, options->width, options->height, 1, err))
        return false;
    const struct view_desc desc = session_view_desc(&offline->session, options);
    offline->view = view_create(&desc, err);
    if (!offline->view)
        return false;
    bench->view_ms += ms_since(begin);
    bench->sharing = session_sharing(&offline->session, offline->view);
    const char *reason = view_fallback_reason(offline->view);
    snprintf(bench->sharing_reason, sizeof bench->sharing_reason, "%s", reason ? reason : "");
    snprintf(bench->model, sizeof bench->model, "%s", offline->session.network->name);
    snprintf(bench->device, sizeof bench->device, "%s",
             compute_device_name(trainer_compute(offline->session.trainer)));
    snprintf(bench->renderer, sizeof bench->renderer, "%s", gl_context_renderer(offline->context));
    bench->samples = gl_context_is_software(offline->context) ? 1 : SAMPLES;
    return true;
}

static void time_training(struct bench *bench, struct trainer *trainer)
{
    for (int i = 0; i < WARM_UP_STEPS; i++)
        trainer_train(trainer, 1, NULL);
    const double begin = clock_seconds();
    double steps = 0;
    while (clock_seconds() - begin < train_seconds && !session_interrupted()) {
        steps += trainer_train(trainer, trainer_steps_within(trainer, at_once_seconds), NULL);
    }
    bench->steps_per_second = steps / (clock_seconds() - begin);
    const double evaluation = clock_seconds();
    struct evaluation_sample test;
    trainer_evaluate(trainer, &test);
    bench->evaluation_ms = ms_since(evaluation);
}

static struct view_frame frame_of(const struct offline *offline)
{
    return (struct view_frame){
        .width = offline->options->width, .height = offline->options->height, .dt = 1.0f / 30.0f};
}

/* One frame, everything finished before the clock is read. */
static void draw(struct offline *offline, const struct view_frame *frame)
{
    view_draw(offline->view, frame, offline->framebuffer.name);
    glFinish();
}

static void time_first_frame(struct bench *bench, struct offline *offline)
{
    const struct view_frame frame = frame_of(offline);
    draw(offline, &frame);
    bench->first_frame_ms = 1e3 * clock_process_seconds();
}

/* The camera moves, so that nothing can be kept from the frame before but the panels. */
static void time_frames(struct bench *bench, struct offline *offline)
{
    const struct view_frame frame = frame_of(offline);
    struct stopwatch publishing = {0}, drawing = {0}, reading = {0};
    view_camera(offline->view)->auto_orbit = true;
    for (int i = 0; i < FRAMES && !session_interrupted(); i++) {
        stopwatch_start(&publishing);
        trainer_publish(offline->session.trainer, view_publisher(offline->view));
        stopwatch_stop(&publishing);
        stopwatch_start(&drawing);
        draw(offline, &frame);
        stopwatch_stop(&drawing);
        stopwatch_start(&reading);
        gl_framebuffer_read(&offline->framebuffer, offline->pixels);
        stopwatch_stop(&reading);
    }
    bench->publish = stopwatch_read(&publishing);
    bench->draw = stopwatch_read(&drawing);
    bench->read = stopwatch_read(&reading);
}

static void time_passes(struct bench *bench, struct gl_timing *timing, struct offline *offline)
{
    const struct view_frame frame = frame_of(offline);
    gl_timing_activate(timing);
    for (int i = 0; i < FRAMES && !session_interrupted(); i++) {
        trainer_publish(offline->session.trainer, view_publisher(offline->view));
        draw(offline, &frame);
        gl_timing_end_frame(timing);
    }
    gl_timing_activate(NULL);
    bench->pass_count = gl_timing_passes(timing, bench->passes, BENCH_MAX_PASSES);
}

/* Training on its thread at full speed while frames come as in the viewer. */
static bool time_live(struct bench *bench, struct offline *offline, struct error *err)
{
    struct training_thread *thread =
        training_thread_create(offline->session.trainer, view_publisher(offline->view), false, 0, err);
    if (!thread)
        return false;
    struct pacing pacing;
    pacing_init(&pacing, gl_context_is_software(offline->context), 1.0 / 60.0);
    struct view_frame frame = frame_of(offline);
    const double begin = clock_seconds();
    const uint64_t steps_before = training_thread_status(thread).step;
    struct traffic before;
    traffic_read(&before);
    struct drawing_clock clock;
    drawing_clock_init(&clock);
    double frame_begin = begin, drawn = drawing_clock_seconds(&clock);
    int frames = 0;
    while (frame_begin - begin < live_seconds && !session_interrupted()) {
        const struct training_status status = training_thread_status(thread);
        frame.train_ms = status.step_ms;
        training_thread_request_publish(thread);
        draw(offline, &frame);
        frames++;
        const double drawing = clock_seconds() - frame_begin;
        frame.view_ms = 1e3 * drawing;
        clock_sleep(pacing_rest(&pacing, drawing));
        const double now = clock_seconds();
        frame.dt = (float)(now - frame_begin);
        frame.fps = 1.0 / (now - frame_begin);
        const double drawn_before = drawn;
        drawn = drawing_clock_seconds(&clock);
        frame_times_add(&bench->live, now - begin, 1e3 * (now - frame_begin), 1e3 * (drawn - drawn_before),
                        false);
        frame_begin = now;
    }
    const double seconds = clock_seconds() - begin;
    bench->live_steps_per_second = (double)(training_thread_status(thread).step - steps_before) / seconds;
    bench->live_fps = frames / seconds;
    bench->live_frames = frames;
    bench->live_traffic = traffic_since(&before);
    training_thread_destroy(thread);
    return true;
}

static bool time_frames_of_film(struct bench *bench, struct offline *offline, struct error *err)
{
    char folder[] = "/tmp/layerscope-bench-XXXXXX";
    if (!mkdtemp(folder))
        return error_set_errno(err, "/tmp: a folder for the film cannot be made");
    char *path = ls_sprintf("%s/film.mp4", folder);
    const struct video_desc desc = {.path = path,
                                    .width = offline->options->width / 2 * 2,
                                    .height = offline->options->height / 2 * 2,
                                    .fps = 30};
    struct video *video = video_create(&desc, err);
    bool ok = video != NULL;
    const double begin = clock_seconds();
    for (int i = 0; ok && i < FILM_FRAMES; i++) {
        offline_train(offline, 1);
        ok = offline_draw(offline, 1.0f / 30.0f, err) && video_add_frame(video, offline->pixels, err);
    }
    if (video)
        ok = video_finish(video, err) && ok;
    bench->film_fps = FILM_FRAMES / (clock_seconds() - begin);
    unlink(path);
    rmdir(folder);
    free(path);
    return ok;
}

/* From the beginning, as `record` does it. */
static bool time_film(struct bench *bench, const struct options *options, struct error *err)
{
    struct options film = *options;
    film.command = COMMAND_RECORD;
    struct offline offline;
    if (!offline_init(&offline, &film, err))
        return false;
    const bool ok = time_frames_of_film(bench, &offline, err);
    offline_deinit(&offline);
    return ok;
}

static bool measure(struct bench *bench, struct offline *offline, struct gl_timing *timing, struct error *err)
{
    time_first_frame(bench, offline);
    time_training(bench, offline->session.trainer);
    time_frames(bench, offline);
    time_passes(bench, timing, offline);
    return time_live(bench, offline, err) && session_check_device(&offline->session, err);
}

static bool uninterrupted(struct error *err)
{
    if (!session_interrupted())
        return true;
    error_set(err, "interrupted while measuring; there is no result");
    err->class_ = ERROR_INTERRUPTED;
    return false;
}

bool command_bench(const struct options *options, struct error *err)
{
    struct bench bench = {0};
    struct offline offline;
    struct gl_timing *timing = NULL;
    struct outputs outputs = {0};
    if (!outputs_check(options, err))
        return false;
    bool ok = open_all(&bench, &offline, options, err);
    session_catch_interrupts();
    ok = ok && outputs_open(&outputs, options, err);
    if (ok) {
        timing = gl_timing_create(gl_context_is_software(offline.context));
        ok = measure(&bench, &offline, timing, err);
    }
    offline_deinit(&offline);
    ok = ok && time_film(&bench, options, err) && uninterrupted(err);
    if (ok && !outputs_report_is_printed(options))
        bench_print(&bench, options);
    ok = ok && outputs_report(&outputs, options->json ? bench_json(&bench, options) : NULL, err);
    outputs_discard(&outputs);
    gl_timing_destroy(timing);
    return ok;
}
