// The answer: from each output cell a bar of length 2·p along +X; an instance is a class.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"

layout(binding = 0) uniform samplerBuffer snapshot;
uniform float bar_length; // of p = 1
uniform int winner;

flat out vec3 base;
flat out int face; // 0 near +Z, 1 top, 2 end
out vec2 at;       // on the face

const vec2 quad[6] = vec2[](vec2(0, 0), vec2(1, 0), vec2(1, 1), vec2(0, 0), vec2(1, 1), vec2(0, 1));

void main()
{
    float x = texelFetch(snapshot, plate.data.x + gl_InstanceID).r;
    // What is no number has no length: its cell is checkered.
    float p = (floatBitsToUint(x) & 0x7F800000u) == 0x7F800000u ? 0.0 : clamp(x, 0.0, 1.0);
    face = gl_VertexID / 6;
    vec2 q = quad[gl_VertexID % 6];
    at = q;
    float cell = length(plate.down.xyz) / plate.size.y; // world units in a tile width
    float pitch = (plate.size.z + plate.right.w) * cell;
    vec3 middle = plate.origin.xyz + 0.5 * plate.right.xyz + plate.back.xyz;
    middle.y -= 0.5 * cell + pitch * float(gl_InstanceID);
    vec3 half_size = vec3(0.5 * bar_length * p, 0.42 * cell, 0.2 * cell);
    middle.x += half_size.x;
    vec3 corner = face == 0 ? vec3(q * 2.0 - 1.0, 1.0)
                : face == 1 ? vec3(q.x * 2.0 - 1.0, 1.0, q.y * 2.0 - 1.0)
                            : vec3(1.0, q * 2.0 - 1.0);
    vec3 hue = gl_InstanceID == winner ? bar.rgb : bar_muted.rgb;
    base = face == 0 ? hue : mix(hue, background.rgb, face == 1 ? 0.2 : 0.4);
    gl_Position = p > 0.0 ? view_projection * vec4(middle + corner * half_size, 1.0) : vec4(0.0, 0.0, -1.0, 1.0);
}
