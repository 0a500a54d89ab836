#version 450 core
#include "frame.glsl"

in vec2 place;
flat in vec2 halves;
flat in float blur;
flat in float strength;
out vec4 color;

void main()
{
    float outside = length(max(abs(place) - halves, 0.0)) / (2.0 * blur);
    float shade = max(1.0 - outside, 0.0);
    color = vec4(shadow.rgb, shadow.a * strength * shade * shade * shade);
}
