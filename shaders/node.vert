// Where the inputs of a layer meet: a disc that faces the screen. An instance is a node.
#version 450 core
#include "frame.glsl"

layout(std430, binding = 0) readonly buffer Nodes { vec4 nodes[]; }; // place; w: 1 adds, 0 concatenates

noperspective out vec2 at; // from the middle, in radii
flat out float radius_px;
flat out float adds;

const float RADIUS = 0.34; // world units
const float LEAST_PX = 5.5, MOST_PX = 15.0;

void main()
{
    vec4 node = nodes[gl_InstanceID];
    vec4 clip = view_projection * vec4(node.xyz, 1.0);
    adds = node.w;
    vec3 up = vec3(view_projection[0][1], view_projection[1][1], view_projection[2][1]);
    radius_px = clamp(RADIUS * length(up) * viewport.y * 0.5 / max(clip.w, 1e-3), LEAST_PX * viewport.z, MOST_PX * viewport.z);
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    float reach = (radius_px + 1.0) / radius_px;
    at = corner * reach;
    clip.xy += at * radius_px / (viewport.xy * 0.5) * clip.w;
    gl_Position = clip.w > 0.0 ? clip : vec4(0.0, 0.0, -1.0, 1.0);
}
