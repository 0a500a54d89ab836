#version 450 core

in vec4 ink;
in float across_px;
flat in float half_px;
out vec4 color;

void main()
{
    color = vec4(ink.rgb, ink.a * clamp(half_px + 0.5 - abs(across_px), 0.0, 1.0) * min(1.0, 2.0 * half_px));
}
