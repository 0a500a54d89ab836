#version 450 core
// The HUD's layer, texel by pixel, with premultiplied alpha.
layout(binding = 0) uniform sampler2D layer;

layout(location = 0) out vec4 fragment;

void main()
{
    fragment = texelFetch(layer, ivec2(gl_FragCoord.xy), 0);
}
