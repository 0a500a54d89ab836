#version 450 core

in vec2 offset;
flat in vec4 core;
flat in vec3 halo;
out vec4 color;

void main()
{
    float r2 = dot(offset, offset);
    float disc = clamp(1.8 - 1.3 * r2, 0.0, 1.0);
    float around = max(0.0, 1.0 - r2 / 9.0);
    around *= 0.3 * around * around;
    color = vec4(mix(halo, core.rgb, disc), core.a * max(disc, around));
}
