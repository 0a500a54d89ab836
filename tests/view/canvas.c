#include "test.h"

#include "canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"

static const float backdrop[4] = {1.0f, 0.0f, 1.0f, 1.0f};

static struct gl_context *context;

int canvas_open_context(void **state)
{
    (void)state;
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (context == NULL)
        print_error("%s\n", err.message);
    return context == NULL ? -1 : 0;
}

int canvas_close_context(void **state)
{
    (void)state;
    const int messages = gl_debug_message_count() + log_warning_count();
    gl_context_destroy(context);
    return messages == 0 ? 0 : -1;
}

void canvas_init(struct canvas *canvas, int width, int height)
{
    memset(canvas, 0, sizeof *canvas);
    assert_true(gl_framebuffer_init(&canvas->framebuffer, width, height, 1, NULL));
    canvas->pixels = ls_calloc((size_t)width * (size_t)height, 4);
}

void canvas_begin(struct canvas *canvas)
{
    glBindFramebuffer(GL_FRAMEBUFFER, canvas->framebuffer.name);
    glClearBufferfv(GL_COLOR, 0, backdrop);
}

void canvas_end(struct canvas *canvas) { gl_framebuffer_read(&canvas->framebuffer, canvas->pixels); }

void canvas_deinit(struct canvas *canvas)
{
    gl_framebuffer_deinit(&canvas->framebuffer);
    free(canvas->pixels);
}

const uint8_t *canvas_pixel(const struct canvas *canvas, int x, int y)
{
    return canvas->pixels + 4 * ((size_t)y * (size_t)canvas->framebuffer.width + (size_t)x);
}

bool canvas_is_color(const struct canvas *canvas, int x, int y, struct color color)
{
    const uint8_t *p = canvas_pixel(canvas, x, y);
    return fabsf((float)p[0] - 255.0f * color.r) < 3.0f && fabsf((float)p[1] - 255.0f * color.g) < 3.0f &&
           fabsf((float)p[2] - 255.0f * color.b) < 3.0f;
}

bool canvas_is_backdrop(const struct canvas *canvas, int x, int y)
{
    return canvas_is_color(canvas, x, y, (struct color){backdrop[0], backdrop[1], backdrop[2], 1.0f});
}

void canvas_append(struct metrics *metrics, uint32_t step, float loss)
{
    const struct step_sample sample = {step, loss, 0.5f, 0.001f, 1.0f, NAN};
    metrics_append_step(metrics, &sample);
}
