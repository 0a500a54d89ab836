/* Zeros in JSON: raw, written out, and what only looks like one. */
#include "test.h"

#include <string.h>

#include "base/json_text.h"

static void zeros_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has_zero;
    } cases[] = {
        {"{\"a\": \"b\"}", false},
        {"{\"a\\u0000\": 1}", true},
        {"{\"a\": \"\\\\\\u0000\"}", true},
        {"{\"a\": \"\\\\u0000\"}", false},
        {"{\"a\": \"\\\"\\u0000\"}", true},
        {"\\u0000", false},
        {"\"\\u000", false},
        {"\"\\", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (json_text_has_zero(cases[i].text, strlen(cases[i].text)) != cases[i].has_zero)
            fail_msg("%s", cases[i].text);
    assert_true(json_text_has_zero("{}\0", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(zeros_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
