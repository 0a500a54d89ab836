// Values to colours: theme_map_value and theme_map_color of src/view/theme.c once more. Needs frame.glsl.
const int MAP_GRADIENT = 2;
const float MAP_EPSILON = 1e-3; // of S
const float ASINH_END = 7.6009027; // asinh(1 / MAP_EPSILON)

bool is_finite(float x)
{
    return (floatBitsToUint(x) & 0x7F800000u) != 0x7F800000u;
}

// S = `scale`; zero is in the middle of the map when `is_signed`.
vec3 map_color(int map, bool is_signed, float x, float scale)
{
    float t = x / scale;
    if (map == MAP_GRADIENT) {
        float u = min(abs(t), 1.0) / MAP_EPSILON;
        t = sign(t) * log(u + sqrt(u * u + 1.0)) / ASINH_END;
    }
    if (is_signed)
        t = 0.5 + 0.5 * t;
    float position = clamp(t, 0.0, 1.0) * 8.0;
    int anchor = min(int(position), 7);
    int first = map * 9 + anchor;
    return mix(maps[first].rgb, maps[first + 1].rgb, position - float(anchor));
}
