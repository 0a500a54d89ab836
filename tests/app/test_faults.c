/* Disks without room, devices, closed pipes, signals, and two programs that write the same file. */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workplace.h"

#define TRAIN "$LAYERSCOPE train --data spiral --model mlp-64-32 --threads 1 --quiet "

static int prepare(void **state)
{
    const int status = workplace_set_up(state);
    char place[128];
    snprintf(place, sizeof place, "%s/state", workplace_path());
    return status != 0 ? status : setenv("XDG_STATE_HOME", place, 1);
}

static void devices_stay_devices(void **state)
{
    (void)state;
    workplace_expect(0, NULL, TRAIN "--steps 2 --overwrite --json /dev/null && test -c /dev/null");
    workplace_expect(0, "\"steps\"", TRAIN "--steps 2 --json /dev/stdout");
    workplace_expect(0, NULL,
                     "mkfifo pipe && { cat pipe > copy.st & } && " TRAIN
                     "--steps 2 --overwrite --save pipe && wait "
                     "&& test -p pipe && " TRAIN "--steps 0 --load copy.st");
}

static void outputs_are_checked_before_the_work(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "echo mine > taken; ln -s taken link; mkdir folder");
    static const char *const commands[] = {TRAIN "--steps 100000000 --save ",
                                           TRAIN "--steps 100000000 --log ",
                                           TRAIN "--steps 100000000 --json ",
                                           "$LAYERSCOPE dump ",
                                           "$LAYERSCOPE info --json ",
                                           "$LAYERSCOPE bench --json ",
                                           "$LAYERSCOPE record --seconds 3000 --save ",
                                           "$LAYERSCOPE view --save "};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char command[256];
        snprintf(command, sizeof command, "%s link%s", commands[i],
                 strstr(commands[i], "record") ? " f.mp4" : "");
        workplace_expect(1, "link: exists already; pass --overwrite", command);
    }
    workplace_expect(1, "folder: is a folder", TRAIN "--save folder");
    workplace_expect(0, NULL, "test \"$(cat taken)\" = mine");
}

/* The second is refused before it trains; the first ends with a whole file. */
static void a_second_program_is_refused(void **state)
{
    (void)state;
    workplace_expect(130, NULL,
                     TRAIN "--steps 100000000 --save both.st & first=$!; "
                           "while ! ls both.st.*.part > started 2> /dev/null; do sleep 0.05; done; " TRAIN
                           "--steps 100000000 --save both.st --overwrite 2> second; echo $? >> second; "
                           "kill -TERM $first; wait $first");
    workplace_expect(0, "both.st: is being written by another program", "cat second; grep -qx 1 second");
    workplace_expect(0, NULL, TRAIN "--steps 0 --load both.st && ! ls both.st.*");
}

static void a_full_disk_is_told_at_once(void **state)
{
    (void)state;
    const struct program_result result = workplace_expect(
        1, "warning: /dev/full: cannot be written: No space left on device; training goes on",
        TRAIN "--steps 40 --log /dev/full --save beside.st");
    assert_non_null(strstr(result.err, "error: /dev/full: cannot be written: No space left on device\n"));
    workplace_expect(0, NULL, TRAIN "--steps 0 --load beside.st");
}

/* 10 blocks of 512 bytes: neither a checkpoint nor many rows. */
static void a_limit_of_size_keeps_whole_rows(void **state)
{
    (void)state;
    const struct program_result result = workplace_expect(
        1, "rows.csv: cannot be written: File too large; it ends with the rows written before",
        "ulimit -f 10; " TRAIN "--steps 2000 --log rows.csv --save big.st --autosave 0");
    assert_non_null(strstr(result.err, "error: big.st: cannot be written: File too large\n"));
    workplace_expect(0, NULL,
                     "test $(wc -l < rows.csv) -gt 20 && test $(tail -c 1 rows.csv | wc -l) = 1 && "
                     "test $(tail -n 1 rows.csv | tr -cd , | wc -c) = 7 && ! ls *.part big.st*");
}

/* What --save has no room for is tried at the place of autosaves. */
static void a_failed_save_goes_elsewhere(void **state)
{
    (void)state;
    workplace_expect(1, "/dev/full: cannot be written: No space left on device; the run is saved as ",
                     TRAIN "--steps 3 --save /dev/full");
    workplace_expect(0, NULL, TRAIN "--steps 0 --load state/layerscope/*.safetensors");
}

static void an_interruption_without_room_is_a_failure(void **state)
{
    (void)state;
    const struct program_result result =
        program_interrupt(workplace_path(), "ulimit -f 10; exec " TRAIN "--steps 100000000 --log full.csv",
                          "full.csv.*.part", 0.3);
    assert_int_equal(result.status, 1);
    workplace_expect(0, NULL, "! ls state/layerscope/*.part");
    const struct program_result unlogged =
        program_interrupt(workplace_path(), "ulimit -f 10; exec " TRAIN "--steps 100000000 --json full.json",
                          "full.json.*.part", 0.3);
    assert_int_equal(unlogged.status, 1);
    assert_non_null(strstr(unlogged.err, "; the run could not be saved: "));
    assert_non_null(strstr(unlogged.err, "File too large"));
}

static void a_closed_terminal_saves(void **state)
{
    (void)state;
    static const int signals[] = {SIGHUP, SIGQUIT, SIGTERM, SIGXCPU};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        const struct program_result result =
            program_signal(workplace_path(), "exec " TRAIN "--steps 100000000 --overwrite --save hung.st",
                           "hung.st.*.part", 0.1, signals[i]);
        assert_int_equal(result.status, 130);
        workplace_expect(0, NULL, TRAIN "--steps 0 --load hung.st");
    }
    /* Under nohup it goes on, until somebody means it. */
    workplace_expect(130, NULL,
                     "trap '' HUP; " TRAIN "--steps 100000000 --json on.json & first=$!; "
                     "while ! ls on.json.*.part > started 2> /dev/null; do sleep 0.05; done; "
                     "kill -HUP $first; sleep 0.5; kill -TERM $first; wait $first");
}

static void closed_streams_are_errors_of_writing(void **state)
{
    (void)state;
    workplace_expect(0, "standard output cannot be written: Broken pipe",
                     "{ " TRAIN
                     "--steps 3 --save piped.st --json - ; echo $? > status; } | true; cat status");
    workplace_expect(0, NULL, "grep -qx 1 status && " TRAIN "--steps 0 --load piped.st");
    workplace_expect(1, "standard output cannot be written", TRAIN "--steps 3 --save closed.st --json - >&-");
    workplace_expect(0, NULL, TRAIN "--steps 0 --load closed.st");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Libraries of the binary take 160 MiB of address space by themselves, drivers much more. */
static void limits_of_memory_are_errors(void **state)
{
    (void)state;
    workplace_expect(
        1, "error: out of memory (",
        "echo '{\"layers\": [{\"class_name\": \"Flatten\"}, {\"class_name\": \"Dense\", \"config\": "
        "{\"units\": 8192}}, {\"class_name\": \"Dense\", \"config\": {\"units\": 8192}}, "
        "{\"class_name\": \"Dense\", \"config\": {\"units\": null, \"activation\": \"softmax\"}}]}' "
        "> large.json; ulimit -v 500000; $LAYERSCOPE train --model large.json --steps 1 --quiet");
    workplace_expect(
        1, "drawing needs about",
        "ulimit -v 500000; $LAYERSCOPE screenshot x.png --model points --steps 1 --threads 1 --quiet");
    /* Where it is enough for a context and not for all, what comes depends on the driver. */
    for (int mib = 850; mib <= 950; mib += 50) {
        char command[256];
        snprintf(
            command, sizeof command,
            "ulimit -v %d; $LAYERSCOPE screenshot x.png --overwrite --model points --steps 1 --threads 1 "
            "--quiet",
            mib << 10);
        const struct program_result result = program_run(workplace_path(), command);
        if (result.status != 0 && result.status != 1)
            fail_msg("%s\nexit status %d: %s", command, result.status, result.err);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_stay_devices),
        cmocka_unit_test(outputs_are_checked_before_the_work),
        cmocka_unit_test(a_second_program_is_refused),
        cmocka_unit_test(a_full_disk_is_told_at_once),
        cmocka_unit_test(a_limit_of_size_keeps_whole_rows),
        cmocka_unit_test(a_failed_save_goes_elsewhere),
        cmocka_unit_test(an_interruption_without_room_is_a_failure),
        cmocka_unit_test(a_closed_terminal_saves),
        cmocka_unit_test(closed_streams_are_errors_of_writing),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(limits_of_memory_are_errors),
#endif
    };
    return cmocka_run_group_tests(tests, prepare, workplace_tear_down);
}
