// For each traced neuron of one layer, its strongest inputs: the five most positive and the three most
// negative. An invocation is a neuron.
#version 450 core
layout(local_size_x = TARGETS) in;

layout(binding = 0) uniform samplerBuffer snapshot;
#include "plate.glsl"
#include "ribbon.glsl"

layout(std140, binding = 2) uniform TargetBlock { Plate target_plate; };

#include "gap.glsl"

uniform int gap;
uniform int per_target; // edges that a neuron can have, at most PER_TARGET
uniform int ranking;

const int BY_CONTRIBUTION = 0, BY_WEIGHT = 1; // w·a, w; otherwise what flows back: w·delta

const int POSITIVE = 5;
int sources[PER_TARGET];
// 0 … 4 falling, 5 … 7 rising; 0: free. Set here too, since Mesa warns of what it cannot prove.
float strengths[PER_TARGET] = float[](0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
float weights[PER_TARGET];
float delta = 0.0; // of the target

// Pools and what passes values on have a weight without being trained: by weight, they rank as by w·a.
void offer(int source, float weight, float a, bool trained)
{
    float strength = weight * a;
    if (ranking == BY_WEIGHT && trained)
        strength = weight;
    else if (ranking > BY_WEIGHT)
        strength = weight * delta;
    int first = strength > 0.0 ? 0 : POSITIVE;
    int last = strength > 0.0 ? POSITIVE - 1 : PER_TARGET - 1;
    if (!(abs(strength) > abs(strengths[last])))
        return;
    int at = last;
    while (at > first && abs(strength) > abs(strengths[at - 1])) {
        strengths[at] = strengths[at - 1];
        sources[at] = sources[at - 1];
        weights[at] = weights[at - 1];
        at--;
    }
    strengths[at] = strength;
    sources[at] = source;
    weights[at] = weight;
}

void offer_dense(int target)
{
    int inputs = source_shape.x * source_shape.y * source_shape.z;
    for (int i = 0; i < inputs; i++)
        offer(i, texelFetch(snapshot, weight_first + target * inputs + i).r, activation(i), true);
}

// The window of convolutions and pools; `inside` a pool only the target's own channel.
void offer_window(int target)
{
    int area = target_shape.y * target_shape.z;
    int channel = target / area;
    ivec2 corner = ivec2(target % area / target_shape.z, target % target_shape.z) * stride - padding;
    bool convolution = kind == CONVOLUTION;
    int first = convolution ? 0 : channel, end = convolution ? source_shape.x : channel + 1;
    int best = -1;
    float best_value = 0.0;
    for (int c = first; c < end; c++)
        for (int y = 0; y < kernel.x; y++)
            for (int x = 0; x < kernel.y; x++) {
                ivec2 at = corner + ivec2(y, x);
                if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, source_shape.yz)))
                    continue;
                int source = (c * source_shape.y + at.x) * source_shape.z + at.y;
                float a = activation(source);
                if (convolution) {
                    int weight = ((channel * source_shape.x + c) * kernel.x + y) * kernel.y + x;
                    offer(source, texelFetch(snapshot, weight_first + weight).r, a, true);
                } else if (kind == AVERAGE_POOL) {
                    offer(source, 1.0 / float(kernel.x * kernel.y), a, false);
                } else if (best < 0 || a > best_value) {
                    best = source;
                    best_value = a;
                }
            }
    if (best >= 0)
        offer(best, 1.0, best_value, false);
}

vec3 value_position(Plate p, int index)
{
    int tile_values = p.tiles.z * p.tiles.w;
    int tile = index / tile_values, within = index % tile_values;
    vec2 texel = (vec2(within % p.tiles.z, within / p.tiles.z) + 0.5) / float(p.tiles.z);
    vec2 along = (tile_corner(p, tile) + texel) / p.size.xy;
    return p.origin.xyz + p.right.xyz * along.x + p.down.xyz * along.y + plane_shift(p, tile);
}

void main()
{
    int number = int(gl_LocalInvocationID.x);
    int target = traced[gap * TARGETS + number];
    if ((number + 1) * per_target > BUDGET)
        return;
    for (int i = 0; i < PER_TARGET; i++) {
        sources[i] = -1;
        strengths[i] = weights[i] = 0.0;
    }
    if (target >= 0) {
        delta = delta_of(target);
        if (kind == DENSE)
            offer_dense(target);
        else if (kind == CONVOLUTION || kind == MAX_POOL || kind == AVERAGE_POOL)
            offer_window(target);
        else
            offer(target, 1.0, activation(target), false);
    }
    vec3 to = value_position(target_plate, max(target, 0));
    for (int i = 0; i < per_target; i++) {
        // A neuron with a single edge has it on either side.
        int k = per_target == 1 && sources[0] < 0 ? POSITIVE : i;
        vec3 from = value_position(plate, max(sources[k], 0)) + plate.back.xyz;
        float contribution = sources[k] < 0 ? 0.0 : weights[k] * activation(sources[k]);
        edges[gap * BUDGET + number * per_target + i] =
            Edge(vec4(from, strengths[k]), vec4(to, delta), ivec4(sources[k], target, floatBitsToInt(contribution), 0));
    }
}
