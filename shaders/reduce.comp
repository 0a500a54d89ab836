// Cells of several values: the one with the largest |x|, with its sign; of equal ones the positive. What is no
// number shows at any distance. Cells lie tile by tile, row by row, as values do.
#version 450 core
layout(local_size_x = 64) in;

layout(binding = 0) uniform samplerBuffer source;
layout(std430, binding = 0) writeonly buffer Cells { float strongest[]; };

uniform int region_first, region_values; // floats in the source
uniform ivec2 tile;                      // values: columns, rows
uniform ivec2 cells;                     // of a tile: columns, rows
uniform ivec2 reduce;                    // values in a cell: columns, rows
uniform int first_cell, cell_count;
uniform int kernel; // numbers of the source behind a value
uniform int strip; // of a norm
uniform float strip_epsilon;

#include "strip.glsl"

bool is_finite(float x)
{
    return (floatBitsToUint(x) & 0x7F800000u) != 0x7F800000u;
}

void main()
{
    int stride = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);
    for (int i = int(gl_GlobalInvocationID.x); i < cell_count; i += stride) {
        int number = i / (cells.x * cells.y), within = i % (cells.x * cells.y);
        ivec2 low = ivec2(within % cells.x, within / cells.x) * reduce;
        ivec2 high = min(low + reduce, tile);
        float best = 0.0;
        for (int row = low.y; row < high.y; row++)
            for (int column = low.x; column < high.x; column++) {
                int index = (number * tile.y + row) * tile.x + column;
                if (index >= region_values)
                    continue;
                float x = strip_value(strip, strip_epsilon, kernel_norm(source, region_first + index * kernel, kernel));
                bool wins = !is_finite(x) || abs(x) > abs(best) || (abs(x) == abs(best) && x > best);
                if (is_finite(best) && wins)
                    best = x;
            }
        strongest[first_cell + i] = best;
    }
}
