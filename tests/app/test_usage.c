/* Wrong command lines: exit status 2, one line, which names what is wrong. And help, which is complete. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/option_table.h"
#include "base/file.h"
#include "base/memory.h"
#include "data/spec.h"
#include "workplace.h"

static const struct {
    const char *arguments, *expected;
} wrong[] = {
    {"trian", "unknown command \"trian\"; expected view, train, record, screenshot, info, dump or bench"},
    {"--modle mlp", "unknown option --modle; see layerscope view --help"},
    {"train --stesp 5", "unknown option --stesp; see layerscope train --help"},
    {"train --step 5", "unknown option --step;"},
    {"train -s 5", "unknown option -s;"},
    {"train \"$(printf '\\033[2J')\"", "unexpected argument \"\\x1b[2J\"; see"},
    {"train --", "unknown option --;"},
    {"train --=5", "unknown option --=5;"},
    {"train --steps", "--steps needs a value: --steps N"},
    {"train --steps=", "--steps needs a value"},
    {"train --steps ''", "--steps needs a value"},
    {"train --steps abc", "--steps: expected a whole number from 0 to 1000000000, found \"abc\""},
    {"train --steps -3", "found \"-3\""},
    {"train --steps 5x", "found \"5x\""},
    {"train --steps 1e3", "found \"1e3\""},
    {"train --steps 99999999999999999999", "found \"99999999999999999999\""},
    {"train --epochs 0", "--epochs: expected a number above 0"},
    {"train --epochs nan", "found \"nan\""},
    {"train --steps 3 --epochs 1", "--steps and --epochs exclude each other"},
    {"train --lr 0", "--lr: expected a number above 0"},
    {"train --lr -0.1", "found \"-0.1\""},
    {"train --lr inf", "found \"inf\""},
    {"train --batch 0", "--batch: expected a whole number from 1 to 65536, found \"0\""},
    {"train --batch 65537", "found \"65537\""},
    {"train --threads 1000", "--threads: expected a whole number from 0 to 256"},
    {"train --seed -1", "--seed: expected"},
    {"train --backend gpu", "--backend: expected auto, cpu, cuda or reference, found \"gpu\""},
    {"train --optimizer lion",
     "--optimizer: expected sgd, momentum, nesterov, rmsprop, adam or adamw, found \"lion\""},
    {"train --weight-decay -0.1", "--weight-decay: expected a number from 0 to 1, found \"-0.1\""},
    {"train --weight-decay nan", "--weight-decay: expected a number from 0 to 1, found \"nan\""},
    {"info --weight-decay 0.1", "--weight-decay is not an option of info"},
    {"train --fps 30", "--fps is not an option of train; it belongs to: record"},
    {"train --probe 3", "--probe is not an option of train"},
    {"train --autosave -1", "--autosave: expected a number from 0 to 10000, found \"-1\""},
    {"record a.mp4 --autosave 5", "--autosave is not an option of record; it belongs to: view, train"},
    {"info --save x", "--save is not an option of info; it belongs to: view, train, record"},
    {"dump x --json y", "--json is not an option of dump"},
    {"train extra", "unexpected argument \"extra\"; see layerscope train --help"},
    {"--model mlp train", "the command comes before its options: layerscope train [OPTIONS]"},
    {"dump", "dump needs a file to write: layerscope dump FILE.safetensors"},
    {"dump a b", "unexpected argument \"b\""},
    {"record", "record needs a file to write"},
    {"screenshot --steps 3", "screenshot needs a file to write"},
    {"train --quiet=yes", "--quiet takes no value"},
    {"train --save a --log a", "--save and --log are both a"},
    {"train --save ./a --json a", "--save and --json are both a"},
    {"record .//a.mp4 --json ./a.mp4", "the output and --json are both ./a.mp4"},
    {"train --optimizer momentum --momentum 1",
     "--momentum: expected a number from 0 to 0.999999, found \"1\""},
    {"dump a.st --probe cycle", "--probe: expected a whole number"},
    {"dump a.st --probe 10000", "--probe: MNIST has 10000 test samples; expected 0 to 9999, found 10000"},
    {"info --data circle:nose=1", "--data circle: unknown option nose; expected one of: label"},
    {"info --data circle:noise=loud", "--data circle: noise: expected a number from 0 to 10, found \"loud\""},
    {"info --data circle:noise=", "--data circle: noise: needs a value: noise=X"},
    {"info --data circle:noise", "--data circle: \"noise\": expected NAME=VALUE"},
    {"info --data circle:seed=1,seed=2", "--data circle: seed is given twice"},
    {"info --data circle:classes=3", "classes belongs to gaussians and spiral"},
    {"info --data circle:header=no", "header is no option of generated data; it belongs to: CSV"},
    {"info --data mnist:split=0.5", "split is no option of IDX files"},
    {"info --data circle:split=0", "expected a share such as 0.2 or a number of samples, found \"0\""},
    {"view --size 10x10", "--size: expected WIDTHxHEIGHT, each from 16 to 8192"},
    {"view --size 1280", "found \"1280\""},
    {"view --size 1280x720x3", "found \"1280x720x3\""},
    {"view --theme blue", "--theme: expected dark or light, found \"blue\""},
    {"view --hud some", "--hud: expected full, legend or none, found \"some\""},
    {"view --camera behind", "--camera: expected three-quarter, front, side, top, film"},
    {"record a.mp4 --fps 0", "--fps: expected a whole number from 1 to 240"},
    {"record a.mp4 --seconds 0", "--seconds: expected a number above 0"},
    {"record a.mp4 --seconds 1 --frames 3", "--seconds and --frames exclude each other"},
};

static void wrong_usage_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *command = ls_sprintf("$LAYERSCOPE %s", wrong[i].arguments);
        const struct program_result result = workplace_expect(2, wrong[i].expected, command);
        const char *line_end = strchr(result.err, '\n');
        if (result.out[0] || strncmp(result.err, "layerscope: error: ", 19) != 0 || !line_end || line_end[1])
            fail_msg("%s: expected one line on stderr, found out: %s err: %s", command, result.out,
                     result.err);
        free(command);
    }
}

static bool takes(enum command command, const char *option)
{
    for (int o = 0; o < option_row_count; o++)
        if (strcmp(option_rows[o].name, option) == 0 && (option_rows[o].commands & 1u << command))
            return true;
    return false;
}

static void help_lists_every_option(void **state)
{
    (void)state;
    for (int c = 0; c < COMMAND_COUNT; c++) {
        char *command = ls_sprintf("$LAYERSCOPE %s --help", command_rows[c].name);
        const struct program_result result = workplace_expect(0, command_rows[c].text, command);
        for (int o = 0; o < option_row_count; o++) {
            char name[40];
            snprintf(name, sizeof name, "\n  --%s ", option_rows[o].name);
            const bool listed = strstr(result.out, name) != NULL;
            if (listed != takes((enum command)c, option_rows[o].name))
                fail_msg("%s: --%s is %s", command, option_rows[o].name, listed ? "listed" : "missing");
        }
        free(command);
    }
}

static void program_help_lists_every_command(void **state)
{
    (void)state;
    static const char *const spellings[] = {"$LAYERSCOPE --help", "$LAYERSCOPE -h"};
    for (int i = 0; i < 2; i++) {
        const struct program_result result = workplace_expect(0, "Usage: layerscope [COMMAND]", spellings[i]);
        for (int c = 0; c < COMMAND_COUNT; c++)
            assert_non_null(strstr(result.out, command_rows[c].text));
    }
    workplace_expect(0, "layerscope " LS_VERSION "\n", "$LAYERSCOPE --version");
    workplace_expect(0, "layerscope " LS_VERSION "\n", "$LAYERSCOPE train --version");
}

/* "steps-per-frame" as troff writes it: "\\-\\-steps\\-per\\-frame". */
static char *in_troff(const char *option)
{
    char *text = ls_strdup("\\-\\-");
    for (; *option; option++) {
        char *longer = ls_sprintf(*option == '-' ? "%s\\%c" : "%s%c", text, *option);
        free(text);
        text = longer;
    }
    return text;
}

/* The help of every command, the manual and docs/file-formats.md name the options of --data. */
static void options_of_data_are_documented(void **state)
{
    (void)state;
    struct error err = {0};
    char *paths[] = {file_resource("docs/layerscope.1"), file_resource("docs/file-formats.md")};
    const struct program_result help = workplace_expect(0, "Data: --data", "$LAYERSCOPE info --help");
    for (int i = 0; i < 2; i++) {
        size_t size;
        char *page = file_read(paths[i], SIZE_MAX, &size, &err);
        if (!page)
            fail_msg("%s", err.message);
        for (int o = 0; o < data_option_row_count; o++) {
            char *name = ls_sprintf(i ? "\n| `%s=" : "\n.B %s\\fR=", data_option_rows[o].name);
            char *listed = ls_sprintf("\n  %s=%s ", data_option_rows[o].name, data_option_rows[o].argument);
            if (!strstr(page, name))
                fail_msg("%s does not name %s", paths[i], data_option_rows[o].name);
            if (!strstr(help.out, listed))
                fail_msg("help does not name %s", data_option_rows[o].name);
            free(name);
            free(listed);
        }
        free(page);
        free(paths[i]);
    }
}

static void the_manual_names_every_option(void **state)
{
    (void)state;
    char *path = file_resource("docs/layerscope.1");
    struct error err = {0};
    size_t size;
    char *page = file_read(path, SIZE_MAX, &size, &err);
    if (!page)
        fail_msg("%s", err.message);
    for (int o = 0; o < option_row_count; o++) {
        char *name = in_troff(option_rows[o].name);
        if (!strstr(page, name))
            fail_msg("docs/layerscope.1 does not name --%s", option_rows[o].name);
        free(name);
    }
    free(page);
    free(path);
}

static void a_full_output_fails(void **state)
{
    (void)state;
    workplace_expect(1, "standard output cannot be written: No space left", "$LAYERSCOPE --help > /dev/full");
    workplace_expect(1, "standard output cannot be written: No space left", "$LAYERSCOPE info > /dev/full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_usage_is_named),
        cmocka_unit_test(help_lists_every_option),
        cmocka_unit_test(program_help_lists_every_command),
        cmocka_unit_test(the_manual_names_every_option),
        cmocka_unit_test(options_of_data_are_documented),
        cmocka_unit_test(a_full_output_fails),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
