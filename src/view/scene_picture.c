/* Multisampling while live, supersampling for films and stills, one resolve for each. */
#include "view/scene_picture.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "gl/debug.h"

static const struct {
    const char *defines;
    GLenum texture, format; /* how the drawn picture is read */
} resolves[RESOLVE_COUNT] = {
    [RESOLVE_MULTISAMPLED] = {"#define MULTISAMPLED\n", GL_TEXTURE_2D_MULTISAMPLE, GL_SRGB8_ALPHA8},
    [RESOLVE_SUPERSAMPLED] = {NULL, GL_TEXTURE_2D, GL_R32UI},
};

void scene_picture_init(struct scene_picture *picture, int samples)
{
    memset(picture, 0, sizeof *picture);
    picture->samples = samples;
}

static void drop(struct scene_picture *picture)
{
    if (picture->light)
        glDeleteTextures(1, &picture->light);
    picture->light = 0;
    gl_framebuffer_deinit(&picture->drawn);
}

void scene_picture_deinit(struct scene_picture *picture)
{
    drop(picture);
    for (int i = 0; i < RESOLVE_COUNT; i++)
        gl_program_deinit(&picture->programs[i]);
    if (picture->vertex_array)
        glDeleteVertexArrays(1, &picture->vertex_array);
    memset(picture, 0, sizeof *picture);
}

static enum resolve resolve_of(const struct scene_picture *picture)
{
    return picture->supersampling > 1   ? RESOLVE_SUPERSAMPLED
           : picture->drawn.samples > 1 ? RESOLVE_MULTISAMPLED
                                        : RESOLVE_NONE;
}

static bool create(struct scene_picture *picture, int supersampling, int samples, struct error *err)
{
    drop(picture);
    picture->supersampling = supersampling;
    const int width = (int)ceilf((float)picture->width / picture->coarseness) * supersampling;
    const int height = (int)ceilf((float)picture->height / picture->coarseness) * supersampling;
    if (!gl_framebuffer_init(&picture->drawn, width, height, samples, err))
        return false;
    const enum resolve resolve = resolve_of(picture);
    if (resolve == RESOLVE_NONE)
        return true;
    struct gl_program *program = &picture->programs[resolve];
    if (!program->name &&
        !gl_program_init(program, "resolve.vert", "resolve.frag", resolves[resolve].defines, err)) {
        drop(picture);
        return false;
    }
    if (!picture->vertex_array)
        glCreateVertexArrays(1, &picture->vertex_array);
    glGenTextures(1, &picture->light);
    glTextureView(picture->light, resolves[resolve].texture, picture->drawn.color, resolves[resolve].format,
                  0, 1, 0, 1);
    if (resolve == RESOLVE_SUPERSAMPLED) {
        glTextureParameteri(picture->light, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTextureParameteri(picture->light, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    }
    return true;
}

bool scene_picture_resize(struct scene_picture *picture, int width, int height, int supersampling,
                          float coarseness)
{
    LS_ASSERT(coarseness >= 1.0f && (supersampling == 1 || coarseness == 1.0f));
    if (picture->drawn.name && picture->width == width && picture->height == height &&
        picture->wanted_supersampling == supersampling && picture->coarseness == coarseness)
        return false;
    struct error err = {0};
    picture->width = width;
    picture->height = height;
    picture->wanted_supersampling = supersampling;
    picture->coarseness = coarseness;
    const int samples = supersampling > 1 || coarseness > 1.0f ? 1 : picture->samples;
    if (create(picture, supersampling, samples, &err))
        return true;
    struct error rest = {0};
    if (supersampling * samples > 1 && create(picture, 1, 1, &rest)) {
        log_warning("%s; the scene is drawn with one sample a pixel", err.message);
        return true;
    }
    log_warning("%s; the picture stays empty", rest.message[0] ? rest.message : err.message);
    return true;
}

int scene_picture_samples(const struct scene_picture *picture)
{
    const int samples = picture->drawn.samples > 1 ? picture->drawn.samples : 1;
    return samples * picture->supersampling * picture->supersampling;
}

void scene_picture_resolve(const struct scene_picture *picture, GLuint target)
{
    const enum resolve resolve = resolve_of(picture);
    if (resolve == RESOLVE_NONE) {
        gl_framebuffer_blit(&picture->drawn, target, picture->width, picture->height);
        return;
    }
    gl_debug_push("resolve");
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target);
    glViewport(0, 0, picture->width, picture->height);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_BLEND);
    glDisable(GL_CULL_FACE);
    glDisable(GL_SCISSOR_TEST);
    glUseProgram(picture->programs[resolve].name);
    glBindVertexArray(picture->vertex_array);
    glBindTextureUnit(0, picture->light);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    glBindTextureUnit(0, 0);
    glBindVertexArray(0);
    glUseProgram(0);
    gl_debug_pop();
}
