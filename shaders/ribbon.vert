// Edges as thin bands that face the screen: a cubic curve leaves the source plate's back along +X and
// arrives at the target plate's front the same way. An instance is an edge. All lie at the depth of the
// background, so that they show between plates and never on one.
#version 450 core
#include "frame.glsl"
#include "ribbon.glsl"

uniform int gap;
uniform int per_target; // edges that each traced neuron of this gap can have
uniform float end_fade; // how much of its strength a ribbon loses at its target

out vec4 ink;
out float across_px;
flat out float half_px;

const int SEGMENTS = 12;
const float WIDEST = 4.0, THINNEST = 0.75, STRONGEST_ALPHA = 0.85, WEAKEST_ALPHA = 0.15;

vec2 to_px(vec4 clip)
{
    return clip.xy / max(clip.w, 1e-4) * viewport.xy * 0.5;
}

void main()
{
    int number = gl_InstanceID / per_target * PER_TARGET + gl_InstanceID % per_target;
    Edge edge = edges[gap * TARGETS * PER_TARGET + number];
    if (edge.ends.x < 0) {
        gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
        ink = vec4(0.0);
        across_px = half_px = 0.0;
        return;
    }
    vec3 a = edge.from.xyz, b = edge.to.xyz;
    vec3 bend = vec3(0.45 * (b.x - a.x), 0.0, 0.0);
    float t = float(gl_VertexID / 2) / float(SEGMENTS), s = 1.0 - t;
    vec3 place = s * s * (s + 3.0 * t) * a + t * t * (t + 3.0 * s) * b + 3.0 * s * t * (s - t) * bend;
    vec3 ahead = 6.0 * s * t * (b - a) + 3.0 * (s * s - 4.0 * s * t + t * t) * bend;
    vec4 clip = view_projection * vec4(place, 1.0);
    vec2 direction = to_px(view_projection * vec4(place + 0.01 * ahead, 1.0)) - to_px(clip);
    direction = dot(direction, direction) > 0.0 ? normalize(direction) : vec2(1.0, 0.0);

    float share = abs(edge.from.w) / max(strongest[gap].x, 1e-30);
    float crowd = min(1.0, sqrt(55.0 / max(strongest[gap].y, 1.0)));
    half_px = 0.5 * mix(THINNEST, WIDEST, share) * viewport.z;
    ink = vec4((edge.from.w > 0.0 ? edge_positive : edge_negative).rgb, mix(WEAKEST_ALPHA, STRONGEST_ALPHA, share) * crowd);
    ink.a *= 1.0 - end_fade * smoothstep(0.4, 0.8, t);
    float reach = half_px + 1.0;
    across_px = (gl_VertexID & 1) == 0 ? -reach : reach;
    clip.xy += vec2(-direction.y, direction.x) * across_px / (viewport.xy * 0.5) * clip.w;
    gl_Position = clip.w > 0.0 ? vec4(clip.xy, 0.0, clip.w) : vec4(0.0, 0.0, -1.0, 1.0);
}
