/* The palettes of the two themes, as tables of 24-bit sRGB numbers. */
#include "view/theme.h"

#include <math.h>
#include <string.h>

#define RGB(hex)                                                                                             \
    {                                                                                                        \
        (float)(((hex) >> 16) & 0xFF) / 255.0f, (float)(((hex) >> 8) & 0xFF) / 255.0f,                       \
            (float)((hex)&0xFF) / 255.0f, 1.0f                                                               \
    }

#define GREY_RAMP                                                                                            \
    {                                                                                                        \
        {0.000f, 0.000f, 0.000f, 1.0f}, {0.125f, 0.125f, 0.125f, 1.0f}, {0.250f, 0.250f, 0.250f, 1.0f},      \
            {0.375f, 0.375f, 0.375f, 1.0f}, {0.500f, 0.500f, 0.500f, 1.0f}, {0.625f, 0.625f, 0.625f, 1.0f},  \
            {0.750f, 0.750f, 0.750f, 1.0f}, {0.875f, 0.875f, 0.875f, 1.0f}, {1.000f, 1.000f, 1.000f, 1.0f},  \
    }

static const struct theme themes[] = {
    [THEME_DARK] =
        {
            .name = THEME_DARK,
            .background = RGB(0x0B0F17),
            .panel = RGB(0x131A26),
            .border = RGB(0x2B3648),
            .text = RGB(0xE8ECF4),
            .secondary = RGB(0xA3AEC0),
            .muted = RGB(0x7A869B),
            .train = RGB(0x56B4E9),
            .test = RGB(0xE69F00),
            .learning_rate = RGB(0xCC79A7),
            .gradient = RGB(0x2BB58A),
            .select = RGB(0xF0E442),
            .edge_positive = RGB(0x7FA6F5),
            .edge_negative = RGB(0xF08A7E),
            .delta_positive = RGB(0x7EAC45),
            .delta_negative = RGB(0xCD78BD),
            .maps =
                {
                    [MAP_ACTIVATION] = {RGB(0x000004), RGB(0x1D1146), RGB(0x50127C), RGB(0x822681), RGB(0xB63779),
                                        RGB(0xE65163), RGB(0xFB8761), RGB(0xFEC387), RGB(0xFCFDBF)},
                    [MAP_WEIGHT] = {RGB(0xFFC9BC), RGB(0xDB7B62), RGB(0x8F4130), RGB(0x42201A), RGB(0x11141B),
                                    RGB(0x132F52), RGB(0x2264AE), RGB(0x559DF0), RGB(0xBFD2FF)},
                    [MAP_GRADIENT] = {RGB(0xFFCDFD), RGB(0xCD78BD), RGB(0x923F80), RGB(0x411B37), RGB(0x1A1513),
                                      RGB(0x293616), RGB(0x517026), RGB(0x7EAC45), RGB(0xBEFDA5)},
                    [MAP_GREY] = GREY_RAMP,
                },
        },
    [THEME_LIGHT] =
        {
            .name = THEME_LIGHT,
            .background = RGB(0xF5F6F8),
            .panel = RGB(0xFFFFFF),
            .border = RGB(0xD3D9E2),
            .text = RGB(0x18202C),
            .secondary = RGB(0x475264),
            .muted = RGB(0x5F6B7D),
            .train = RGB(0x0072B2),
            .test = RGB(0xB84A00),
            .learning_rate = RGB(0xA23B78),
            .gradient = RGB(0x00735A),
            .select = RGB(0x7A5C00),
            .edge_positive = RGB(0x0B5CAD),
            .edge_negative = RGB(0xA33A1E),
            .delta_positive = RGB(0x4C802F),
            .delta_negative = RGB(0xA5428C),
            .maps =
                {
                    [MAP_ACTIVATION] = {RGB(0xF7F6F3), RGB(0xFDD9AE), RGB(0xFCAE78), RGB(0xF07A5E), RGB(0xD14A6B),
                                        RGB(0xA02F7B), RGB(0x6C217B), RGB(0x391559), RGB(0x0A0418)},
                    [MAP_WEIGHT] = {RGB(0x590008), RGB(0x932E06), RGB(0xC37243), RGB(0xDCAB8F), RGB(0xECE5E1),
                                    RGB(0x92BDD2), RGB(0x2F7CA6), RGB(0x034481), RGB(0x001261)},
                    [MAP_GRADIENT] = {RGB(0x65024B), RGB(0xA5428C), RGB(0xD17EBB), RGB(0xECC5E2), RGB(0xF6F1F1),
                                      RGB(0xD7E7C1), RGB(0x8CB565), RGB(0x4C802F), RGB(0x0D4C00)},
                    [MAP_GREY] = GREY_RAMP,
                },
        },
};

const struct theme *theme_get(enum theme_name name) { return &themes[name]; }

bool theme_from_name(const char *text, enum theme_name *name)
{
    if (strcmp(text, "dark") == 0)
        *name = THEME_DARK;
    else if (strcmp(text, "light") == 0)
        *name = THEME_LIGHT;
    else
        return false;
    return true;
}

float theme_map_value(enum color_map map, bool is_signed, float x, float scale)
{
    float t = x / scale;
    if (map == MAP_GRADIENT)
        t = asinhf(t / MAP_EPSILON) / asinhf(1.0f / MAP_EPSILON);
    return is_signed ? 0.5f + 0.5f * t : t;
}

struct color theme_map_color(const struct theme *theme, enum color_map map, float t)
{
    const struct color *anchors = theme->maps[map];
    /* The negated comparison also sends NaN to the first anchor. */
    if (!(t > 0.0f))
        return anchors[0];
    if (t >= 1.0f)
        return anchors[MAP_ANCHORS - 1];
    const float position = t * (MAP_ANCHORS - 1);
    const int i = (int)position;
    const float f = position - (float)i;
    const struct color a = anchors[i], b = anchors[i + 1];
    return (struct color){a.r + (b.r - a.r) * f, a.g + (b.g - a.g) * f, a.b + (b.b - a.b) * f, 1.0f};
}
