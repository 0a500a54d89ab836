// A bar's face, smoothed along the edges where it ends against the background; where two faces meet it
// stays solid.
#version 450 core

flat in vec3 base;
flat in int face;
in vec2 at;
out vec4 color;

void main()
{
    vec2 low_px = at / fwidth(at), high_px = (1.0 - at) / fwidth(at);
    float inside_px = min(low_px.x, high_px.x);
    if (face < 2)
        inside_px = min(inside_px, low_px.y);
    color = vec4(base, face == 2 ? 1.0 : clamp(inside_px + 0.25, 0.0, 1.0));
}
