// An edge's two pulses. An instance is a pulse: an edge's forward one, then its backward one. Each goes its
// way once a cycle: in the first half of it most forward ones are between the plates, in the second half most
// backward ones. It has a bright head and a tail that falls off behind it: one quad that faces the screen, at
// the depth of the background as the edge.
#version 450 core
#include "frame.glsl"
#include "ribbon.glsl"
#include "ribbon_path.glsl"

uniform float opacity;
uniform float start; // when a pass reaches this gap: 0 the first … 1 the last

noperspective out vec2 offset; // from the head's middle, ahead and beside it, in its radius
flat out vec4 core;            // colour and opacity
flat out vec4 halo;            // colour; length of the tail in radii

const float JITTER = 0.08;  // of a pulse's way, either side
const float STAGGER = 0.12; // of a cycle, from the first gap to the last
// Half of the pass after starting, a pulse is at MIDDLE of its edge and slow: that is what the usual view shows
// between two plates, which hide most of the rest.
const float MIDDLE = 0.4;
const float PACE = 0.6; // edge lengths a cycle, there
const float HALO = 2.4, TAIL = 14.0, TAIL_SIDE = 0.6; // radii
const float TAIL_SHARE = 0.15; // of an edge's length, at most
const float FAINTEST = 0.4;

// In [-JITTER, JITTER], the same for a pulse whenever it is drawn (a hash after Wang, 2007).
float jitter(Edge edge, bool forward)
{
    uint h = uint(edge.ends.x) * 9781u + uint(edge.ends.y) * 6271u + uint(gap) * 26699u + (forward ? 0u : 7919u);
    h = (h ^ 61u) ^ (h >> 16);
    h *= 9u;
    h ^= h >> 4;
    h *= 0x27d4eb2du;
    h ^= h >> 15;
    return (float(h & 0xFFFFu) / 32767.5 - 1.0) * JITTER;
}

// How far along the edge `since` cycles from the middle, -1/2 … 1/2: from before the edge to beyond it.
float place_at(float since)
{
    float end = (since > 0.0 ? 1.0 - MIDDLE : MIDDLE) + TAIL_SHARE + JITTER;
    return MIDDLE + since * (PACE + (8.0 * end - 4.0 * PACE) * since * since);
}

float radius_px(float w, float strength)
{
    const float WORLD = 0.045, LEAST = 2.2, MOST = 5.0; // pixels at pixel scale 1
    vec3 up = vec3(view_projection[0].y, view_projection[1].y, view_projection[2].y);
    float unit_px = 0.5 * viewport.y * length(up) / w;
    return clamp(WORLD * unit_px, LEAST * viewport.z, MOST * viewport.z) * mix(0.5, 1.0, sqrt(strength));
}

void main()
{
    gl_Position = NOWHERE;
    offset = vec2(0.0);
    core = vec4(0.0);
    halo = vec4(0.0);
    Edge edge = edges[gap * BUDGET + gl_InstanceID / 2];
    bool forward = (gl_InstanceID & 1) == 0;
    float value = forward ? intBitsToFloat(edge.ends.z) : edge.to.w;
    float strength = abs(value) / max(forward ? strongest[gap].w : strongest[gap].z, 1e-30);
    float middle = forward ? 0.25 + STAGGER * (start - 0.5) : 0.75 - STAGGER * (start - 0.5);
    float since = fract(pulse.x - middle + 0.5) - 0.5;
    float at = place_at(forward ? since : -since) + jitter(edge, forward);
    if (edge.ends.x < 0 || strength <= 0.0 || at <= 0.0 || at >= 1.0)
        return;
    Path path = edge_path(edge);
    vec4 clip = view_projection * vec4(path_place(path, at), 1.0);
    if (clip.w <= 0.0)
        return;
    if (forward)
        halo.rgb = (value > 0.0 ? edge_positive : edge_negative).rgb;
    else
        halo.rgb = (value > 0.0 ? delta_positive : delta_negative).rgb;
    // Towards white on dark; deepened, and still a colour, on paper.
    core.rgb = mix(halo.rgb, bar.rgb, (forward ? 0.85 : 0.45) * (background.g > 0.5 ? 0.5 : 1.0));
    core.a = mix(FAINTEST, 1.0, sqrt(strength)) * edge_fade(at) * opacity;
    vec2 pace = path_pace(path, at, clip);
    float pace_px = max(length(pace), 1e-6), radius = radius_px(clip.w, strength);
    halo.a = clamp(TAIL_SHARE * pace_px / radius, HALO, TAIL);
    offset = (gl_VertexID & 1) == 0 ? vec2(-halo.a, halo.a > 4.0 ? TAIL_SIDE : HALO) : vec2(HALO);
    offset.y *= gl_VertexID < 2 ? -1.0 : 1.0;
    vec2 ahead = pace / pace_px * (forward ? 1.0 : -1.0);
    vec2 shift = ahead * offset.x + vec2(-ahead.y, ahead.x) * offset.y;
    clip.xy += shift * radius / (viewport.xy * 0.5) * clip.w;
    gl_Position = vec4(clip.xy, 0.0, clip.w);
}
