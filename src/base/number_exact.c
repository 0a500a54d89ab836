/* The shortest texts that read back. */
#include "base/number_exact.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number_text.h"

static const double largest_whole = 9007199254740992.0; /* 2⁵³ */

static int same(double a, double b) { return a >= b && a <= b; }

static int is_whole(double value)
{
    return fabs(value) < largest_whole && same(value, floor(value)) && !(signbit(value) && same(value, 0.0));
}

char *number_exact(char text[NUMBER_EXACT_SIZE], double value)
{
    if (is_whole(value)) {
        snprintf(text, NUMBER_EXACT_SIZE, "%.0f", value);
        return text;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, NUMBER_EXACT_SIZE, "%.*g", digits, value);
        if (same(strtod(text, NULL), value))
            break;
    }
    return text;
}

char *number_exact_float(char text[NUMBER_EXACT_SIZE], float value)
{
    if (is_whole((double)value))
        return number_exact(text, (double)value);
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, NUMBER_EXACT_SIZE, "%.*g", digits, (double)value);
        /* Read as a float, or as a double that becomes one. */
        if (same((double)strtof(text, NULL), (double)value) &&
            same((double)(float)strtod(text, NULL), (double)value))
            break;
    }
    return text;
}

char *number_limit(char text[NUMBER_EXACT_SIZE], double value)
{
    number_text(text, value, NUMBER_MOST_DIGITS, NUMBER_PLAIN);
    if (!isfinite(value) || same(strtod(text, NULL), value))
        return text;
    return same((double)(float)value, value) ? number_exact_float(text, (float)value)
                                             : number_exact(text, value);
}

double number_plain(float value)
{
    char text[NUMBER_EXACT_SIZE];
    return strtod(number_exact_float(text, value), NULL);
}
