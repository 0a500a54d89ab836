// A thin frame: beside a tile, or within a cell next to its border. Smoothed by the distance in pixels.
#version 450 core
#include "frame.glsl"

uniform bool is_tile;

in vec2 at;
flat in vec2 size;
out vec4 color;

const float FROM_PX = 5.0, FULL_PX = 8.0; // of the unit

void main()
{
    vec2 pixel = max(vec2(length(vec2(dFdx(at.x), dFdy(at.x))), length(vec2(dFdx(at.y), dFdy(at.y)))), vec2(1e-7));
    vec2 outside = max(-at, at - size) / pixel;
    float distance_px = max(outside.x, outside.y); // beyond the unit; negative inside
    float unit_px = min(size.x / pixel.x, size.y / pixel.y) / viewport.z;
    float middle = is_tile ? 1.25 : -max(1.5, 0.045 * unit_px);
    float half_px = clamp(0.05 * unit_px, 0.5, 0.9);
    float cover = clamp((half_px - abs(distance_px / viewport.z - middle)) * viewport.z + 0.5, 0.0, 1.0);
    color = vec4(bar_muted.rgb, cover * smoothstep(FROM_PX, FULL_PX, unit_px));
}
