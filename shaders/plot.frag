#version 450 core
// Coverage of a capsule around a segment (a disc for a dot), with premultiplied alpha.
const int MODE_DASHES = 3;
const int MODE_DOTS = 4;

uniform int mode;
uniform float ring;   // pixels of a dot's rim, drawn in rim_color
uniform vec2 dash;    // pixels: on, off
uniform vec4 color;
uniform vec4 rim_color;

flat in vec2 from;
flat in vec2 to;
flat in float begin;
flat in float half_width; // pixels
in vec2 here;

layout(location = 0) out vec4 fragment;

void main()
{
    vec2 along = to - from;
    float t = dot(along, along) > 0.0 ? dot(here - from, along) / dot(along, along) : 0.0;
    float away = distance(here, from + clamp(t, 0.0, 1.0) * along);
    float coverage = clamp(half_width + 0.5 - away, 0.0, 1.0);
    vec4 ink = color;
    if (mode == MODE_DASHES) {
        float phase = mod(begin + clamp(t, 0.0, 1.0) * length(along), dash.x + dash.y);
        coverage *= clamp(min(phase, dash.x - phase) + 0.5, 0.0, 1.0);
    }
    if (mode == MODE_DOTS)
        ink = mix(color, rim_color, clamp(away - (half_width - ring) + 0.5, 0.0, 1.0));
    float alpha = ink.a * coverage;
    fragment = vec4(ink.rgb * alpha, alpha);
}
