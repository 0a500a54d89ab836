// The layer between two plates (struct gap in src/view/gap.h), in the snapshot at hand.
const int DENSE = 0, CONVOLUTION = 1, MAX_POOL = 2, AVERAGE_POOL = 3;

uniform int kind;
uniform ivec3 source_shape, target_shape; // channels, height, width
uniform ivec2 kernel, stride, padding;    // rows, columns
uniform int source_first, target_first, weight_first, delta_first; // in floats from the slot's start

float activation(int source)
{
    return texelFetch(snapshot, source_first + source).r;
}
