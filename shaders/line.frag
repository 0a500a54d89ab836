#version 450 core
#include "frame.glsl"

in float across_px;
flat in float half_px;
out vec4 color;

void main()
{
    color = vec4(outline.rgb, outline.a * clamp(half_px + 0.5 - abs(across_px), 0.0, 1.0));
}
