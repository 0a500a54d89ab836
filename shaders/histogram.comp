// Counts |x| of one region into the steps of the scale ladder (src/view/scale.h). No barriers and no
// shared memory: these are slow on a CPU.
#version 450 core
layout(local_size_x = 64) in;

layout(binding = 0) uniform samplerBuffer snapshot;
// rungs[i]: the ladder. starts[b]: the first rung not below the smallest float whose upper bits are b; the
// steps are so wide that at most one rung lies inside b.
layout(std430, binding = 0) readonly buffer Ladder
{
    float rungs[RUNGS];
    int starts[2048];
};
layout(std430, binding = 1) buffer Bins { uint bins[]; };

uniform int first;     // of the region, in floats from the slot's start
uniform int count;
uniform int first_bin;
uniform int kernel; // numbers of the snapshot behind a value
uniform int strip; // of a norm
uniform float strip_epsilon;

#include "strip.glsl"

void main()
{
    int stride = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);
    for (int i = int(gl_GlobalInvocationID.x); i < count; i += stride) {
        float x = abs(strip_value(strip, strip_epsilon, kernel_norm(snapshot, first + i * kernel, kernel)));
        uint bits = floatBitsToUint(x);
        if (bits >= 0x7F800000u) {
            atomicAdd(bins[first_bin + RUNGS + 1], 1u);
        } else if (bits != 0u) {
            int rung = starts[bits >> 20];
            if (rung < RUNGS && x > rungs[rung])
                rung++;
            atomicAdd(bins[first_bin + rung], 1u);
        }
    }
}
