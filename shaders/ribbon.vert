// Edges as thin bands that face the screen. An instance is an edge. All lie at the depth of the background,
// so that they show between plates and never on one.
#version 450 core
#include "frame.glsl"
#include "ribbon.glsl"
#include "ribbon_path.glsl"

uniform bool gradients; // the strengths are what flows back

out vec4 ink;
out float across_px;
out float behind; // the pulse's head, in tail lengths; negative ahead of it
flat out vec4 tail; // colour and strength
flat out float half_px;

const int SEGMENTS = 12;
const float WIDEST = 4.0, THINNEST = 0.75, STRONGEST_ALPHA = 0.9, WEAKEST_ALPHA = 0.15;

void main()
{
    Edge edge = edges[gap * BUDGET + gl_InstanceID];
    if (edge.ends.x < 0) {
        gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
        ink = tail = vec4(0.0);
        across_px = half_px = behind = 0.0;
        return;
    }
    Path path = edge_path(edge);
    float t = float(gl_VertexID / 2) / float(SEGMENTS);
    vec3 place = path_place(path, t);
    vec4 clip = view_projection * vec4(place, 1.0);
    vec2 direction = to_px(view_projection * vec4(place + 0.01 * path_ahead(path, t), 1.0)) - to_px(clip);
    direction = dot(direction, direction) > 0.0 ? normalize(direction) : vec2(1.0, 0.0);

    float share = edge_share(edge);
    half_px = 0.5 * mix(THINNEST, WIDEST, share) * viewport.z;
    vec4 positive = gradients ? delta_positive : edge_positive, negative = gradients ? delta_negative : edge_negative;
    ink.rgb = (edge.from.w > 0.0 ? positive : negative).rgb;
    ink.a = mix(WEAKEST_ALPHA, STRONGEST_ALPHA, share * sqrt(share)) * crowd() * edge_fade(t);
    Pulse p = edge_pulse(edge);
    behind = (p.at - t) * p.direction / TAIL;
    tail = vec4(pulse_core(p), p.strength * edge_fade(t));
    float reach = half_px + 1.0;
    across_px = (gl_VertexID & 1) == 0 ? -reach : reach;
    clip.xy += vec2(-direction.y, direction.x) * across_px / (viewport.xy * 0.5) * clip.w;
    gl_Position = clip.w > 0.0 ? vec4(clip.xy, 0.0, clip.w) : vec4(0.0, 0.0, -1.0, 1.0);
}
