// Where an edge runs and where its pulse is; for the shaders that draw edges.
uniform int gap;
uniform float start;    // when the forward pass reaches this gap: 0 the first … 1 the last
uniform float end_fade; // how much of its strength an edge loses at its target

const float JITTER = 0.08; // of a pulse's way, either side
const float STAGGER = 0.25;// share of a pass that the last gap waits for the first
const float TAIL = 0.22;   // of an edge's length

struct Path {
    vec3 from, to, bend;
};

// A cubic curve that leaves the source plate's back along +X and arrives at the target plate's front so.
Path edge_path(Edge edge)
{
    vec3 a = edge.from.xyz, b = edge.to.xyz;
    return Path(a, b, vec3(0.45 * (b.x - a.x), 0.0, 0.0));
}

vec3 path_place(Path path, float t)
{
    float s = 1.0 - t;
    return s * s * (s + 3.0 * t) * path.from + t * t * (t + 3.0 * s) * path.to + 3.0 * s * t * (s - t) * path.bend;
}

vec3 path_ahead(Path path, float t)
{
    float s = 1.0 - t;
    return 6.0 * s * t * (path.to - path.from) + 3.0 * (s * s - 4.0 * s * t + t * t) * path.bend;
}

vec2 to_px(vec4 clip)
{
    return clip.xy / max(clip.w, 1e-4) * viewport.xy * 0.5;
}

float edge_share(Edge edge)
{
    return abs(edge.from.w) / max(strongest[gap].x, 1e-30);
}

float crowd()
{
    return min(1.0, sqrt(55.0 / max(strongest[gap].y, 1.0)));
}

float edge_fade(float t)
{
    return 1.0 - end_fade * smoothstep(0.4, 0.8, t);
}

// In [-JITTER, JITTER], the same for an edge whenever it is drawn (a hash after Wang, 2007).
float edge_jitter(Edge edge)
{
    uint h = uint(edge.ends.x) * 9781u + uint(edge.ends.y) * 6271u + uint(gap) * 26699u;
    h = (h ^ 61u) ^ (h >> 16);
    h *= 9u;
    h ^= h >> 4;
    h *= 0x27d4eb2du;
    h ^= h >> 15;
    return (float(h & 0xFFFFu) / 32767.5 - 1.0) * JITTER;
}

struct Pulse {
    float at;        // of the head along the edge; beyond 0 … 1 while only a tail, or nothing, is left
    float direction; // 1: forward, -1: backward
    float strength;  // 0 … 1
    vec3 color;
};

// The pass runs from before the first gap's start until the last gap's tail has left.
Pulse edge_pulse(Edge edge)
{
    bool forward = pulse.x < 0.5;
    float pass = fract(2.0 * pulse.x);
    float wait = STAGGER * (forward ? start : 1.0 - start);
    float way = clamp((pass - wait) / (1.0 - STAGGER), 0.0, 1.0) * (1.0 + TAIL + 2.0 * JITTER) - JITTER + edge_jitter(edge);
    Pulse p;
    p.direction = forward ? 1.0 : -1.0;
    p.at = forward ? way : 1.0 - way;
    vec3 hue;
    if (forward) {
        float contribution = intBitsToFloat(edge.ends.z);
        p.strength = abs(contribution) / max(strongest[gap].w, 1e-30);
        hue = contribution > 0.0 ? edge_positive.rgb : edge_negative.rgb;
    } else {
        p.strength = abs(edge.to.w) / max(strongest[gap].z, 1e-30);
        hue = edge.to.w > 0.0 ? delta_positive.rgb : delta_negative.rgb;
    }
    p.strength *= pulse.y;
    p.color = hue;
    return p;
}

vec3 pulse_core(Pulse p)
{
    return mix(p.color, bar.rgb, p.direction > 0.0 ? 0.75 : 0.45);
}
