// The layer between two plates (struct gap in src/view/gap.h), in the snapshot at hand.
const int DENSE = 0, CONVOLUTION = 1, MAX_POOL = 2, AVERAGE_POOL = 3;
const int LINEAR = 0, SIGMOID = 1, TANH = 2, RELU = 3, SOFTMAX = 4;

uniform int kind;
uniform int activation_function;
uniform ivec3 source_shape, target_shape; // channels, height, width
uniform ivec2 kernel, stride, padding;    // rows, columns
uniform int source_first, target_first, weight_first, delta_first; // in floats from the slot's start

float activation(int source)
{
    return texelFetch(snapshot, source_first + source).r;
}

// dLoss/dz of a target neuron, z being its weighted sum, from dLoss/dactivation. A pool has no z.
float delta_of(int target)
{
    float a = texelFetch(snapshot, target_first + target).r, d = texelFetch(snapshot, delta_first + target).r;
    if (kind == MAX_POOL || kind == AVERAGE_POOL || activation_function == LINEAR)
        return d;
    if (activation_function == SIGMOID)
        return d * a * (1.0 - a);
    if (activation_function == TANH)
        return d * (1.0 - a * a);
    if (activation_function == RELU)
        return a > 0.0 ? d : 0.0;
    float mean = 0.0;
    int classes = target_shape.x * target_shape.y * target_shape.z;
    for (int i = 0; i < classes; i++)
        mean += texelFetch(snapshot, target_first + i).r * texelFetch(snapshot, delta_first + i).r;
    return a * (d - mean);
}
