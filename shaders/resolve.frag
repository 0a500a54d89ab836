// Averages the samples of each pixel in linear light: sRGB (IEC 61966-2-1) is decoded, and the mean is
// encoded again. Samples that are all alike come back bit for bit.
#version 450 core
#ifdef MULTISAMPLED
layout(binding = 0) uniform sampler2DMS samples;
#else
layout(binding = 0) uniform usampler2D samples; // bytes R, G, B, A; twice as wide and high as the target
#endif

out vec4 color;

vec3 encode(vec3 light)
{
    return mix(1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, 12.92 * light, lessThanEqual(light, vec3(0.0031308)));
}

#ifndef MULTISAMPLED
// The curve above 0.04045 as a polynomial, right within 0.05 of 255 steps: a power for each sample, or a fetch
// that decodes, would cost a software renderer several times as much.
vec3 decode(uint sample_bytes)
{
    vec3 c = unpackUnorm4x8(sample_bytes).rgb;
    vec3 curve = (((-0.115393634 * c + 0.523857018) * c + 0.561954293) * c + 0.028081612) * c + 0.001063553;
    return mix(curve, c / 12.92, lessThanEqual(c, vec3(0.04045)));
}
#endif

void main()
{
#ifdef MULTISAMPLED
    ivec2 at = ivec2(gl_FragCoord.xy);
    int count = textureSamples(samples);
    vec3 sum = vec3(0.0);
    for (int i = 0; i < count; i++)
        sum += texelFetch(samples, at, i).rgb;
    color = vec4(encode(sum / float(count)), 1.0);
#else
    uvec4 bytes = textureGather(samples, 2.0 * gl_FragCoord.xy / vec2(textureSize(samples, 0)));
    vec3 sum = decode(bytes.x) + decode(bytes.y) + decode(bytes.z) + decode(bytes.w);
    color = vec4(encode(0.25 * sum), 1.0);
#endif
}
