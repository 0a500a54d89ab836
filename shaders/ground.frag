// A faint grid that fades into the background with the distance from the network and with its own
// density on the screen.
#version 450 core
#include "frame.glsl"

in vec2 place;
out vec4 color;

void main()
{
    vec2 pixel = fwidth(place);
    vec2 to_line_px = abs(fract(place + 0.5) - 0.5) / pixel;
    vec2 cover = clamp(0.5 + 0.5 * viewport.z - to_line_px, 0.0, 1.0) * smoothstep(2.0, 10.0, 1.0 / (pixel * viewport.w));
    float fade = max(1.0 - length(place) / ground.w, 0.0);
    color = vec4(grid.rgb, grid.a * max(cover.x, cover.y) * fade * fade);
}
