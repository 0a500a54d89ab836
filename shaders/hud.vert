#version 450 core
// A rectangle of the HUD's layer over the same place of the frame.
uniform vec4 area;     // pixels: left, top, width, height; y down
uniform vec2 viewport; // pixels

void main()
{
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 at = area.xy + corner * area.zw;
    gl_Position = vec4(2.0 * at.x / viewport.x - 1.0, 1.0 - 2.0 * at.y / viewport.y, 0.0, 1.0);
}
