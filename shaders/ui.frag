#version 450 core
// Colour times a texel, with premultiplied alpha. The font atlas is white with the letters' coverage as alpha.
in vec2 atlas_uv;
in vec4 tint;

layout(binding = 0) uniform sampler2D atlas;

layout(location = 0) out vec4 fragment;

void main()
{
    vec4 texel = texture(atlas, atlas_uv);
    float alpha = tint.a * texel.a;
    fragment = vec4(tint.rgb * texel.rgb * alpha, alpha);
}
