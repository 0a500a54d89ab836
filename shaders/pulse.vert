// The head of each edge's pulse: a square that faces the screen, at the depth of the background as the edge.
#version 450 core
#include "frame.glsl"
#include "ribbon.glsl"
#include "ribbon_path.glsl"

out vec2 offset;     // from the head's middle, in its radius
flat out vec4 core;  // colour and opacity
flat out vec3 halo;

const float RADIUS = 0.024;                  // world
const float LEAST_PX = 1.3, MOST_PX = 3.4;   // at pixel scale 1
const float HALO = 3.0;                      // radii
const float FAINTEST = 0.12;

void main()
{
    Edge edge = edges[gap * BUDGET + gl_InstanceID];
    Pulse p = edge_pulse(edge);
    float strength = p.strength * crowd() * edge_fade(p.at);
    gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
    offset = vec2(0.0);
    core = vec4(0.0);
    halo = vec3(0.0);
    if (edge.ends.x < 0 || p.at <= 0.0 || p.at >= 1.0 || p.strength <= 0.0)
        return;
    vec3 place = path_place(edge_path(edge), p.at);
    vec4 clip = view_projection * vec4(place, 1.0);
    if (clip.w <= 0.0)
        return;
    float unit_px = length(to_px(view_projection * vec4(place + vec3(0.0, 0.1, 0.0), 1.0)) - to_px(clip)) / 0.1;
    float radius = clamp(RADIUS * unit_px, LEAST_PX * viewport.z, MOST_PX * viewport.z);
    core = vec4(pulse_core(p), mix(FAINTEST, 1.0, sqrt(p.strength)) * edge_fade(p.at));
    halo = p.color;
    offset = (vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0) * HALO;
    clip.xy += offset * radius / (viewport.xy * 0.5) * clip.w;
    gl_Position = vec4(clip.xy, 0.0, clip.w);
}
