/* Numbers as people read them, in the picture, on the terminal and in messages: the one place that decides
 * how many digits, when a power of ten, and what to say of a value that is no number. Files that programs
 * read (JSON, CSV, safetensors) have nothing to do with it.
 *
 * - At most five significant digits; zeros at the end are left out, and a zero has no sign.
 * - From 10⁶ on and below 10⁻⁴ a mantissa and a power of ten: "1.5e6", "1.3e-5". It is the rounded value that
 *   decides: 999999.6 is "1e6".
 * - Only 0 is "0": a value too small for its decimals stands as a power of ten, never as "0.00".
 * - "not a number", "infinite", "-infinite".
 *
 * Every function writes into `text` and returns it. Any thread. */
#ifndef LS_BASE_NUMBER_TEXT_H
#define LS_BASE_NUMBER_TEXT_H

enum {
    NUMBER_TEXT_SIZE = 24, /* bytes for the longest, "−1.2346e−300" with two signs of three bytes each */
    NUMBER_MOST_DIGITS = 5
};

/* To be combined. */
enum number_form {
    NUMBER_PLAIN = 0,
    NUMBER_MINUS =
        1, /* U+2212 in place of the hyphen: in the picture; terminals get what they can read back */
    NUMBER_SIGNED = 2 /* "+" before what is above 0 */
};

/* Up to `digits` (1 … 5) significant digits: 0.0123457 is "0.0123" in three, 123456 is "123460" in five. */
char *number_text(char text[NUMBER_TEXT_SIZE], double value, int digits, unsigned form);
/* With so many decimals (0 … 6), zeros too, so that figures keep their places: "0.500". Fewer where that
 * would be more than five significant digits; a power of ten where the rules above want one. */
char *number_fixed(char text[NUMBER_TEXT_SIZE], double value, int decimals, unsigned form);
/* A share of 1 with so many decimals of a percent: "77.9 %". "100 %" stands for all and "0 %" for none alone;
 * what rounds to them is ">99.9 %" and "<0.1 %". Halves are rounded up, also when binary fractions have them
 * a hair lower: 0.7785 is "77.9 %" as a float, as a double and as 7785 of 10000. Outside 0 … 1: number_fixed
 * of the percentage. */
char *number_percent(char text[NUMBER_TEXT_SIZE], double share, int decimals, unsigned form);
/* A tick of an axis, as short as can be: "0.05", "200", "20k", "1.5M", "1e9", "5e-5". */
char *number_tick(char text[NUMBER_TEXT_SIZE], double value, unsigned form);

/* Four digits for a printf's %s; the text lives as long as the block around it. */
#define LS_NUMBER(value) number_text((char[NUMBER_TEXT_SIZE]){0}, (double)(value), 4, NUMBER_PLAIN)
/* The same with five, for what somebody gave and shall recognise. */
#define LS_NUMBER_GIVEN(value) number_text((char[NUMBER_TEXT_SIZE]){0}, (double)(value), 5, NUMBER_PLAIN)

#endif
