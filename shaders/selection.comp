// Settles on the selected cell and ranks what it is made from: the channels of a convolution by |sum of
// w·a| over the window, the inputs of a dense layer by |w·a|; a pool has the one channel. One invocation.
#version 450 core
layout(local_size_x = 1) in;

layout(binding = 0) uniform samplerBuffer snapshot;
#include "gap.glsl"
#include "selection.glsl"

uniform int wished; // the cell that the user chose; -1: the strongest
uniform bool keep;  // the cell selected before stays while it is strong enough
uniform bool ranked; // a gap leads to the plate

const float STRONG_ENOUGH = 0.6; // of the strongest

int strongest()
{
    Candidate best = candidates[0];
    for (int i = 1; i < STRIPES; i++) {
        Candidate other = candidates[i];
        // The first of equals, as a plain loop over the region would find it.
        if (other.index >= 0 && (other.value > best.value || (other.value == best.value && other.index < best.index)))
            best = other;
    }
    if (keep && selected >= 0 && texelFetch(snapshot, target_first + selected).r >= STRONG_ENOUGH * best.value)
        return selected;
    return best.index;
}

void offer(int part, float contribution, int room)
{
    if (part_count == room && !(abs(contribution) > abs(contributions[room - 1])))
        return;
    int at = part_count < room ? part_count++ : room - 1;
    while (at > 0 && abs(contribution) > abs(contributions[at - 1])) {
        contributions[at] = contributions[at - 1];
        parts[at] = parts[at - 1];
        at--;
    }
    contributions[at] = contribution;
    parts[at] = part;
}

void rank_inputs(int target)
{
    int inputs = source_shape.x * source_shape.y * source_shape.z;
    for (int i = 0; i < inputs; i++)
        offer(i, texelFetch(snapshot, weight_first + target * inputs + i).r * activation(i), PARTS);
}

void rank_channels(int target)
{
    int channel = target / (target_shape.y * target_shape.z);
    ivec2 corner = window_corner(target);
    for (int c = 0; c < source_shape.x; c++) {
        float sum = 0.0;
        for (int y = 0; y < kernel.x; y++)
            for (int x = 0; x < kernel.y; x++) {
                int source = window_source(c, corner, y, x);
                if (source < 0)
                    continue;
                int weight = ((channel * source_shape.x + c) * kernel.x + y) * kernel.y + x;
                sum += texelFetch(snapshot, weight_first + weight).r * activation(source);
            }
        offer(c, sum, 2);
    }
}

void main()
{
    int cell = wished >= 0 ? wished : strongest();
    selected = cell;
    part_count = 0;
    if (cell < 0 || !ranked)
        return;
    if (kind == DENSE)
        rank_inputs(cell);
    else if (kind == CONVOLUTION)
        rank_channels(cell);
    else if (kind == MAX_POOL || kind == AVERAGE_POOL)
        offer(cell / (target_shape.y * target_shape.z), texelFetch(snapshot, target_first + cell).r, 1);
    else
        offer(cell, texelFetch(snapshot, target_first + cell).r, 1);
}
