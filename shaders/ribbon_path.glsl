// Where an edge runs, for the shaders that draw edges.
uniform int gap;
uniform float end_fade; // how much of its strength an edge loses at its target
uniform vec2 arch;      // of a gap whose edges go over the plates between: 1, and how high
uniform bool wraps;     // to another row: only the ends are seen, as at the end of a line of text

const float ARCH_BEND = 0.06, ARCH_PINCH = 0.8, WRAP_BEND = 0.4;

struct Path {
    vec3 from, to, bend, lift;
};

// A cubic curve that leaves the source plate's back along +X and arrives at the target plate's front so.
Path edge_path(Edge edge)
{
    vec3 a = edge.from.xyz, b = edge.to.xyz;
    if (wraps)
        return Path(a, b, vec3(WRAP_BEND * abs(b.x - a.x), 0.0, 0.0), vec3(0.0));
    if (arch.x == 0.0)
        return Path(a, b, vec3(0.45 * (b.x - a.x), 0.0, 0.0), vec3(0.0));
    // Together in a narrow bundle at the top.
    vec2 aside = 0.5 * (a.yz + b.yz);
    vec2 lift = vec2(arch.y - aside.x, -ARCH_PINCH * aside.y) / 0.75;
    return Path(a, b, vec3(ARCH_BEND * (b.x - a.x), 0.0, 0.0), vec3(0.0, lift));
}

vec3 path_place(Path path, float t)
{
    float s = 1.0 - t;
    return s * s * (s + 3.0 * t) * path.from + t * t * (t + 3.0 * s) * path.to +
           3.0 * s * t * ((s - t) * path.bend + path.lift);
}

vec3 path_ahead(Path path, float t)
{
    float s = 1.0 - t;
    return 6.0 * s * t * (path.to - path.from) + 3.0 * (s * s - 4.0 * s * t + t * t) * path.bend +
           3.0 * (s - t) * path.lift;
}

const vec4 NOWHERE = vec4(0.0, 0.0, -1.0, 1.0);

// Pixels that the path goes per t, from a place on it in clip coordinates.
vec2 path_pace(Path path, float t, vec4 clip)
{
    vec4 ahead = view_projection * vec4(path_ahead(path, t), 0.0);
    return (ahead.xy * clip.w - clip.xy * ahead.w) * viewport.xy * (0.5 / max(clip.w * clip.w, 1e-8));
}

// The border of a band along the path, `side_px` beside its middle, at the depth of the background.
vec4 path_border(Path path, float t, float side_px)
{
    vec4 clip = view_projection * vec4(path_place(path, t), 1.0);
    vec2 pace = path_pace(path, t, clip);
    clip.xy += vec2(-pace.y, pace.x) / max(length(pace), 1e-6) * side_px / (viewport.xy * 0.5) * max(clip.w, 0.0);
    return vec4(clip.xy, 0.0, clip.w);
}

float edge_share(Edge edge)
{
    return abs(edge.from.w) / max(strongest[gap].x, 1e-30);
}

float edge_fade(float t)
{
    float wrapped = wraps ? 1.0 - smoothstep(0.02, 0.1, t) + smoothstep(0.9, 0.98, t) : 1.0;
    return wrapped * (1.0 - end_fade * smoothstep(0.4, 0.8, t));
}
