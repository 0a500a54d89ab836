#version 450 core
// Flat geometry in framebuffer pixels, y down.
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 uv;
layout(location = 2) in vec4 color; // sRGB, straight alpha

uniform vec2 viewport; // pixels

out vec2 atlas_uv;
out vec4 tint;

void main()
{
    gl_Position = vec4(2.0 * position.x / viewport.x - 1.0, 1.0 - 2.0 * position.y / viewport.y, 0.0, 1.0);
    atlas_uv = uv;
    tint = color;
}
