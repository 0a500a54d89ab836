/* The picture that the scene is drawn into, with more than one sample a pixel where that is wanted or with fewer
 * pixels than the window, and how it becomes a picture of the window's size: samples are averaged in linear
 * light, a smaller picture is stretched. OpenGL thread only. */
#ifndef LS_VIEW_SCENE_PICTURE_H
#define LS_VIEW_SCENE_PICTURE_H

#include <GL/glew.h>

#include "gl/framebuffer.h"
#include "gl/program.h"

enum resolve { RESOLVE_NONE, RESOLVE_MULTISAMPLED, RESOLVE_SUPERSAMPLED, RESOLVE_COUNT };

struct scene_picture {
    struct gl_framebuffer drawn; /* what the passes draw into */
    int width, height;           /* of the result */
    int supersampling;           /* 1, or 2: `drawn` is twice as wide and high */
    float coarseness;            /* 1, or more: `drawn` is so many times less wide and high */
    int samples;                 /* wanted without supersampling */
    int wanted_supersampling;    /* what was asked for; less was given if OpenGL has no room */
    GLuint light;                /* `drawn` as the resolve reads it: decoded, or as bytes */
    struct gl_program programs[RESOLVE_COUNT];
    GLuint vertex_array;
};

/* `samples` a pixel: 1, 2, 4. */
void scene_picture_init(struct scene_picture *picture, int samples);
void scene_picture_deinit(struct scene_picture *picture);

/* One of supersampling and coarseness is 1. True when the picture is another one than before: what it holds is undefined then. Where OpenGL has no
 * room, the picture gets fewer samples and a warning says so; `drawn.name` is 0 when there is no picture. */
bool scene_picture_resize(struct scene_picture *picture, int width, int height, int supersampling,
                          float coarseness);

/* Samples a pixel of the picture as it is. */
int scene_picture_samples(const struct scene_picture *picture);

/* Writes every pixel of `target` (0: the window), which has the size of the result. Leaves depth test,
 * blending, culling and scissor test off, program 0 and vertex array 0. */
void scene_picture_resolve(const struct scene_picture *picture, GLuint target);

#endif
