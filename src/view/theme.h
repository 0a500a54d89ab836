/* Colours: the two themes and the three colour maps. Values are sRGB, 0 … 1, and normative. */
#ifndef LS_VIEW_THEME_H
#define LS_VIEW_THEME_H

#include <stdbool.h>
#include <stdint.h>

enum theme_name { THEME_DARK, THEME_LIGHT };

struct color {
    float r, g, b, a;
};

enum color_map {
    MAP_ACTIVATION, /* sequential: t = x / S, 0 … 1 */
    MAP_WEIGHT,     /* diverging: t = ½ + ½·x/S; signed activations too */
    MAP_GRADIENT,   /* diverging, asinh: t = ½ + ½·asinh(g/ε)/asinh(S/ε), ε = MAP_EPSILON · S */
    MAP_GREY,       /* the input: never colour-mapped */
    MAP_COUNT
};

/* Of S: the gradient map is linear below and logarithmic above. */
#define MAP_EPSILON 1e-3f

enum { MAP_ANCHORS = 9 }; /* at t = 0, ⅛, … 1, piecewise linear in sRGB */

struct theme {
    enum theme_name name;
    struct color background, panel, border, text, secondary, muted;
    struct color train, test, learning_rate, gradient, select;
    struct color edge_positive, edge_negative;
    struct color delta_positive, delta_negative; /* of gradients that flow back along edges */
    struct color maps[MAP_COUNT][MAP_ANCHORS];
};

const struct theme *theme_get(enum theme_name name);
/* "dark", "light" */
bool theme_from_name(const char *text, enum theme_name *name);
/* Where value `x` stands on a map that ends at S = `scale`: t, not clamped. `is_signed`: zero is in the
 * middle, at ½. shaders/map.glsl says the same. */
float theme_map_value(enum color_map map, bool is_signed, float x, float scale);
/* The colour of t in [0, 1] (clamped). */
struct color theme_map_color(const struct theme *theme, enum color_map map, float t);

#endif
