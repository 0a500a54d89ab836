// Wires of the graph as thin bands that face the screen, at the depth of the background: never on a plate. An
// instance is a wire.
#version 450 core
#include "frame.glsl"

struct Wire {
    vec4 points[4]; // of a cubic curve; w of the first and the last: opacity there
};
layout(std430, binding = 0) readonly buffer Wires { Wire wires[]; };

uniform int segments;

flat out vec3 hue;
noperspective out vec3 band; // opacity; pixels beside the middle, half the width in pixels

const float WIDTH_PX = 1.6, OPACITY = 0.85;

void main()
{
    Wire wire = wires[gl_InstanceID];
    float t = float(gl_VertexID / 2) / float(segments), s = 1.0 - t;
    vec3 a = wire.points[0].xyz, b = wire.points[1].xyz, c = wire.points[2].xyz, d = wire.points[3].xyz;
    vec4 clip = view_projection * vec4(s * s * s * a + 3.0 * s * t * (s * b + t * c) + t * t * t * d, 1.0);
    vec4 ahead = view_projection * vec4(s * s * (b - a) + 2.0 * s * t * (c - b) + t * t * (d - c), 0.0);
    vec2 pace = (ahead.xy * clip.w - clip.xy * ahead.w) * viewport.xy;
    hue = bar_muted.rgb;
    band.x = OPACITY * mix(wire.points[0].w, wire.points[3].w, t);
    band.z = 0.5 * WIDTH_PX * viewport.z;
    band.y = (gl_VertexID & 1) == 0 ? -band.z - 0.5 : band.z + 0.5;
    clip.xy += vec2(-pace.y, pace.x) / max(length(pace), 1e-6) * band.y / (viewport.xy * 0.5) * max(clip.w, 0.0);
    gl_Position = vec4(clip.xy, 0.0, clip.w);
}
