/* `layerscope bench`: how fast training, drawing and recording are here, each alone and together. */
#include <GL/glew.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/offline.h"
#include "app/report.h"
#include "base/clock.h"
#include "base/memory.h"
#include "media/video.h"
#include "nn/training_thread.h"

enum { STILL_FRAMES = 40, FILM_FRAMES = 60, WARM_UP_STEPS = 20 };
static const double train_seconds = 2.0, live_seconds = 4.0;

/* Means, in milliseconds unless the name says otherwise. */
struct bench {
    double load_ms, first_frame_ms;
    double step_ms, evaluation_ms;
    double publish_ms, draw_ms, read_ms;
    double live_fps, live_steps_per_second;
    double film_fps;
};

static double ms_since(double begin) { return 1e3 * (clock_seconds() - begin); }

static void time_training(struct bench *bench, struct trainer *trainer)
{
    struct step_sample sample;
    for (int i = 0; i < WARM_UP_STEPS; i++)
        trainer_step(trainer, &sample);
    const double begin = clock_seconds();
    double steps = 0;
    while (clock_seconds() - begin < train_seconds && !session_interrupted()) {
        trainer_step(trainer, &sample);
        steps++;
    }
    bench->step_ms = ms_since(begin) / (steps > 0 ? steps : 1);
    const double evaluation = clock_seconds();
    struct evaluation_sample test;
    trainer_evaluate(trainer, &test);
    bench->evaluation_ms = ms_since(evaluation);
}

/* One frame, everything finished before the clock is read. */
static void draw(struct offline *offline, const struct view_frame *frame)
{
    view_draw(offline->view, frame, offline->framebuffer.name);
    glFinish();
}

static void time_frames(struct bench *bench, struct offline *offline)
{
    const struct view_frame frame = {
        .width = offline->options->width, .height = offline->options->height, .dt = 1.0f / 30.0f};
    for (int i = 0; i < STILL_FRAMES && !session_interrupted(); i++) {
        double begin = clock_seconds();
        trainer_publish(offline->session.trainer, view_publisher(offline->view));
        bench->publish_ms += ms_since(begin) / STILL_FRAMES;
        begin = clock_seconds();
        draw(offline, &frame);
        bench->draw_ms += ms_since(begin) / STILL_FRAMES;
        begin = clock_seconds();
        gl_framebuffer_read(&offline->framebuffer, offline->pixels);
        bench->read_ms += ms_since(begin) / STILL_FRAMES;
    }
}

/* Training on its thread at full speed while frames are drawn as fast as they come. */
static bool time_live(struct bench *bench, struct offline *offline, struct error *err)
{
    const uint64_t before = trainer_steps_taken(offline->session.trainer);
    struct training_thread *thread =
        training_thread_create(offline->session.trainer, view_publisher(offline->view), false, 0, err);
    if (!thread)
        return false;
    struct view_frame frame = {
        .width = offline->options->width, .height = offline->options->height, .dt = 1.0f / 30.0f};
    const double begin = clock_seconds();
    double frames = 0;
    while (clock_seconds() - begin < live_seconds && !session_interrupted()) {
        const struct training_status status = training_thread_status(thread);
        frame.fps = bench->live_fps;
        frame.train_ms = status.step_ms;
        training_thread_request_publish(thread);
        draw(offline, &frame);
        frames++;
    }
    const double seconds = clock_seconds() - begin;
    training_thread_destroy(thread);
    bench->live_fps = frames / seconds;
    bench->live_steps_per_second = (double)(trainer_steps_taken(offline->session.trainer) - before) / seconds;
    return true;
}

static bool time_film(struct bench *bench, struct offline *offline, struct error *err)
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

static void print_row(const char *name, double value, const char *unit)
{
    printf("%-34s %10.2f %s\n", name, value, unit);
}

static cJSON *report(const struct bench *bench, const struct offline *offline)
{
    const struct options *options = offline->options;
    const double steps_per_second = 1e3 / bench->step_ms;
    if (!options->json || strcmp(options->json, "-") != 0) {
        printf("%s, %s, %dx%d\n", offline->session.network->name,
               compute_device_name(trainer_compute(offline->session.trainer)), options->width,
               options->height);
        printf("OpenGL: %s\n\n", gl_context_renderer(offline->context));
        print_row("load data, network, trainer", bench->load_ms, "ms");
        print_row("first frame after that", bench->first_frame_ms, "ms");
        print_row("training alone", steps_per_second, "steps/s");
        print_row("evaluation of the test images", bench->evaluation_ms, "ms");
        print_row("publish a snapshot", bench->publish_ms, "ms");
        print_row("draw a frame", bench->draw_ms, "ms");
        print_row("read a frame back", bench->read_ms, "ms");
        print_row("live: frames", bench->live_fps, "frames/s");
        print_row("live: training", bench->live_steps_per_second, "steps/s");
        print_row("live: training kept", 100.0 * bench->live_steps_per_second / steps_per_second, "%");
        print_row("recording, one step a frame", bench->film_fps, "frames/s");
    }
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "model", offline->session.network->name);
    cJSON_AddStringToObject(root, "device", compute_device_name(trainer_compute(offline->session.trainer)));
    cJSON_AddStringToObject(root, "renderer", gl_context_renderer(offline->context));
    cJSON_AddNumberToObject(root, "width", options->width);
    cJSON_AddNumberToObject(root, "height", options->height);
    cJSON_AddNumberToObject(root, "load_ms", bench->load_ms);
    cJSON_AddNumberToObject(root, "first_frame_ms", bench->first_frame_ms);
    cJSON_AddNumberToObject(root, "steps_per_second", steps_per_second);
    cJSON_AddNumberToObject(root, "evaluation_ms", bench->evaluation_ms);
    cJSON_AddNumberToObject(root, "publish_ms", bench->publish_ms);
    cJSON_AddNumberToObject(root, "draw_ms", bench->draw_ms);
    cJSON_AddNumberToObject(root, "read_ms", bench->read_ms);
    cJSON_AddNumberToObject(root, "live_frames_per_second", bench->live_fps);
    cJSON_AddNumberToObject(root, "live_steps_per_second", bench->live_steps_per_second);
    cJSON_AddNumberToObject(root, "recording_frames_per_second", bench->film_fps);
    return root;
}

bool command_bench(const struct options *options, struct error *err)
{
    struct bench bench = {0};
    struct offline offline;
    double begin = clock_seconds();
    if (!report_check(options->json, options->overwrite, err) || !offline_init(&offline, options, err))
        return false;
    bench.load_ms = ms_since(begin);
    session_catch_interrupts();
    begin = clock_seconds();
    bool ok = offline_draw(&offline, 0.0f, err);
    bench.first_frame_ms = ms_since(begin);
    if (ok) {
        time_training(&bench, offline.session.trainer);
        time_frames(&bench, &offline);
        ok = time_live(&bench, &offline, err) && time_film(&bench, &offline, err);
    }
    if (ok && session_interrupted()) {
        ok = error_set(err, "interrupted while measuring; there is no result");
        err->class_ = ERROR_INTERRUPTED;
    }
    ok = ok && report_write(report(&bench, &offline), options->json, options->overwrite, err);
    offline_deinit(&offline);
    return ok;
}
