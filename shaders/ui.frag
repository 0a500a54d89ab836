#version 450 core
// Colour times the coverage in the font atlas, with premultiplied alpha.
in vec2 atlas_uv;
in vec4 tint;

layout(binding = 0) uniform sampler2D atlas;

layout(location = 0) out vec4 fragment;

void main()
{
    float alpha = tint.a * texture(atlas, atlas_uv).r;
    fragment = vec4(tint.rgb * alpha, alpha);
}
