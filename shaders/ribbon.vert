// Edges as thin bands that face the screen. An instance is an edge. All lie at the depth of the background,
// so that they show between plates and never on one.
#version 450 core
#include "frame.glsl"
#include "ribbon.glsl"
#include "ribbon_path.glsl"

uniform bool gradients; // the strengths are what flows back
uniform int segments;
uniform vec2 thin; // of width and of opacity

flat out vec3 hue;
noperspective out vec3 band; // opacity; pixels beside the middle, half the width in pixels

const float WIDEST = 4.0, THINNEST = 0.75, STRONGEST_ALPHA = 0.9, WEAKEST_ALPHA = 0.15;

// Shorter segments at the ends, where the path bends most.
float path_share()
{
    float v = 2.0 * float(gl_VertexID / 2) / float(segments) - 1.0;
    return 0.5 + v * (0.6 - 0.1 * v * v);
}

void main()
{
    Edge edge = edges[gap * BUDGET + gl_InstanceID];
    gl_Position = NOWHERE;
    hue = band = vec3(0.0);
    if (edge.ends.x < 0)
        return;
    float t = path_share();
    float share = edge_share(edge);
    float crowd = min(1.0, sqrt(55.0 / max(strongest[gap].y, 1.0)));
    vec4 positive = gradients ? delta_positive : edge_positive, negative = gradients ? delta_negative : edge_negative;
    hue = (edge.from.w > 0.0 ? positive : negative).rgb;
    band.z = 0.5 * mix(THINNEST, WIDEST * thin.x, share) * viewport.z;
    band.x = mix(WEAKEST_ALPHA, STRONGEST_ALPHA, share * sqrt(share)) * crowd * thin.y * edge_fade(t) * min(1.0, 2.0 * band.z);
    band.y = (gl_VertexID & 1) == 0 ? -band.z - 0.5 : band.z + 0.5;
    gl_Position = path_border(edge_path(edge), t, band.y);
}
