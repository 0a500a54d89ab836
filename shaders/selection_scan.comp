// The largest value of each stripe of a region: the first half of finding its strongest activation.
#version 450 core
layout(local_size_x = STRIPES) in;

layout(binding = 0) uniform samplerBuffer snapshot;
#include "selection.glsl"

uniform int first; // of the region, in floats from the slot's start
uniform int count;

void main()
{
    int stripe = int(gl_LocalInvocationID.x);
    int best = -1;
    float best_value = 0.0;
    for (int i = stripe; i < count; i += STRIPES) {
        float x = texelFetch(snapshot, first + i).r;
        if (best < 0 || x > best_value) {
            best = i;
            best_value = x;
        }
    }
    candidates[stripe] = Candidate(best_value, best);
}
