// The ground: one square under the network.
#version 450 core
#include "frame.glsl"

out vec2 place; // world x and z, from the ground's middle

void main()
{
    place = (vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0) * ground.w;
    gl_Position = view_projection * vec4(ground.x + place.x, ground.y, ground.z + place.y, 1.0);
}
