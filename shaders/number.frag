// One number: each pixel belongs to one glyph.
#version 450 core

layout(binding = 1) uniform sampler2D coverage;

noperspective in vec2 place;
flat in uint glyphs;
flat in ivec3 glyph_size;
flat in vec3 ink;
out vec4 color;

void main()
{
    ivec2 pixel = ivec2(floor(place));
    int letter = pixel.x / glyph_size.x;
    int glyph = int(glyphs >> (4 * letter) & 15u);
    ivec2 texel = ivec2(glyph * glyph_size.x + pixel.x % glyph_size.x, glyph_size.z + pixel.y);
    color = vec4(ink, texelFetch(coverage, texel, 0).r);
}
