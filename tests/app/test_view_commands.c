/* The viewer's command table: names and keys are unique, and docs/controls.md lists every row. */
#include "test.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/view_commands.h"
#include "base/file.h"

static void rows_are_distinct(void **state)
{
    (void)state;
    for (int i = 0; i < view_command_count; i++) {
        const struct view_command *a = &view_commands[i];
        assert_ptr_equal(view_command_find(a->name), a);
        assert_true(a->run == NULL || a->key != 0 || a->character != 0);
        if (a->character != 0)
            assert_ptr_equal(view_command_of_character((unsigned char)a->character), a);
        if (a->key != 0)
            assert_ptr_equal(view_command_of_key(a->key, a->modifiers), a);
    }
    assert_null(view_command_find("no such command"));
    assert_null(view_command_of_character(0x20AC));
}

static void keys_reach_their_commands(void **state)
{
    (void)state;
    assert_string_equal(view_command_of_key(GLFW_KEY_TAB, 0)->name, "hud");
    assert_string_equal(view_command_of_key(GLFW_KEY_TAB, GLFW_MOD_SHIFT)->name, "legend");
    assert_string_equal(view_command_of_key(GLFW_KEY_TAB, GLFW_MOD_CAPS_LOCK)->name, "hud");
    assert_null(view_command_of_key(GLFW_KEY_TAB, GLFW_MOD_ALT));
    assert_string_equal(view_command_of_character('H')->name, "help");
    assert_string_equal(view_command_of_character('h')->name, "help");
    assert_string_equal(view_command_of_key(GLFW_KEY_F1, 0)->name, "help");
}

static void the_manual_lists_every_row(void **state)
{
    (void)state;
    char *path = file_resource("docs/controls.md");
    struct error err = {0};
    size_t size;
    char *manual = file_read(path, SIZE_MAX, &size, &err);
    if (manual == NULL)
        fail_msg("%s", err.message);
    for (int i = 0; i < view_command_count; i++) {
        char row[256];
        snprintf(row, sizeof row, "| %s | %s |", view_commands[i].keys, view_commands[i].text);
        if (strstr(manual, row) == NULL)
            fail_msg("docs/controls.md lacks the row: %s", row);
    }
    free(manual);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_distinct),
        cmocka_unit_test(keys_reach_their_commands),
        cmocka_unit_test(the_manual_lists_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
