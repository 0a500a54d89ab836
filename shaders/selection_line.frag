#version 450 core

in vec4 ink;
in float across_px;
flat in float half_px; // 0: a glow
flat in float soft_px;
out vec4 color;

void main()
{
    float toward = max(0.0, 1.0 - abs(across_px) / soft_px);
    float cover = half_px > 0.0 ? clamp(half_px + 0.5 - abs(across_px), 0.0, 1.0) : toward * toward;
    color = vec4(ink.rgb, ink.a * cover);
}
