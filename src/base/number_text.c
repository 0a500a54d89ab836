/* Rounds in decimal first, and then decides by what came out of it. */
#include "base/number_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const int least_exponent = -4, most_exponent = 5;

/* A finite value other than 0, rounded to `digits`: its size and the exponent of its first digit. */
struct rounded {
    double size;
    int exponent;
};

static struct rounded round_to(double value, int digits)
{
    char text[32];
    snprintf(text, sizeof text, "%.*e", digits - 1, fabs(value));
    return (struct rounded){strtod(text, NULL), atoi(strchr(text, 'e') + 1)};
}

static const char *sign_of(double value, unsigned form)
{
    if (value < 0.0)
        return form & NUMBER_MINUS ? "−" : "-";
    return form & NUMBER_SIGNED && value > 0.0 ? "+" : "";
}

/* True, and the words, where there are no digits to write. */
static bool say_in_words(char text[NUMBER_TEXT_SIZE], double value, unsigned form)
{
    if (isfinite(value))
        return false;
    if (isnan(value))
        snprintf(text, NUMBER_TEXT_SIZE, "not a number");
    else
        snprintf(text, NUMBER_TEXT_SIZE, "%sinfinite", sign_of(value, form & ~(unsigned)NUMBER_SIGNED));
    return true;
}

/* "1.50" → "1.5", "2.00" → "2". */
static void drop_zeros(char *text)
{
    size_t length = strlen(text);
    if (strchr(text, '.') == NULL)
        return;
    while (text[length - 1] == '0')
        length--;
    if (text[length - 1] == '.')
        length--;
    text[length] = '\0';
}

static void write_power(char text[NUMBER_TEXT_SIZE], double value, int digits, unsigned form)
{
    char mantissa[32];
    snprintf(mantissa, sizeof mantissa, "%.*e", digits - 1, fabs(value));
    char *e = strchr(mantissa, 'e');
    const int exponent = atoi(e + 1);
    *e = '\0';
    drop_zeros(mantissa);
    snprintf(text, NUMBER_TEXT_SIZE, "%s%.7se%s%d", sign_of(value, form), mantissa,
             exponent < 0 ? sign_of(-1.0, form) : "", abs(exponent) % 1000);
}

char *number_text(char text[NUMBER_TEXT_SIZE], double value, int digits, unsigned form)
{
    LS_ASSERT(digits >= 1 && digits <= NUMBER_MOST_DIGITS);
    if (say_in_words(text, value, form))
        return text;
    if (value == 0.0)
        return strcpy(text, "0");
    const struct rounded r = round_to(value, digits);
    if (r.exponent < least_exponent || r.exponent > most_exponent) {
        write_power(text, value, digits, form);
        return text;
    }
    const int decimals = digits - 1 - r.exponent;
    snprintf(text, NUMBER_TEXT_SIZE, "%s%.*f", sign_of(value, form), decimals > 0 ? decimals : 0, r.size);
    drop_zeros(text);
    return text;
}

char *number_fixed(char text[NUMBER_TEXT_SIZE], double value, int decimals, unsigned form)
{
    enum { FEW_DIGITS = 3 };
    LS_ASSERT(decimals >= 0 && decimals <= 6);
    if (say_in_words(text, value, form))
        return text;
    if (value != 0.0) {
        const struct rounded r = round_to(value, NUMBER_MOST_DIGITS);
        if (r.exponent >= NUMBER_MOST_DIGITS)
            return number_text(text, value, NUMBER_MOST_DIGITS, form);
        if (decimals > NUMBER_MOST_DIGITS - 1 - r.exponent)
            decimals = NUMBER_MOST_DIGITS - 1 - r.exponent;
    }
    char digits[40];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(value));
    if (value != 0.0 && strtod(digits, NULL) == 0.0)
        return number_text(text, value, FEW_DIGITS, form);
    snprintf(text, NUMBER_TEXT_SIZE, "%s%.12s", sign_of(value, form), digits);
    return text;
}

char *number_percent(char text[NUMBER_TEXT_SIZE], double share, int decimals, unsigned form)
{
    LS_ASSERT(decimals >= 0 && decimals <= 4);
    if (say_in_words(text, share, form))
        return text;
    if (share == 0.0 || share == 1.0)
        return strcpy(text, share == 0.0 ? "0 %" : "100 %");
    if (share < 0.0 || share > 1.0) {
        number_fixed(text, 100.0 * share, decimals, form);
        return strcat(text, " %");
    }
    /* What a float of a share is away from the share, in the units that are counted. */
    const double one = pow(10.0, decimals), slack = 1e-5 * one;
    const double units = floor(100.0 * share * one + 0.5 + slack), whole = 100.0 * one;
    if (units < 1.0)
        snprintf(text, NUMBER_TEXT_SIZE, "<%.*f %%", decimals, 1.0 / one);
    else if (units >= whole)
        snprintf(text, NUMBER_TEXT_SIZE, ">%.*f %%", decimals, (whole - 1.0) / one);
    else
        snprintf(text, NUMBER_TEXT_SIZE, "%.*f %%", decimals, units / one);
    return text;
}

char *number_tick(char text[NUMBER_TEXT_SIZE], double value, unsigned form)
{
    const double size = isfinite(value) && value != 0.0 ? round_to(value, NUMBER_MOST_DIGITS).size : 0.0;
    if (!(size >= 1e4 && size < 1e9))
        return number_text(text, value, NUMBER_MOST_DIGITS, form);
    number_text(text, value / (size >= 1e6 ? 1e6 : 1e3), NUMBER_MOST_DIGITS, form);
    return strcat(text, size >= 1e6 ? "M" : "k");
}
