/* The lock-step loop without a window. */
#include "app/offline.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Larger pictures than 4K get fewer samples, which would not fit into the memory of most machines: four of
 * a pixel's coverage up to 8K, one beyond. */
static const int64_t most_supersampled = INT64_C(3840) * 2160, most_multisampled = INT64_C(7680) * 4320;

static int64_t pixel_count(const struct options *options)
{
    return (int64_t)options->width * options->height;
}

static bool open_picture(struct offline *offline, struct error *err)
{
    const struct options *options = offline->options;
    if (!gl_framebuffer_init(&offline->framebuffer, options->width, options->height, 1, err))
        return false;
    struct view_desc desc = session_view_desc(&offline->session, options);
    desc.samples = pixel_count(options) <= most_multisampled ? 4 : 1;
    offline->view = view_create(&desc, err);
    offline->pixels = ls_calloc((size_t)options->width * (size_t)options->height, 4);
    return offline->view != NULL;
}

bool offline_init(struct offline *offline, const struct options *options, struct error *err)
{
    memset(offline, 0, sizeof *offline);
    offline->options = options;
    /* EGL comes before CUDA: the other way round some drivers make no context. */
    offline->context = gl_context_create_headless(err);
    if (!offline->context || !session_init(&offline->session, options, true, err) ||
        !open_picture(offline, err)) {
        offline_deinit(offline);
        return false;
    }
    if (options->probe >= 0)
        trainer_set_probe(offline->session.trainer, (uint32_t)options->probe);
    return true;
}

void offline_deinit(struct offline *offline)
{
    if (offline->view)
        view_destroy(offline->view);
    if (offline->context)
        gl_framebuffer_deinit(&offline->framebuffer);
    session_deinit(&offline->session);
    gl_context_destroy(offline->context);
    free(offline->pixels);
    memset(offline, 0, sizeof *offline);
}

bool offline_train(struct offline *offline, int64_t steps)
{
    struct trainer *trainer = offline->session.trainer;
    for (int64_t i = 0; i < steps && !session_interrupted(); i++) {
        if (view_wants_weights(offline->view, trainer_steps_taken(trainer)) &&
            trainer_publish(trainer, view_publisher(offline->view)))
            view_take_weights(offline->view);
        struct step_sample sample;
        trainer_step(trainer, &sample);
    }
    return !session_interrupted();
}

bool offline_draw(struct offline *offline, float dt, struct error *err)
{
    if (!trainer_publish(offline->session.trainer, view_publisher(offline->view)))
        return error_set(err, "no slot of the arena is free: the OpenGL driver does not finish its frames");
    trainer_survey(offline->session.trainer);
    if (!session_check_device(&offline->session, err))
        return false;
    const struct view_frame frame = {
        .width = offline->options->width,
        .height = offline->options->height,
        .dt = dt,
        .hide_wall_clock = true,
        .step_rate = (double)offline->options->fps * (double)offline->options->steps_per_frame,
        .lock_step = true,
        .supersampling = pixel_count(offline->options) <= most_supersampled ? 2 : 1,
    };
    while (glGetError() != GL_NO_ERROR)
        continue;
    view_draw(offline->view, &frame, offline->framebuffer.name);
    if (glGetError() != GL_NO_ERROR)
        return error_set(err, "OpenGL has no room to draw %d×%d pixels; choose a smaller --size", frame.width,
                         frame.height);
    gl_framebuffer_read(&offline->framebuffer, offline->pixels);
    return true;
}
