// The soft shadow of one slab on the ground: a quad around the slab's footprint.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"

out vec2 place;        // world, along and across the footprint, from its middle
flat out vec2 halves;  // half the footprint
flat out float blur;   // world
flat out float strength;

void main()
{
    vec2 along = plate.right.xz;
    float width = length(along);
    along = width > 0.0 ? along / width : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    vec3 middle = plate.origin.xyz + 0.5 * (plate.right.xyz + plate.whole.z * normalize(plate.back.xyz));
    float bottom = plate.origin.y + 0.5 * (plate.down.y - plate.whole.y) - ground.y;
    // The higher the slab stands, the softer and fainter.
    blur = 0.45 + 0.22 * max(bottom, 0.0);
    strength = 0.45 / (0.45 + 0.35 * max(bottom, 0.0));
    halves = vec2(0.5 * plate.whole.x * width / length(plate.right.xyz) + plate.origin.w, 0.5 * plate.whole.z);
    place = (vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0) * (halves + 2.0 * blur);
    vec2 world = middle.xz + along * place.x + across * place.y;
    gl_Position = view_projection * vec4(world.x, ground.y, world.y, 1.0);
}
