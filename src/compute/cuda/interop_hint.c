/* Hints by the surroundings: CUDA's error numbers for a failed interop differ between drivers and say little
 * (219 without a context, 304 and 999 with OpenGL on another device). */
#include "compute/cuda/interop_hint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0];
}

/* ":0" is this machine's display, "host:0" and "localhost:10" (ssh -X) are not. */
static bool is_remote(const char *display)
{
    const char *colon = display ? strrchr(display, ':') : NULL;
    return colon && colon != display && strncmp(display, "unix:", 5) != 0;
}

static bool is_wsl(void)
{
    char text[256] = "";
    FILE *file = fopen("/proc/sys/kernel/osrelease", "r");
    if (!file)
        return false;
    if (!fgets(text, sizeof text, file))
        text[0] = 0;
    fclose(file);
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return strstr(text, "microsoft") != NULL;
}

void interop_look_around(struct interop_surroundings *out, const char *renderer)
{
    *out = (struct interop_surroundings){
        .renderer = renderer ? renderer : "",
        .wsl = is_wsl(),
        .virtual_gl = is_set("VGL_ISACTIVE") || is_set("VGL_DISPLAY"),
        .remote_display = is_remote(getenv("DISPLAY")),
    };
}

const char *interop_hint(const struct interop_surroundings *surroundings)
{
    if (surroundings->wsl)
        return "WSL cannot share buffers between OpenGL and CUDA; a Linux installed beside Windows can";
    if (surroundings->virtual_gl)
        return "VirtualGL stands between; run it with the EGL back end on the training GPU (vglrun -d egl0)";
    if (surroundings->remote_display)
        return "the display is another machine's; use this machine's own, or record without a display";
    if (!strstr(surroundings->renderer, "NVIDIA") && !strstr(surroundings->renderer, "GeForce") &&
        !strstr(surroundings->renderer, "Quadro") && !strstr(surroundings->renderer, "Tesla"))
        return "OpenGL draws on another device; on a laptop with two, start with "
               "__NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia";
    return "OpenGL draws on another NVIDIA device; choose one for both with CUDA_VISIBLE_DEVICES";
}
