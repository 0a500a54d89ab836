// A ring with a plus (⊕) for a sum, or with two bars side by side for a concatenation.
#version 450 core
#include "frame.glsl"

noperspective in vec2 at; // from the middle, in radii
flat in float radius_px;
flat in float adds;
out vec4 color;

float cover(float beside_px, float half_px)
{
    return clamp(half_px + 0.5 - abs(beside_px), 0.0, 1.0);
}

void main()
{
    vec2 px = at * radius_px;
    float from_rim = length(px) - radius_px, half_px = clamp(0.085 * radius_px, 0.6 * viewport.z, 1.3 * viewport.z);
    float inside = clamp(0.5 - from_rim, 0.0, 1.0);
    float ring = cover(from_rim + half_px, half_px);
    float reach = 0.58 * radius_px;
    vec2 ends = clamp(reach + 0.5 - abs(px), vec2(0.0), vec2(1.0));
    float sign_ = adds > 0.5 ? max(cover(px.x, half_px) * ends.y, cover(px.y, half_px) * ends.x)
                             : cover(abs(px.x) - 0.28 * radius_px, half_px) * ends.y;
    vec3 ink = mix(slab.rgb, bar.rgb, max(ring, sign_));
    color = vec4(ink, inside);
}
