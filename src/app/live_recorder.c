/* A ring of read-backs between the frame loop and the encoder's thread; pictures are never copied. */
#include "app/live_recorder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void live_recorder_init(struct live_recorder *recorder)
{
    memset(recorder, 0, sizeof *recorder);
    gl_pixel_ring_init(&recorder->ring);
}

bool live_recorder_start(struct live_recorder *recorder, int width, int height, double now, struct error *err)
{
    if (recorder->thread)
        return error_set(err, "%s is still being written", recorder->name);
    if (width < 2 || height < 2)
        return error_set(err, "a window of %d×%d is too small for a film", width, height);
    if (!numbered_name(recorder->name, ".mp4", err))
        return false;
    recorder->width = width / 2 * 2;
    recorder->height = height / 2 * 2;
    const struct video_desc desc = {.path = recorder->name,
                                    .width = recorder->width,
                                    .height = recorder->height,
                                    .fps = LIVE_RECORDER_FPS,
                                    .quick = true};
    recorder->thread = video_thread_create(&desc, err);
    if (!recorder->thread)
        return false;
    film_clock_start(&recorder->clock, LIVE_RECORDER_FPS, now);
    recorder->dropped = 0;
    recorder->finishing = false;
    recorder->on = true;
    return true;
}

void live_recorder_stop(struct live_recorder *recorder, double now)
{
    if (!recorder->on)
        return;
    recorder->on = false;
    recorder->end = film_clock_frames(&recorder->clock, now);
}

static void give_back(void *pixels) { gl_pixels_give_back(pixels); }

static void hand_over(struct live_recorder *recorder)
{
    struct gl_pixels *pixels;
    while ((pixels = gl_pixel_ring_take(&recorder->ring))) {
        const ptrdiff_t stride = (ptrdiff_t)pixels->width * 4;
        const struct video_picture picture = {.top = pixels->rgba + (pixels->height - 1) * stride,
                                              .stride = -stride,
                                              .frame = pixels->number,
                                              .done = give_back,
                                              .context = pixels};
        if (!recorder->thread || !video_thread_offer(recorder->thread, &picture)) {
            gl_pixels_give_back(pixels);
            recorder->dropped++;
        }
    }
}

/* The whole window, as large as fits, in the middle. */
static bool fit(struct live_recorder *recorder, GLuint framebuffer, int width, int height)
{
    struct gl_framebuffer *fitted = &recorder->fitted;
    if (fitted->width != recorder->width || fitted->height != recorder->height) {
        gl_framebuffer_deinit(fitted);
        if (!gl_framebuffer_init(fitted, recorder->width, recorder->height, 1, NULL))
            return false;
    }
    static const float black[4] = {0.0f, 0.0f, 0.0f, 1.0f};
    glClearNamedFramebufferfv(fitted->name, GL_COLOR, 0, black);
    const double scale =
        fmin((double)recorder->width / (double)width, (double)recorder->height / (double)height);
    const int w = (int)fmin(recorder->width, round(scale * width));
    const int h = (int)fmin(recorder->height, round(scale * height));
    const int x = (recorder->width - w) / 2, y = (recorder->height - h) / 2;
    glBlitNamedFramebuffer(framebuffer, fitted->name, 0, 0, width, height, x, y, x + w, y + h,
                           GL_COLOR_BUFFER_BIT, GL_LINEAR);
    return true;
}

static void take_picture(struct live_recorder *recorder, GLuint framebuffer, int width, int height,
                         double now)
{
    const int64_t frame = film_clock_due(&recorder->clock, now);
    if (frame < 0)
        return;
    const bool as_it_is = width / 2 * 2 == recorder->width && height / 2 * 2 == recorder->height;
    if (!gl_pixel_ring_has_room(&recorder->ring) ||
        (!as_it_is && !fit(recorder, framebuffer, width, height)) ||
        !gl_pixel_ring_read(&recorder->ring, as_it_is ? framebuffer : recorder->fitted.name, recorder->width,
                            recorder->height, frame, NULL))
        recorder->dropped++;
}

void live_recorder_frame(struct live_recorder *recorder, GLuint framebuffer, int width, int height,
                         double now)
{
    hand_over(recorder);
    if (recorder->on)
        take_picture(recorder, framebuffer, width, height, now);
    else if (recorder->thread && !recorder->finishing && !gl_pixel_ring_is_expecting(&recorder->ring)) {
        video_thread_finish(recorder->thread, recorder->end);
        recorder->finishing = true;
    }
}

bool live_recorder_ended(struct live_recorder *recorder, struct live_film *film)
{
    if (!recorder->thread)
        return false;
    const struct video_thread_status status = video_thread_status(recorder->thread);
    if (!status.ended)
        return false;
    video_thread_destroy(recorder->thread);
    recorder->thread = NULL;
    recorder->on = false;
    *film = (struct live_film){.seconds = (double)status.frames / LIVE_RECORDER_FPS,
                               .frames = status.frames,
                               .dropped = recorder->dropped,
                               .err = status.err};
    snprintf(film->name, sizeof film->name, "%s", recorder->name);
    return true;
}

bool live_recorder_deinit(struct live_recorder *recorder, double now, struct live_film *film)
{
    live_recorder_stop(recorder, now);
    glFinish();
    hand_over(recorder);
    bool ended = false;
    if (recorder->thread) {
        video_thread_finish(recorder->thread, recorder->end);
        video_thread_wait(recorder->thread);
        ended = live_recorder_ended(recorder, film);
    }
    gl_pixel_ring_deinit(&recorder->ring);
    gl_framebuffer_deinit(&recorder->fitted);
    return ended;
}

double live_recorder_seconds(const struct live_recorder *recorder, double now)
{
    return recorder->on ? film_clock_seconds(&recorder->clock, now) : 0.0;
}
