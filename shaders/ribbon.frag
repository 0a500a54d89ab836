#version 450 core

in vec4 ink;
in float across_px;
in float behind;
flat in vec4 tail;
flat in float half_px;
out vec4 color;

void main()
{
    float left = behind < 0.0 ? 0.0 : max(0.0, 1.0 - behind);
    float glow = tail.a * left * left;
    float cover = clamp(half_px + 0.5 - abs(across_px), 0.0, 1.0) * min(1.0, 2.0 * half_px);
    color = vec4(mix(ink.rgb, tail.rgb, glow), max(ink.a, 0.9 * glow) * cover);
}
