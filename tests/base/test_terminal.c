/* Nothing that a terminal acts on passes; everything else does. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"

static void expect(const char *text, const char *shown)
{
    char *found = printable(text);
    assert_string_equal(found, shown);
    free(found);
}

static void what_acts_is_written_out(void **state)
{
    (void)state;
    expect("plain, größer × 2 → ✓ 😀", "plain, größer × 2 → ✓ 😀");
    expect("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07");
    expect("a\nb\tc\rd\x7f\x01", "a\\nb\\tc\\rd\\x7f\\x01");
    expect("\xc2\x9b"
           "31m\xc2\x85",
           "\\u009b31m\\u0085");
    expect("\xe2\x80\xae"
           "gpj.exe\xe2\x81\xa6\xe2\x80\xa8",
           "\\u202egpj.exe\\u2066\\u2028");
    /* No UTF-8: a lone byte, one cut off, an overlong form, a surrogate, beyond the last character. */
    expect("\xff|\xc3|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82",
           "\\xff|\\xc3|\\xc0\\x80|\\xed\\xa0\\x80|\\xf4\\x90\\x80\\x80|\\xe2\\x82");
    expect("", "");
}

static void json_stays_json(void **state)
{
    (void)state;
    char *found = printable_json("{\n\t\"a\":\t\"\x7f\xc2\x9b\xff ü\"\n}");
    assert_string_equal(found, "{\n\t\"a\":\t\"\\u007f\\u009b\\ufffd ü\"\n}");
    free(found);
}

/* Every byte in every place of two. */
static void no_control_byte_is_left(void **state)
{
    (void)state;
    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b++) {
            const char text[] = {(char)a, (char)b, 0};
            char *found = printable(text);
            for (const char *c = found; *c; c++)
                assert_true((unsigned char)*c >= 0x20 && *c != 0x7f &&
                            !((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0));
            free(found);
        }
}

static void own_line_breaks_stay(void **state)
{
    (void)state;
    char text[64] = "";
    FILE *stream = fmemopen(text, sizeof text, "w");
    assert_non_null(stream);
    terminal_print(stream, "\n%s: %d\n\n", "a\x1b\nb", 3);
    terminal_print(stream, "\n");
    terminal_print(stream, "%s", "c");
    fclose(stream);
    assert_string_equal(text, "\na\\x1b\\nb: 3\n\n\nc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_acts_is_written_out),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(no_control_byte_is_left),
        cmocka_unit_test(own_line_breaks_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
