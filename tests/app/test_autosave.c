/* Runs that go on from files, as a user goes on with them: what a checkpoint says of its run, autosaves by
 * time and on Ctrl-C. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workplace.h"

#define FEW "--model mlp --data circle:samples=200,seed=4 --threads 1 --quiet "

/* Steps of one run in the middle of which another one was saved: the logs are the same. */
static void a_checkpoint_says_how_to_go_on(void **state)
{
    (void)state;
    const char *const how[] = {"--optimizer momentum --seed 5 --batch 12 --lr 0.02",
                               "--optimizer sgd --seed 6", ""};
    for (int i = 0; i < 3; i++) {
        char *command =
            ls_sprintf("rm -f *.csv *.st; $LAYERSCOPE train " FEW "%s --steps 31 --log whole.csv && "
                       "$LAYERSCOPE train " FEW "%s --steps 17 --save half.st",
                       how[i], how[i]);
        workplace_expect(0, NULL, command);
        free(command);
        workplace_expect(0, "half.st: MLP goes on from step 17, epoch ",
                         "$LAYERSCOPE train --threads 1 --load half.st --steps 14 --log rest.csv");
        workplace_expect(
            0, NULL,
            "tail -n 14 whole.csv > a; tail -n 14 rest.csv > b; cut -d, -f1-6 a > c; cut -d, -f1-6 b > d; "
            "cmp c d");
    }
}

static void options_come_first(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "$LAYERSCOPE train " FEW "--optimizer momentum --seed 5 --steps 9 --save m.st");
    workplace_expect(0, "m.st: holds the state of momentum; adam starts without a past",
                     "$LAYERSCOPE train --load m.st --steps 1 --optimizer adam");
    workplace_expect(0, "goes on from step 9, epoch 3.00, with learning rate 0.25, batch 10, seed 7",
                     "$LAYERSCOPE train --load m.st --steps 1 --lr 0.25 --batch 10 --seed 7 --data "
                     "circle:samples=38,split=8");
    workplace_expect(0, "m.st: was trained on 160 samples; training goes on with these 30",
                     "$LAYERSCOPE train --load m.st --steps 1 --data circle:samples=38,split=8");
    workplace_expect(1,
                     "m.st: tensor \"dense1.weight\": expected shape (64, 10), found (128, 2); is it the "
                     "checkpoint of another model?",
                     "$LAYERSCOPE train --load m.st --model mlp-linear --data random");
}

static void data_are_found_from_any_folder(void **state)
{
    (void)state;
    workplace_expect(
        0, NULL, "mkdir -p elsewhere; printf 'a,b,label\\n1,2,x\\n2,1,y\\n1,3,x\\n3,1,y\\n5,6,x\\n' > p.csv");
    workplace_expect(0, NULL,
                     "$LAYERSCOPE train --model mlp --data p.csv:label=3 --steps 2 --quiet --save p.st");
    workplace_expect(0, "goes on from step 2", "cd elsewhere && $LAYERSCOPE train --load ../p.st --steps 1");
    workplace_expect(0, NULL, "rm p.csv");
    workplace_expect(
        1, "p.st names its data; give others with --data: ", "$LAYERSCOPE train --load p.st --steps 1");
    workplace_expect(0, NULL, "$LAYERSCOPE train --load p.st --data circle --steps 1");
}

/* The command that the message ends with. */
static char *command_to_go_on(const char *text)
{
    const char *begin = strstr(text, "go on with: layerscope ");
    if (!begin)
        fail_msg("expected to read how to go on in: %s", text);
    begin += strlen("go on with: layerscope ");
    return ls_sprintf("$LAYERSCOPE %.*s", (int)strcspn(begin, "\n"), begin);
}

static void an_interrupted_run_goes_on(void **state)
{
    (void)state;
    char *place = ls_sprintf("%s/runs/state", workplace_path());
    setenv("XDG_STATE_HOME", place, 1);
    const struct program_result result = program_interrupt(
        workplace_path(), "exec $LAYERSCOPE train " FEW "--steps 100000000 --autosave 0.002 --log begun.csv",
        "runs/state/layerscope", 0.5);
    if (result.status != 130)
        fail_msg("exit status %d, expected 130; err: %s", result.status, result.err);
    /* One file, though it was saved many times; nobody else may read it. */
    workplace_expect(0, NULL, "test $(ls runs/state/layerscope | wc -l) = 1");
    workplace_expect(0, "drwx------", "ls -ld runs/state/layerscope");
    workplace_expect(0, NULL,
                     "ls runs/state/layerscope | grep -Eq '^MLP-[0-9]{8}-[0-9]{6}-[0-9]+\\.safetensors$'");
    char *go_on = command_to_go_on(result.err);
    const char *left = strstr(go_on, "--steps ");
    assert_non_null(left);
    const unsigned long long taken = 100000000ULL - strtoull(left + 8, NULL, 10);
    assert_non_null(strstr(left, " --threads 1"));
    char *short_run = ls_sprintf("%.*s--steps 9 --threads 1 --quiet --log rest.csv --overwrite",
                                 (int)(left - go_on), go_on);
    workplace_expect(0, NULL, short_run);
    char *whole = ls_sprintf("$LAYERSCOPE train " FEW "--steps %llu --log whole.csv --overwrite", taken + 9);
    workplace_expect(0, NULL, whole);
    workplace_expect(
        0, NULL,
        "tail -n 9 whole.csv | cut -d, -f1-6 > a1; tail -n 9 rest.csv | cut -d, -f1-6 > b1; cmp a1 b1");
    free(whole);
    free(short_run);
    free(go_on);
    free(place);
}

/* A name that a terminal would act on is spelled so that bash reads it back. */
static void any_name_can_be_gone_on_with(void **state)
{
    (void)state;
    const struct program_result result =
        program_interrupt(workplace_path(),
                          "exec $LAYERSCOPE train " FEW
                          "--steps 100000000 --log named.csv --save \"$(printf 'a\\n\\033[1m\\\\b')'.st\"",
                          "named.csv.*.part", 0.1);
    assert_int_equal(result.status, 130);
    assert_non_null(strstr(result.err, "--load $'a\\n\\x1b[1m\\\\b\\'.st'"));
    char *go_on = command_to_go_on(result.err);
    *strstr(go_on, "--steps ") = '\0';
    char *script = ls_sprintf("cat > go.sh <<'END'\n%s --steps 0\nEND\nbash go.sh", go_on);
    workplace_expect(0, "0/0 steps  0/s  test loss ", script);
    free(script);
    free(go_on);
}

/* The ten written last stay, the new one among them; other models' files and strangers stay too. */
static void old_autosaves_go(void **state)
{
    (void)state;
    char *place = ls_sprintf("%s/many", workplace_path());
    setenv("XDG_STATE_HOME", place, 1);
    workplace_expect(0, NULL,
                     "mkdir -p many/layerscope && cd many/layerscope && for i in $(seq 10 25); do "
                     "touch -d \"2020-01-01 00:00:$i\" MLP-20200101-0000$i-7.safetensors; done; "
                     "touch -d 2019-01-01 MLP-64-64-20190101-000000-7.safetensors "
                     "MLP-20190101-000000-7-2.safetensors MLP-mine.safetensors MLP-20190101-000000-7.txt "
                     "LeNet-5-20190101-000000-7.safetensors");
    const struct program_result result = program_interrupt(
        workplace_path(), "exec $LAYERSCOPE train " FEW "--steps 100000000 --log pruned.csv",
        "pruned.csv.*.part", 0.3);
    assert_int_equal(result.status, 130);
    workplace_expect(
        0, NULL,
        "cd many/layerscope && test $(ls | grep -Ec '^MLP-20200101-0000(1[7-9]|2[0-5])-7') = 9 && "
        "test $(ls | wc -l) = 14 && ls MLP-64-64-2019* MLP-mine* MLP-2019*.txt LeNet-5-2019* && "
        "! ls MLP-20190101-000000-7-2.safetensors");
    free(place);
}

static void autosaves_can_be_refused(void **state)
{
    (void)state;
    char *place = ls_sprintf("%s/none", workplace_path());
    setenv("XDG_STATE_HOME", place, 1);
    const struct program_result result = program_interrupt(
        workplace_path(),
        "exec $LAYERSCOPE train " FEW "--steps 100000000 --autosave 0 --log off.csv --overwrite",
        "off.csv.*.part", 0.3);
    assert_int_equal(result.status, 130);
    assert_non_null(strstr(result.err, "; the run was not saved (--autosave 0)"));
    assert_false(workplace_has("none"));
    free(place);
}

static void homes_may_be_unusable(void **state)
{
    (void)state;
    /* A relative folder counts as none. */
    setenv("XDG_STATE_HOME", "relative", 1);
    char *home = ls_sprintf("%s/home", workplace_path());
    setenv("HOME", home, 1);
    const struct program_result saved = program_interrupt(
        workplace_path(), "exec $LAYERSCOPE train " FEW "--steps 100000000 --log 1.csv --overwrite",
        "1.csv.*.part", 0.3);
    assert_int_equal(saved.status, 130);
    assert_true(workplace_has("home/.local/state/layerscope"));
    assert_non_null(strstr(saved.err, "/home/.local/state/layerscope/MLP-"));

    setenv("HOME", "/proc/nothing", 1);
    const struct program_result result = program_interrupt(
        workplace_path(),
        "exec $LAYERSCOPE train " FEW "--steps 100000000 --autosave 0.002 --log 2.csv --overwrite",
        "2.csv.*.part", 0.5);
    assert_int_equal(result.status, 1); /* not all that an interruption promises was done */
    assert_non_null(strstr(result.err,
                           "warning: autosave failed, training goes on: autosave: the folder /proc/nothing "
                           "cannot be made"));
    assert_non_null(strstr(result.err, "; the run could not be saved: autosave: the folder /proc/nothing"));
    assert_true(workplace_has("2.csv"));
    free(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_says_how_to_go_on), cmocka_unit_test(options_come_first),
        cmocka_unit_test(data_are_found_from_any_folder), cmocka_unit_test(an_interrupted_run_goes_on),
        cmocka_unit_test(any_name_can_be_gone_on_with),   cmocka_unit_test(old_autosaves_go),
        cmocka_unit_test(autosaves_can_be_refused),       cmocka_unit_test(homes_may_be_unusable),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
