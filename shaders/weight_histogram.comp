// Counts the values of one region into the bins of src/view/weight_history.h. No barriers and no shared
// memory: these are slow on a CPU.
#version 450 core
layout(local_size_x = 64) in;

layout(binding = 0) uniform samplerBuffer snapshot;
layout(std430, binding = 0) buffer Bins { uint bins[]; };

uniform int first;     // of the region, in floats from the slot's start
uniform int count;
uniform int first_bin;

void main()
{
    // The exponent and the upper four bits of the mantissa number an octave's 16 bins.
    const uint first_octave = uint(127 + LEAST_RANGE) << 4;
    int stride = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);
    for (int i = int(gl_GlobalInvocationID.x); i < count; i += stride) {
        float x = texelFetch(snapshot, first + i).r;
        uint bits = floatBitsToUint(x);
        uint magnitude = bits & 0x7FFFFFFFu;
        uint octave_bin = min((magnitude >> 19) - first_octave + LINEAR_BINS, SIDE_BINS - 1u);
        uint linear_bin = uint(abs(x) * float(1 << (5 - LEAST_RANGE)));
        uint bin = (magnitude >> 19) < first_octave ? linear_bin : octave_bin;
        bin += (bits >> 31) != 0u && magnitude != 0u ? SIDE_BINS : 0u;
        atomicAdd(bins[first_bin + int(magnitude >= 0x7F800000u ? 2u * SIDE_BINS : bin)], 1u);
    }
}
