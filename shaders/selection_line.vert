// Straight lines of constant width on the screen, in the selection's colour; an instance is a line. With
// `glow` a wide faint band instead, at the depth of the background: it never lies on a plate.
#version 450 core
#include "frame.glsl"

struct Line {
    vec4 from; // w: opacity
    vec4 to;   // w: width, pixels at pixel scale 1
};
layout(std430, binding = 0) readonly buffer Lines { Line lines[]; };

uniform bool glow;

out vec4 ink;
out float across_px;
flat out float half_px;
flat out float soft_px;

const float NEAREST = 1e-3, GLOW_PX = 4.0, GLOW_ALPHA = 0.2;

void main()
{
    Line line = lines[gl_InstanceID];
    vec4 a = view_projection * vec4(line.from.xyz, 1.0), b = view_projection * vec4(line.to.xyz, 1.0);
    if (a.w < NEAREST && b.w < NEAREST) {
        gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
        ink = vec4(0.0);
        across_px = half_px = soft_px = 0.0;
        return;
    }
    if (a.w < NEAREST)
        a = mix(a, b, (NEAREST - a.w) / (b.w - a.w));
    else if (b.w < NEAREST)
        b = mix(b, a, (NEAREST - b.w) / (a.w - b.w));
    vec2 direction = (b.xy / b.w - a.xy / a.w) * viewport.xy;
    direction = dot(direction, direction) > 0.0 ? normalize(direction) : vec2(1.0, 0.0);
    half_px = (glow ? 0.0 : 0.5 * line.to.w) * viewport.z;
    soft_px = glow ? GLOW_PX * viewport.z : 1.0;
    ink = vec4(select.rgb, line.from.w * (glow ? GLOW_ALPHA : 1.0));
    float reach = half_px + soft_px;
    across_px = (gl_VertexID & 2) == 0 ? -reach : reach;
    vec4 clip = (gl_VertexID & 1) == 0 ? a : b;
    clip.xy += vec2(-direction.y, direction.x) * across_px / (viewport.xy * 0.5) * clip.w;
    clip.z = glow ? 0.0 : clip.z * 1.0005; // before its own plate
    gl_Position = clip;
}
