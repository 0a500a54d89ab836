// The layer between two plates (struct gap in src/view/gap.h), in the snapshot at hand.
const int DENSE = 0, CONVOLUTION = 1, MAX_POOL = 2, AVERAGE_POOL = 3, SAME = 4, NORM = 5;
const int LINEAR = 0, SIGMOID = 1, TANH = 2, RELU = 3, LEAKY_RELU = 4, ELU = 5, GELU = 6, GELU_TANH = 7, SOFTMAX = 8;

uniform int kind;
uniform int activation_function;
uniform float alpha;                              // the activation's
uniform ivec3 source_shape, target_shape;         // channels, height, width
uniform ivec2 kernel, stride, padding, dilation;  // rows, columns
uniform bool counts_padding;
uniform int offset;                               // the target's value that is the source's first
uniform int source_first, target_first, weight_first, delta_first; // in floats from the slot's start
uniform int sum_delta_first, variance_first;      // -1: none
uniform int weight_count;                         // of a norm
uniform float epsilon;

float activation(int source)
{
    return texelFetch(snapshot, source_first + source).r;
}

// The slope of a GELU at x; the error function as Abramowitz & Stegun 7.1.26, to 1.5e-7.
float gelu_slope(float x)
{
    const float INV_SQRT_2 = 0.70710678, INV_SQRT_2PI = 0.39894228;
    if (activation_function == GELU_TANH) {
        const float A = 0.79788456, B = 0.044715;
        float t = tanh(clamp(A * (x + B * x * x * x), -15.0, 15.0));
        return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * A * (1.0 + 3.0 * B * x * x);
    }
    float z = abs(x) * INV_SQRT_2, t = 1.0 / (1.0 + 0.3275911 * z), bell = exp(-z * z);
    float poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    float erf = sign(x) * (1.0 - poly * bell);
    return 0.5 * (1.0 + erf) + x * INV_SQRT_2PI * bell;
}

// dLoss/dz of a target neuron, z being its weighted sum, from dLoss/dactivation. What has no activation has no z.
float delta_of(int target)
{
    float a = texelFetch(snapshot, target_first + target).r, d = texelFetch(snapshot, delta_first + target).r;
    if (kind == MAX_POOL || kind == AVERAGE_POOL || kind == NORM || activation_function == LINEAR)
        return d;
    if (activation_function == SIGMOID)
        return d * a * (1.0 - a);
    if (activation_function == TANH)
        return d * (1.0 - a * a);
    if (activation_function == RELU)
        return a > 0.0 ? d : 0.0;
    if (activation_function == LEAKY_RELU)
        return a > 0.0 ? d : alpha * d;
    if (activation_function == ELU)
        return a > 0.0 ? d : (a + alpha) * d;
    if (sum_delta_first >= 0)
        return texelFetch(snapshot, sum_delta_first + target).r;
    if (activation_function == GELU || activation_function == GELU_TANH)
        return d * gelu_slope(activation(target));
    float mean = 0.0;
    int classes = target_shape.x * target_shape.y * target_shape.z;
    for (int i = 0; i < classes; i++)
        mean += texelFetch(snapshot, target_first + i).r * texelFetch(snapshot, delta_first + i).r;
    return a * (d - mean);
}

// What a norm multiplies a value with: gamma, and of a batch norm 1 / sigma of its running statistics.
float norm_weight(int target)
{
    int area = target_shape.y * target_shape.z;
    int number = weight_count == target_shape.x ? target / area : target;
    float weight = weight_first >= 0 ? texelFetch(snapshot, weight_first + number).r : 1.0;
    if (variance_first >= 0)
        weight /= sqrt(texelFetch(snapshot, variance_first + target / area).r + epsilon);
    return weight;
}

// The source's value at a place of the window, or -1 in the padding.
int window_source(int channel, ivec2 corner, int y, int x)
{
    ivec2 at = corner + ivec2(y, x) * dilation;
    if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, source_shape.yz)))
        return -1;
    return (channel * source_shape.y + at.x) * source_shape.z + at.y;
}

ivec2 window_corner(int target)
{
    int area = target_shape.y * target_shape.z;
    return ivec2(target % area / target_shape.z, target % target_shape.z) * stride - padding;
}
