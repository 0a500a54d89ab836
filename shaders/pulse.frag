#version 450 core

noperspective in vec2 offset;
flat in vec4 core;
flat in vec4 halo; // colour; length of the tail in radii
out vec4 color;

const float HALO_2 = 5.76; // squared, as in pulse.vert

void main()
{
    float r2 = dot(offset, offset);
    float disc = clamp(1.8 - 1.3 * r2, 0.0, 1.0);
    float around = max(0.0, 1.0 - r2 / HALO_2);
    float left = offset.x > 0.0 ? 0.0 : 1.0 + offset.x / halo.a;
    float side = offset.y / (0.25 + 0.6 * left);
    float tail = left * max(0.0, 1.0 - side * side);
    color = vec4(mix(halo.rgb, core.rgb, max(disc, left)), core.a * max(disc, max(0.9 * left * tail, 0.6 * around * around)));
}
