// What a plate shows of the `kernel` numbers from `first` on: their L2 norm, or the one itself.
float kernel_norm(samplerBuffer numbers, int first, int kernel)
{
    if (kernel == 1)
        return texelFetch(numbers, first).r;
    float sum = 0.0;
    for (int i = 0; i < kernel; i++) {
        float x = texelFetch(numbers, first + i).r;
        sum += x * x;
    }
    return sqrt(sum);
}

// What a norm's strips show of the snapshot's values (enum plate_strip in src/view/plate.h).
float strip_value(int strip, float epsilon, float x)
{
    if (strip == 1)
        return x - 1.0;
    return strip == 4 ? sqrt(x + epsilon) : x;
}
