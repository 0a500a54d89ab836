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
uniform int target_number; // the target plate's
uniform int per_target; // edges that a neuron can have, at most PER_TARGET
uniform int ranking;

const int BY_CONTRIBUTION = 0, BY_WEIGHT = 1; // w·a, w; otherwise what flows back: w·delta

const int POSITIVE = 5;
int sources[PER_TARGET];
// 0 … 4 falling, 5 … 7 rising; 0: free. Set here too, since Mesa warns of what it cannot prove.
float strengths[PER_TARGET] = float[](0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
float weights[PER_TARGET];
float delta = 0.0; // of the target

// Pools, norms and what passes values on rank by w·a even where others rank by the weight.
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
    int channel = target / (target_shape.y * target_shape.z);
    ivec2 corner = window_corner(target);
    bool convolution = kind == CONVOLUTION;
    int first = convolution ? 0 : channel, end = convolution ? source_shape.x : channel + 1;
    int best = -1;
    float best_value = 0.0, inside = 0.0;
    if (kind == AVERAGE_POOL)
        for (int y = 0; y < kernel.x; y++)
            for (int x = 0; x < kernel.y; x++)
                inside += counts_padding || window_source(channel, corner, y, x) >= 0 ? 1.0 : 0.0;
    for (int c = first; c < end; c++)
        for (int y = 0; y < kernel.x; y++)
            for (int x = 0; x < kernel.y; x++) {
                int source = window_source(c, corner, y, x);
                if (source < 0)
                    continue;
                float a = activation(source);
                if (convolution) {
                    int weight = ((channel * source_shape.x + c) * kernel.x + y) * kernel.y + x;
                    offer(source, texelFetch(snapshot, weight_first + weight).r, a, true);
                } else if (kind == AVERAGE_POOL) {
                    offer(source, 1.0 / inside, a, false);
                } else if (best < 0 || a > best_value) {
                    best = source;
                    best_value = a;
                }
            }
    if (best >= 0)
        offer(best, 1.0, best_value, false);
}

void offer_same(int target)
{
    int source = target - offset;
    if (source >= 0 && source < source_shape.x * source_shape.y * source_shape.z)
        offer(source, kind == NORM ? norm_weight(target) : 1.0, activation(source), false);
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
    int target = traced[target_number * TARGETS + number];
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
            offer_same(target);
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
