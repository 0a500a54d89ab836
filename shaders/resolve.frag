// Averages the samples of each pixel in linear light: reading decodes sRGB (IEC 61966-2-1), and the mean is
// encoded again. Samples that are all alike come back bit for bit.
#version 450 core
#ifdef MULTISAMPLED
layout(binding = 0) uniform sampler2DMS samples;
#else
layout(binding = 0) uniform sampler2D samples; // twice as wide and high as the target
#endif

out vec4 color;

vec3 encode(vec3 light)
{
    return mix(1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, 12.92 * light, lessThanEqual(light, vec3(0.0031308)));
}

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
    ivec2 at = 2 * ivec2(gl_FragCoord.xy);
    vec3 sum = texelFetch(samples, at, 0).rgb + texelFetch(samples, at + ivec2(1, 0), 0).rgb +
               texelFetch(samples, at + ivec2(0, 1), 0).rgb + texelFetch(samples, at + ivec2(1, 1), 0).rgb;
    color = vec4(encode(0.25 * sum), 1.0);
#endif
}
