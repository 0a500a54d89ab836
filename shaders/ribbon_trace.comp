// Goes one plate back: of all sources of the edges that leave a plate the strongest become the neurons traced
// next. One invocation: a few hundred edges are too few to share out.
#version 450 core
layout(local_size_x = 1) in;

#include "ribbon.glsl"

uniform int plate;
uniform int sources; // how many are traced on
uniform int leaving_count;
uniform int leaving[LEAVING]; // gaps from the plate on, whose edges are known

// The largest values of a gap's edges, and how many there are.
void measure(int gap)
{
    float largest = 0.0, largest_delta = 0.0, largest_contribution = 0.0;
    int used = 0;
    for (int i = gap * BUDGET; i < (gap + 1) * BUDGET; i++) {
        if (edges[i].ends.x < 0)
            continue;
        used++;
        largest = max(largest, abs(edges[i].from.w));
        largest_contribution = max(largest_contribution, abs(intBitsToFloat(edges[i].ends.z)));
        largest_delta = max(largest_delta, abs(edges[i].to.w));
    }
    strongest[gap] = vec4(largest, float(used), largest_delta, largest_contribution);
}

// Gaps count alike, whatever their strengths.
float unit_of(int gap)
{
    return leaving_count > 1 ? 1.0 / max(strongest[gap].x, 1e-30) : 1.0;
}

bool is_first(int source, int number, int i)
{
    for (int n = 0; n <= number; n++)
        for (int k = 0; k < (n == number ? i : BUDGET); k++)
            if (edges[leaving[n] * BUDGET + k].ends.x == source)
                return false;
    return true;
}

float score_of(int source, int number, int i)
{
    float score = 0.0;
    for (int n = number; n < leaving_count; n++) {
        float sum = 0.0;
        for (int k = n == number ? i : 0; k < BUDGET; k++)
            if (edges[leaving[n] * BUDGET + k].ends.x == source)
                sum += abs(edges[leaving[n] * BUDGET + k].from.w);
        score += sum * unit_of(leaving[n]);
    }
    return score;
}

void main()
{
    int best[TARGETS];
    float scores[TARGETS];
    for (int i = 0; i < TARGETS; i++) {
        best[i] = -1;
        scores[i] = 0.0;
    }
    for (int n = 0; n < leaving_count; n++)
        measure(leaving[n]);
    for (int n = 0; n < leaving_count; n++)
        for (int i = 0; i < BUDGET; i++) {
            int source = edges[leaving[n] * BUDGET + i].ends.x;
            if (source < 0 || !is_first(source, n, i))
                continue;
            float score = score_of(source, n, i);
            int at = TARGETS;
            while (at > 0 && score > scores[at - 1])
                at--;
            for (int k = TARGETS - 1; k > at; k--) {
                best[k] = best[k - 1];
                scores[k] = scores[k - 1];
            }
            if (at < TARGETS) {
                best[at] = source;
                scores[at] = score;
            }
        }
    for (int i = 0; i < TARGETS; i++)
        traced[plate * TARGETS + i] = i < sources ? best[i] : -1;
}
