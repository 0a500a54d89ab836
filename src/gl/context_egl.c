/* A context without any display: EGL on a device, or on Mesa's surfaceless platform. */
#include <EGL/egl.h>
#include <EGL/eglext.h>

#include "gl/context_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#ifndef EGL_CUDA_DEVICE_NV
#define EGL_CUDA_DEVICE_NV 0x323A /* EGL_NV_device_cuda */
#endif

enum { MAX_DEVICES = 16 };

static bool has_extension(EGLDisplay display, const char *name)
{
    const char *list = eglQueryString(display, EGL_EXTENSIONS);
    const size_t length = strlen(name);
    for (const char *at = list ? strstr(list, name) : NULL; at; at = strstr(at + length, name))
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == 0))
            return true;
    return false;
}

static bool make_current(struct gl_context *context, EGLDisplay display)
{
    EGLint major, minor;
    if (display == EGL_NO_DISPLAY || !eglInitialize(display, &major, &minor))
        return false;
    static const EGLint config_wish[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                         EGL_OPENGL_BIT, EGL_NONE};
    static const EGLint context_wish[] = {EGL_CONTEXT_MAJOR_VERSION,
                                          4,
                                          EGL_CONTEXT_MINOR_VERSION,
                                          5,
                                          EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                          EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                          EGL_CONTEXT_OPENGL_DEBUG,
                                          EGL_TRUE,
                                          EGL_NONE};
    EGLConfig config = NULL;
    EGLint count = 0;
    EGLContext egl = EGL_NO_CONTEXT;
    if (eglBindAPI(EGL_OPENGL_API)) {
        if (!eglChooseConfig(display, config_wish, &config, 1, &count) || count == 0)
            config = NULL; /* EGL_KHR_no_config_context: drawing goes to framebuffers alone */
        egl = eglCreateContext(display, config, EGL_NO_CONTEXT, context_wish);
    }
    if (egl == EGL_NO_CONTEXT || !eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, egl)) {
        if (egl != EGL_NO_CONTEXT)
            eglDestroyContext(display, egl);
        eglTerminate(display);
        return false;
    }
    context->egl_display = display;
    context->egl_context = egl;
    return true;
}

/* The first CUDA device is the one that trains: drawing on the same one needs no copies. */
static bool is_first_cuda_device(EGLDeviceEXT device)
{
    PFNEGLQUERYDEVICEATTRIBEXTPROC query =
        (PFNEGLQUERYDEVICEATTRIBEXTPROC)(void (*)(void))eglGetProcAddress("eglQueryDeviceAttribEXT");
    EGLAttrib number = -1;
    return query && query(device, EGL_CUDA_DEVICE_NV, &number) && number == 0;
}

static bool try_devices(struct gl_context *context)
{
    if (!has_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_device"))
        return false;
    PFNEGLQUERYDEVICESEXTPROC query =
        (PFNEGLQUERYDEVICESEXTPROC)(void (*)(void))eglGetProcAddress("eglQueryDevicesEXT");
    EGLDeviceEXT devices[MAX_DEVICES];
    EGLint count = 0;
    if (!query || !query(MAX_DEVICES, devices, &count))
        return false;
    for (int pass = 0; pass < 2; pass++)
        for (EGLint i = 0; i < count; i++)
            if (is_first_cuda_device(devices[i]) == (pass == 0) &&
                make_current(context, eglGetPlatformDisplay(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL)))
                return true;
    return false;
}

static bool try_surfaceless(struct gl_context *context)
{
    return has_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless") &&
           make_current(context, eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, NULL, NULL));
}

static void destroy(struct gl_context *context)
{
    eglMakeCurrent(context->egl_display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    eglDestroyContext(context->egl_display, context->egl_context);
    eglTerminate(context->egl_display);
    eglReleaseThread();
}

struct gl_context *gl_context_create_headless(struct error *err)
{
    if (!gl_context_check_room(err))
        return NULL;
    struct gl_context *context = ls_calloc(1, sizeof *context);
    context->destroy = destroy;
    if (!try_devices(context) && !try_surfaceless(context)) {
        error_set(err, "no OpenGL 4.5 context can be made without a display; install Mesa's drivers "
                       "(Debian: libgl1-mesa-dri, libegl-mesa0) or the graphics card's own");
        free(context);
        return NULL;
    }
    if (!gl_context_load(context, err)) {
        gl_context_destroy(context);
        return NULL;
    }
    return context;
}
