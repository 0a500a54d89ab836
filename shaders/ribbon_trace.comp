// Goes one layer back: of all sources of a gap's edges the strongest become the neurons traced next. One
// invocation: a hundred edges are too few to share out.
#version 450 core
layout(local_size_x = 1) in;

#include "ribbon.glsl"

uniform int gap;
uniform int sources; // how many are traced on

void main()
{
    int best[TARGETS];
    float scores[TARGETS];
    for (int i = 0; i < TARGETS; i++) {
        best[i] = -1;
        scores[i] = 0.0;
    }
    int first = gap * BUDGET;
    float largest = 0.0, largest_delta = 0.0, largest_contribution = 0.0;
    int used = 0;
    for (int i = 0; i < BUDGET; i++) {
        int source = edges[first + i].ends.x;
        if (source < 0)
            continue;
        used++;
        largest = max(largest, abs(edges[first + i].from.w));
        largest_contribution = max(largest_contribution, abs(intBitsToFloat(edges[first + i].ends.z)));
        largest_delta = max(largest_delta, abs(edges[first + i].to.w));
        bool seen = false;
        for (int k = 0; k < i && !seen; k++)
            seen = edges[first + k].ends.x == source;
        if (seen)
            continue;
        float score = 0.0;
        for (int k = i; k < BUDGET; k++)
            if (edges[first + k].ends.x == source)
                score += abs(edges[first + k].from.w);
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
    strongest[gap] = vec4(largest, float(used), largest_delta, largest_contribution);
    if (gap > 0)
        for (int i = 0; i < TARGETS; i++)
            traced[(gap - 1) * TARGETS + i] = i < sources ? best[i] : -1;
}
