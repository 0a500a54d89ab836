// The traced edges, as the passes hand them on (struct ribbon_edge in src/view/pass_ribbons.h).
struct Edge {
    vec4 from;  // world; w: strength, by which edges are ranked
    vec4 to;    // world; w: delta, dLoss/dz of the target
    ivec4 ends; // value numbers in the source layer (-1: no edge) and in the target layer; bits of weight × activation
};
layout(std430, binding = 0) buffer Edges { Edge edges[]; };    // (gaps, BUDGET); a target's stand side by side
layout(std430, binding = 1) buffer Traced { int traced[]; };   // (plates, TARGETS) neurons of each plate; -1: none
layout(std430, binding = 2) buffer Gaps { vec4 strongest[]; }; // (gaps) largest |strength|, number of edges, largest |delta|, largest |w·a|
