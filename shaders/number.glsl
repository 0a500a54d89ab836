// A number as short text: glyphs of src/view/glyphs.h, four bits each, the first one lowest.
const uint GLYPH_POINT = 10u, GLYPH_MINUS = 11u, GLYPH_E = 12u;

struct Text {
    uint glyphs;
    int count;
};

void put(inout Text text, uint glyph)
{
    text.glyphs |= glyph << (4 * text.count);
    text.count++;
}

int power_of_ten(int exponent)
{
    int power = 1;
    for (int i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

// The lowest `count` decimal digits of n.
void put_digits(inout Text text, int n, int count)
{
    for (int unit = power_of_ten(count - 1); unit > 0; unit /= 10)
        put(text, uint(n / unit % 10));
}

// One digit and a power of ten: 3e−5.
void put_power(inout Text text, float size)
{
    int exponent = int(floor(log2(size) * 0.30103));
    int digit = int(round(size * pow(10.0, float(-exponent))));
    if (digit >= 10) {
        digit = 1;
        exponent++;
    }
    if (digit < 1) {
        digit = 9;
        exponent--;
    }
    put(text, uint(digit));
    put(text, GLYPH_E);
    if (exponent < 0)
        put(text, GLYPH_MINUS);
    put_digits(text, abs(exponent), abs(exponent) >= 10 ? 2 : 1);
}

// `digits` (2 or 3) significant ones at most, and so many decimals at most; what is then nothing but zeros is
// 0, or with `powers` a power of ten, as are numbers of five digits.
Text number_text(float x, int digits, bool powers)
{
    Text text = Text(0u, 0);
    float size = abs(x), one = float(power_of_ten(digits));
    int decimals = int(round(size * one));
    bool small = size < (powers ? 9.5 : 0.5) / one;
    if (size < 1e-37 || (small && !powers)) {
        put(text, 0u);
        return text;
    }
    if (x < 0.0)
        put(text, GLYPH_MINUS);
    if (small || size >= 9999.5) {
        put_power(text, size);
    } else if (decimals < power_of_ten(digits)) {
        put(text, GLYPH_POINT);
        put_digits(text, decimals, digits);
    } else {
        int whole = 0, fraction, n;
        do {
            whole++;
            fraction = max(digits - whole, 0);
            n = int(round(size * float(power_of_ten(fraction))));
        } while (n >= power_of_ten(whole + fraction));
        put_digits(text, n / power_of_ten(fraction), whole);
        if (fraction > 0) {
            put(text, GLYPH_POINT);
            put_digits(text, n % power_of_ten(fraction), fraction);
        }
    }
    return text;
}
