// The ground: a faint grid of lines one unit apart that fades with the distance from the network and with its
// own density on the screen. An instance is a line, those along X first; each is a strip of pieces.
#version 450 core
#include "frame.glsl"

uniform int reach;    // lines either side of the middle one
uniform int segments;

flat out vec3 hue;
noperspective out vec3 band; // opacity; pixels beside the middle, half the width in pixels

const float FARTHEST = 0.85; // of the radius: hardly anything is left to be seen there
const float NEAREST = 0.01; // before the eye

vec2 to_screen(vec4 clip, vec4 way)
{
    return (way.xy * clip.w - clip.xy * way.w) / (clip.w * clip.w) * viewport.xy * 0.5;
}

void main()
{
    gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
    hue = grid.rgb;
    band = vec3(0.0);
    bool along_x = gl_InstanceID <= 2 * reach;
    float beside = float(gl_InstanceID % (2 * reach + 1) - reach);
    vec3 way = along_x ? vec3(1.0, 0.0, 0.0) : vec3(0.0, 0.0, 1.0), across = way.zyx;
    vec4 middle = view_projection * vec4(ground.xyz + across * beside, 1.0);
    vec4 along = view_projection * vec4(way, 0.0), aside = view_projection * vec4(across, 0.0);
    float end = sqrt(max(FARTHEST * FARTHEST * ground.w * ground.w - beside * beside, 0.0));
    float first = -end, last = end;
    float passes_eye = (NEAREST - middle.w) / (along.w == 0.0 ? 1.0 : along.w);
    if (along.w > 0.0)
        first = max(first, passes_eye);
    else if (along.w < 0.0)
        last = min(last, passes_eye);
    if (first >= last)
        return;
    float s = mix(first, last, float(gl_VertexID / 2) / float(segments));
    vec4 clip = middle + along * s;
    if (clip.w < 0.5 * NEAREST)
        return;
    vec2 direction = normalize(to_screen(clip, along) + vec2(1e-6, 0.0));
    vec2 normal = vec2(-direction.y, direction.x);
    float spacing = abs(dot(normal, to_screen(clip, aside)));
    float fade = max(1.0 - length(vec2(beside, s)) / ground.w, 0.0);
    band.x = grid.a * fade * fade * smoothstep(2.5, 12.0, spacing / viewport.w);
    band.z = 0.6 * viewport.z;
    // Without a width where nothing is to be seen.
    float reach_px = band.x * 255.0 < 0.5 ? 0.0 : band.z + 0.5;
    band.y = (gl_VertexID & 1) == 0 ? -reach_px : reach_px;
    clip.xy += normal * band.y / (viewport.xy * 0.5) * clip.w;
    gl_Position = clip;
}
