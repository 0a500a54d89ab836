/* One rectangle with the old picture, blended by a constant. */
#include "view/fade.h"

#include <math.h>
#include <string.h>

#include "gl/debug.h"

static const double fade_seconds = 0.4;

static bool prepare(struct fade *fade, int width, int height)
{
    if (!fade->program.name) {
        if (!gl_program_init(&fade->program, "hud.vert", "hud.frag", NULL, NULL))
            return false;
        fade->area = gl_program_uniform(&fade->program, "area");
        fade->viewport = gl_program_uniform(&fade->program, "viewport");
        glCreateVertexArrays(1, &fade->vertex_array);
    }
    gl_framebuffer_deinit(&fade->picture);
    return gl_framebuffer_init(&fade->picture, width, height, 1, NULL);
}

void fade_deinit(struct fade *fade)
{
    gl_framebuffer_deinit(&fade->picture);
    gl_program_deinit(&fade->program);
    if (fade->vertex_array)
        glDeleteVertexArrays(1, &fade->vertex_array);
    memset(fade, 0, sizeof *fade);
}

void fade_begin(struct fade *fade, GLuint framebuffer, int width, int height, double now)
{
    if (!prepare(fade, width, height))
        return;
    fade->began_at = now;
    glBlitNamedFramebuffer(framebuffer, fade->picture.name, 0, 0, width, height, 0, 0, width, height,
                           GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

void fade_draw(struct fade *fade, GLuint framebuffer, int width, int height, double now)
{
    if (!fade->picture.name)
        return;
    const double t = (now - fade->began_at) / fade_seconds;
    if (t >= 1.0 || width != fade->picture.width || height != fade->picture.height) {
        gl_framebuffer_deinit(&fade->picture);
        return;
    }
    gl_debug_push("fade");
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffer);
    glViewport(0, 0, width, height);
    glDisable(GL_DEPTH_TEST);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    glBlendColor(0.0f, 0.0f, 0.0f, (float)(1.0 - fmax(t, 0.0)));
    glBlendFunc(GL_CONSTANT_ALPHA, GL_ONE_MINUS_CONSTANT_ALPHA);
    glUseProgram(fade->program.name);
    glBindVertexArray(fade->vertex_array);
    glBindTextureUnit(0, fade->picture.color);
    glUniform2f(fade->viewport, (float)width, (float)height);
    glUniform4f(fade->area, 0.0f, 0.0f, (float)width, (float)height);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    glBindTextureUnit(0, 0);
    glBindVertexArray(0);
    glUseProgram(0);
    glDisable(GL_BLEND);
    gl_debug_pop();
}
