// What a norm's strips show of the snapshot's values (enum plate_strip in src/view/plate.h).
float strip_value(int strip, float epsilon, float x)
{
    if (strip == 1)
        return x - 1.0;
    return strip == 4 ? sqrt(x + epsilon) : x;
}
