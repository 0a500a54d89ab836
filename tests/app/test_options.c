/* Every option either does what it says or is refused: each row of the table has an entry here that says what
 * it changes, for a built-in network, a model file without an optimizer, one of Keras and a checkpoint. */
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wordexp.h>

#include "app/autosave.h"
#include "app/commands.h"
#include "app/option_table.h"
#include "app/session.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/rng.h"

static char folder[] = "/tmp/layerscope-options-XXXXXX";

static const char own_model[] =
    "{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"units\": 3, \"activation\": \"tanh\"}},"
    "{\"class_name\": \"Dense\", \"config\": {\"units\": null, \"activation\": \"softmax\"}}]}";
static const char keras_model[] =
    "{\"class_name\": \"Sequential\", \"config\": {\"name\": \"k\", \"layers\": ["
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"a\", \"units\": 3, \"activation\": \"relu\","
    " \"batch_input_shape\": [null, 2]}},"
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"b\", \"units\": 2, \"activation\": \"softmax\"}}]},"
    " \"keras_version\": \"2.11.0\", \"backend\": \"tensorflow\"}";

#define DATA "--data circle:samples=90"
enum { KINDS = 4, BUILT_IN = 0, CHECKPOINT = 3 };
static const char *const kinds[KINDS] = {"--model points " DATA, "--model own.json " DATA,
                                         "--model keras.json " DATA, "--load past.safetensors"};

/* ---- what an option is seen to change ---- */

static double rate(const struct session *s) { return (double)trainer_learning_rate(s->trainer); }
static double batch(const struct session *s) { return trainer_batch(s->trainer); }
static double seed(const struct session *s) { return (double)trainer_seed(s->trainer); }
static double threads(const struct session *s) { return compute_threads(trainer_compute(s->trainer)); }
static double backend(const struct session *s) { return compute_backend(trainer_compute(s->trainer)); }
static double optimizer(const struct session *s) { return trainer_optimizer(s->trainer)->kind; }
static double schedule(const struct session *s) { return trainer_schedule(s->trainer)->kind; }
static double momentum(const struct session *s) { return (double)trainer_optimizer(s->trainer)->momentum; }
static double decay(const struct session *s) { return (double)trainer_optimizer(s->trainer)->weight_decay; }
static double clip_value(const struct session *s)
{
    return (double)trainer_optimizer(s->trainer)->clip_value;
}
static double clip_norm(const struct session *s) { return (double)trainer_optimizer(s->trainer)->clip_norm; }
static double noise(const struct session *s) { return (double)trainer_optimizer(s->trainer)->noise; }
static double l1(const struct session *s) { return (double)s->recipe.l1; }
static double l2(const struct session *s) { return (double)s->recipe.l2; }
static double layers(const struct session *s) { return s->network->layer_count; }
static double samples(const struct session *s) { return s->data->train.count; }
static double steps_taken(const struct session *s) { return (double)trainer_steps_taken(s->trainer); }

/* What is drawn, without drawing it. */
static double theme(const struct view_desc *d) { return d->theme; }
static double hud(const struct view_desc *d) { return d->hud; }
static double camera(const struct view_desc *d) { return d->camera; }
static double gradients(const struct view_desc *d) { return d->gradients; }
static double unfolded(const struct view_desc *d) { return d->unfolded; }

/* `beside`: options that it needs, given in both runs that are compared. */
static const struct effect {
    const char *option;
    unsigned commands;
    const char *value, *beside;
    double (*session)(const struct session *session);
    double (*view)(const struct view_desc *desc);
    double expected;
    bool trains;        /* parameters differ after some steps */
    const char *tested; /* another test of this program, or another program, shows it */
} effects[] = {
    {"model", ON_ALL, "mlp-64-32", "", layers, NULL, 5, true, NULL},
    {"data", ON_ALL, "xor:samples=50", "", samples, NULL, 40, true, NULL},
    {"batch", ON_ALL, "7", "", batch, NULL, 7, true, NULL},
    {"epochs", ON(TRAIN), "2", "", NULL, NULL, 0, false, "steps_and_epochs_are_taken"},
    {"steps", ON(TRAIN), "5", "", NULL, NULL, 0, false, "steps_and_epochs_are_taken"},
    {"steps", ON(VIEW), "5", "", NULL, NULL, 0, false, "test_window"},
    {"steps", ON(RECORD) | ON(SCREENSHOT), "5", "", NULL, NULL, 0, false, "test_record"},
    {"steps", ON(DUMP), "5", "", NULL, NULL, 0, false, "test_dump"},
    {"optimizer", ON_ALL, "rmsprop", "", optimizer, NULL, OPTIMIZER_RMSPROP, true, NULL},
    {"lr", ON_ALL, "0.0003", "", rate, NULL, 0.0003, true, NULL},
    {"schedule", ON_ALL, "step:steps=1,factor=0.5", "", schedule, NULL, SCHEDULE_STEP, true, NULL},
    {"momentum", ON_ALL, "0.5", "--optimizer momentum", momentum, NULL, 0.5, true, NULL},
    {"weight-decay", ON_ALL, "0.125", "", decay, NULL, 0.125, true, NULL},
    {"l1", ON_ALL, "0.25", "", l1, NULL, 0.25, true, NULL},
    {"l2", ON_ALL, "0.25", "", l2, NULL, 0.25, true, NULL},
    {"clip-value", ON_ALL, "0.001", "", clip_value, NULL, 0.001, true, NULL},
    {"clip-norm", ON_ALL, "0.001", "", clip_norm, NULL, 0.001, true, NULL},
    {"gradient-noise", ON_ALL, "0.25", "", noise, NULL, 0.25, true, NULL},
    {"init", ON_ALL, "he_normal", "", NULL, NULL, 0, true, NULL},
    {"seed", ON_ALL, "9", "", seed, NULL, 9, true, NULL},
    {"threads", ON_ALL, "3", "--backend cpu", threads, NULL, 3, false, NULL},
    {"backend", ON_ALL, "reference", "", backend, NULL, BACKEND_REFERENCE, false, NULL},
    {"load", ON_ALL, "past.safetensors", "", steps_taken, NULL, 4, true, NULL},
    {"save", ON_ALL, "out.st", "", NULL, NULL, 0, false, "files_are_written"},
    {"autosave", ON_ALL, "3", "", NULL, NULL, 0, false, "test_autosave"},
    {"log", ON_ALL, "out.csv", "", NULL, NULL, 0, false, "files_are_written"},
    {"json", ON_ALL, "out.json", "", NULL, NULL, 0, false, "files_are_written"},
    {"size", ON_ALL, "64x48", "", NULL, NULL, 0, false, "test_record, test_window"},
    {"fullscreen", ON_ALL, NULL, "", NULL, NULL, 0, false, "test_window"},
    {"monitor", ON_ALL, "1", "", NULL, NULL, 0, false, "test_window: without a second one it is an error"},
    {"fps", ON_ALL, "12", "", NULL, NULL, 0, false, "test_record"},
    {"seconds", ON_ALL, "3", "", NULL, NULL, 0, false, "test_record, test_window"},
    {"frames", ON_ALL, "3", "", NULL, NULL, 0, false, "test_record, test_window"},
    {"steps-per-frame", ON_ALL, "3", "", NULL, NULL, 0, false, "test_record"},
    {"camera", ON_ALL, "top", "", NULL, camera, CAMERA_TOP, false, NULL},
    {"show", ON_ALL, "both", "", NULL, gradients, GRADIENTS_STACKED, false, NULL},
    {"unfold", ON_ALL, NULL, "", NULL, unfolded, 1, false, NULL},
    {"theme", ON_ALL, "light", "", NULL, theme, THEME_LIGHT, false, NULL},
    {"hud", ON_ALL, "none", "", NULL, hud, HUD_NONE, false, NULL},
    {"probe", ON_ALL, "2", "", NULL, NULL, 0, false, "test_truth, test_dump"},
    {"overwrite", ON_ALL, NULL, "", NULL, NULL, 0, false, "files_are_written"},
    {"quiet", ON_ALL, NULL, "", NULL, NULL, 0, false, "test_train"},
    {"help", ON_ALL, NULL, "", NULL, NULL, 0, false, "test_usage"},
    {"version", ON_ALL, NULL, "", NULL, NULL, 0, false, "test_usage"},
};
enum { EFFECT_COUNT = sizeof effects / sizeof *effects };

/* ---- command lines ---- */

/* The words point into `line`, which outlives the options. */
static bool parse(struct options *o, char *line, struct error *err)
{
    char *argv[40] = {"layerscope"};
    int argc = 1;
    for (char *word, *rest = line; (word = strsep(&rest, " "));)
        if (*word)
            argv[argc++] = word;
    return options_parse(o, argc, argv, err);
}

static char *with_option(const char *line, const struct effect *effect, bool given)
{
    if (!given)
        return ls_sprintf("%s %s", line, effect->beside);
    return ls_sprintf("%s %s --%s %s", line, effect->beside, effect->option,
                      effect->value ? effect->value : "");
}

static const struct effect *find_effect(const char *option, enum command command)
{
    for (int i = 0; i < EFFECT_COUNT; i++)
        if (strcmp(effects[i].option, option) == 0 && (effects[i].commands & 1u << command))
            return &effects[i];
    return NULL;
}

static char *command_line(enum command command, const char *more)
{
    static const char *const outputs[COMMAND_COUNT] = {
        [COMMAND_RECORD] = "film.mp4", [COMMAND_SCREENSHOT] = "a.png", [COMMAND_DUMP] = "a.safetensors"};
    return ls_sprintf("%s %s %s", command_rows[command].name, outputs[command] ? outputs[command] : "", more);
}

static void parse_or_fail(struct options *o, char *line)
{
    struct error err = {0};
    char *text = ls_strdup(line);
    if (!parse(o, line, &err))
        fail_msg("%s: %s", text, err.message);
    free(text);
}

static void an_option_changes_the_options_of_its_commands(const struct option_row *row, enum command command)
{
    const struct effect *effect = find_effect(row->name, command);
    if (!effect)
        fail_msg("--%s of %s: say in effects[] what it changes", row->name, command_rows[command].name);
    if (!effect->session && !effect->view && !effect->trains && !effect->tested)
        fail_msg("--%s: nothing shows what it does", row->name);
    char *plain = command_line(command, ""), *without = with_option(plain, effect, false),
         *with = with_option(plain, effect, true);
    struct options before, after;
    /* The help row takes whatever else is missing. */
    parse_or_fail(&before, without);
    parse_or_fail(&after, with);
    assert_true(after.given != before.given);
    after.given = before.given;
    after.output = before.output;
    if (memcmp(&before, &after, sizeof before) == 0)
        fail_msg("%s --%s %s changes no option", command_rows[command].name, row->name,
                 effect->value ? effect->value : "");
    free(plain);
    free(without);
    free(with);
}

static void every_row_says_what_it_changes(void **state)
{
    (void)state;
    for (int r = 0; r < option_row_count; r++)
        for (int c = 0; c < COMMAND_COUNT; c++)
            if (option_rows[r].commands & 1u << c)
                an_option_changes_the_options_of_its_commands(&option_rows[r], (enum command)c);
}

/* ---- training ---- */

enum { STEPS = 3 };

struct outcome {
    struct session session;
    struct options options;
    char *line;
    float *parameters;
};

/* Takes the line over. */
static void open_session(struct outcome *outcome, char *line)
{
    struct error err = {0};
    outcome->line = line;
    char *text = ls_strdup(line);
    if (!parse(&outcome->options, line, &err) ||
        !session_init(&outcome->session, &outcome->options, false, &err))
        fail_msg("%s: %s", text, err.message);
    free(text);
    outcome->parameters =
        ls_calloc(outcome->session.network->program.parameter_count, sizeof *outcome->parameters);
}

static void close_session(struct outcome *outcome)
{
    session_deinit(&outcome->session);
    free(outcome->parameters);
    free(outcome->line);
}

static void train_some(struct outcome *outcome)
{
    for (int i = 0; i < STEPS; i++)
        trainer_step(outcome->session.trainer, NULL);
    trainer_read_parameters(outcome->session.trainer, outcome->parameters);
}

static bool same_parameters(const struct outcome *a, const struct outcome *b)
{
    const size_t count = a->session.network->program.parameter_count;
    return count == b->session.network->program.parameter_count &&
           memcmp(a->parameters, b->parameters, count * sizeof *a->parameters) == 0;
}

/* Without the words that the option stands for. */
static char *line_for(int kind, const struct effect *effect, bool given)
{
    char *base;
    if (given && strcmp(effect->option, "data") == 0 && kind != CHECKPOINT)
        base = ls_sprintf("train %.*s", (int)(strstr(kinds[kind], DATA) - kinds[kind]), kinds[kind]);
    else if (given && strcmp(effect->option, "model") == 0 && kind != CHECKPOINT)
        base = ls_strdup("train " DATA);
    else
        base = ls_sprintf("train %s", kinds[kind]);
    char *line = with_option(base, effect, given);
    free(base);
    return line;
}

static void expect_usage_error(char *line, const char *text)
{
    struct options options;
    struct session session;
    struct error err = {0};
    char *shown = ls_strdup(line);
    const bool ok = parse(&options, line, &err) && session_init(&session, &options, false, &err);
    if (ok)
        session_deinit(&session);
    if (ok || err.class_ != ERROR_USAGE || !strstr(err.message, text))
        fail_msg("%s: expected a usage error with \"%s\", found \"%s\"", shown, text, err.message);
    free(shown);
    free(line);
}

static void check_effect(const struct effect *effect, int kind)
{
    struct outcome without = {0}, with = {0};
    open_session(&without, line_for(kind, effect, false));
    open_session(&with, line_for(kind, effect, true));
    if (effect->session &&
        !(fabs(effect->session(&with.session) - effect->expected) <= 1e-7 * fabs(effect->expected)))
        fail_msg("%s, --%s %s: found %.9g", kinds[kind], effect->option, effect->value,
                 effect->session(&with.session));
    train_some(&without);
    train_some(&with);
    if (effect->trains && same_parameters(&without, &with))
        fail_msg("%s: --%s %s changes no parameter", kinds[kind], effect->option, effect->value);
    close_session(&without);
    close_session(&with);
}

static void options_of_training_change_training(void **state)
{
    (void)state;
    for (int i = 0; i < EFFECT_COUNT; i++) {
        const struct effect *effect = &effects[i];
        if (!effect->session && !effect->trains)
            continue;
        for (int kind = 0; kind < KINDS; kind++) {
            const bool is_load = strcmp(effect->option, "load") == 0;
            if (kind == CHECKPOINT && strcmp(effect->option, "init") == 0)
                expect_usage_error(line_for(kind, effect, true), "--load brings its own");
            else if (kind == CHECKPOINT && strcmp(effect->option, "model") == 0)
                continue; /* another network than the file's would not fit: test_edges */
            else if (!is_load || kind == 1)
                check_effect(effect, kind);
        }
    }
}

/* The numbers that a command line leaves out stay those of the file. */
static void a_checkpoint_keeps_what_is_not_given(void **state)
{
    (void)state;
    struct outcome past = {0};
    open_session(&past, ls_strdup("train --load past.safetensors --l1 0.5"));
    const struct recipe *recipe = &past.session.recipe;
    assert_true(recipe->l1 == 0.5f && recipe->l2 == 0.001f);
    assert_true(recipe->optimizer.kind == OPTIMIZER_MOMENTUM && recipe->optimizer.momentum == 0.75f);
    assert_true(recipe->learning_rate == 0.02f && recipe->batch == 12);
    close_session(&past);
}

static void what_cannot_have_an_effect_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"train --model own.json " DATA " --momentum 0.5",
         "--momentum: adam has none; add --optimizer momentum or nesterov"},
        {"train --model points " DATA " --optimizer sgd --momentum 0.5", "--momentum: sgd has none"},
        {"train --optimizer momentum --momentum 0", "without momentum it is --optimizer sgd"},
        {"train --model own.json " DATA " --batch 91", "--batch: circle has 72 training samples"},
        {"train --backend reference --threads 2", "--threads counts threads of the cpu backend"},
        {"train --backend cuda --threads 2", "--threads counts threads of the cpu backend"},
        {"train --lr 0.1 --lr 0.2", "--lr is given twice"},
        {"train --lr 1e-50", "expected a number from 1e-30 on"},
        {"train --l1 1e-60", "expected a number from 0"},
        {"screenshot a.png --probe cycle", "--probe: expected a whole number"},
        {"dump a.st --load past.safetensors --init zeros", "--load brings its own"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_usage_error(ls_strdup(cases[i].line), cases[i].text);
    /* The viewer draws weights anew when it is asked to. */
    struct outcome view = {0};
    open_session(&view, ls_strdup("view --load past.safetensors --init zeros --threads 1"));
    trainer_restart(view.session.trainer);
    trainer_read_parameters(view.session.trainer, view.parameters);
    for (size_t i = 0; i < view.session.network->program.parameter_count; i++)
        assert_true(view.parameters[i] == 0.0f);
    close_session(&view);
}

/* The line that an interrupted run ends with, as a shell would split it. */
static void the_line_to_go_on_with_is_a_command(void **state)
{
    (void)state;
    struct outcome past = {0};
    open_session(&past, ls_strdup("train --load past.safetensors --threads 1"));
    static const char *const paths[] = {"plain.st", "with space.st", "it's $HOME;*.st"};
    for (int i = 0; i < 60; i++) {
        const uint64_t left = UINT64_C(1) + rng_word(3, RNG_TEST, 0, (uint64_t)i) % 1000000000u;
        struct options asked = past.options, read;
        struct autosave autosave;
        struct error err = {0}, own = {0};
        asked.save = paths[i % 3];
        asked.threads = i % 2 ? 1 + i : 0;
        asked.backend = i % 4 < 2 ? BACKEND_CPU : BACKEND_AUTO;
        autosave_init(&autosave, &asked, &past.session);
        assert_false(
            autosave_at_end(&autosave, AUTOSAVE_INTERRUPTED, &asked, past.session.trainer, left, &err));
        autosave_deinit(&autosave);
        wordexp_t words;
        const char *line = strstr(err.message, "layerscope train");
        assert_non_null(line);
        assert_int_equal(wordexp(line, &words, WRDE_NOCMD), 0);
        if (!options_parse(&read, (int)words.we_wordc, words.we_wordv, &own))
            fail_msg("%s: %s", line, own.message);
        assert_string_equal(read.load, asked.save);
        assert_true(read.steps == (int64_t)left && read.threads == asked.threads &&
                    read.backend == asked.backend && read.command == COMMAND_TRAIN);
        wordfree(&words);
    }
    close_session(&past);
}

/* ---- pictures and files ---- */

static void options_of_pictures_reach_the_view(void **state)
{
    (void)state;
    struct outcome outcome = {0};
    open_session(&outcome, ls_strdup("train --model points " DATA));
    for (int i = 0; i < EFFECT_COUNT; i++)
        for (int c = 0; c < COMMAND_COUNT && effects[i].view; c++) {
            const struct option_row *row = option_rows;
            while (strcmp(row->name, effects[i].option) != 0 || !(row->commands & 1u << c))
                if (++row == option_rows + option_row_count)
                    break;
            if (row == option_rows + option_row_count)
                continue;
            char *plain = command_line((enum command)c, ""), *line = with_option(plain, &effects[i], true);
            struct options options;
            parse_or_fail(&options, line);
            const struct view_desc desc = session_view_desc(&outcome.session, &options);
            if (!(fabs(effects[i].view(&desc) - effects[i].expected) <= 0.0))
                fail_msg("%s: found %g", effects[i].option, effects[i].view(&desc));
            free(plain);
            free(line);
        }
    close_session(&outcome);
}

static void run_training(const char *more, const char *refusal)
{
    struct options options;
    struct error err = {0};
    char *line = ls_sprintf("train --quiet %s", more), *text = ls_strdup(line);
    const bool ok = parse(&options, line, &err) && command_train(&options, &err);
    if (ok != !refusal || (refusal && !strstr(err.message, refusal)))
        fail_msg("%s: %s", text, err.message);
    free(line);
    free(text);
}

static char *read_text(const char *path)
{
    struct error err = {0};
    size_t size;
    char *text = file_read(path, 1 << 20, &size, &err);
    if (!text)
        fail_msg("%s", err.message);
    return text;
}

/* 72 samples in batches of 12 are six steps an epoch. */
static void steps_and_epochs_are_taken(void **state)
{
    (void)state;
    static const struct {
        const char *option, *said;
    } lengths[] = {
        {"--steps 5", "\"steps\":\t5,"}, {"--epochs 2", "\"steps\":\t12,"}, {"", "\"steps\":\t6,"}};
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            char *more = ls_sprintf("%s --batch 12 --json said.json %s", kinds[kind], lengths[i].option);
            run_training(more, NULL);
            char *text = read_text("said.json");
            if (!strstr(text, lengths[i].said))
                fail_msg("%s: expected %s in %s", more, lengths[i].said, text);
            assert_int_equal(unlink("said.json"), 0);
            free(text);
            free(more);
        }
}

static void files_are_written(void **state)
{
    (void)state;
    static const char *const names[] = {"out.st", "out.csv", "out.json"};
    for (int kind = 0; kind < KINDS; kind++) {
        char *more = ls_sprintf("%s --steps 2 --save out.st --log out.csv --json out.json", kinds[kind]);
        char *again = ls_sprintf("%s --overwrite", more);
        run_training(more, NULL);
        run_training(more, "exists already; pass --overwrite");
        run_training(again, NULL);
        for (int i = 0; i < 3; i++)
            assert_int_equal(unlink(names[i]), 0);
        free(more);
        free(again);
    }
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Inputs near the largest float: the test loss is none, and the result says why. */
static void a_loss_beyond_floats_has_a_reason(void **state)
{
    (void)state;
    FILE *file = fopen("huge.csv", "w");
    assert_non_null(file);
    fputs("a,b,label\n", file);
    for (int i = 0; i < 20; i++)
        fprintf(file, "%d.0e38,-2e38,%s\n", i % 2 ? 3 : -3, i % 2 ? "x" : "y");
    assert_int_equal(fclose(file), 0);
    write_text("linear.json", "{\"loss\": \"mse\", \"layers\": [{\"class_name\": \"Dense\", \"config\": "
                              "{\"units\": null}}]}");
    run_training("--model linear.json --data huge.csv --steps 0 --json said.json", NULL);
    char *text = read_text("said.json");
    if (strstr(text, "\"test_loss\":\tnull") &&
        !strstr(text, "\"warning\":\t\"inputs reach 3e38, too much for 32-bit floats; scale them"))
        fail_msg("no reason in %s", text);
    assert_non_null(strstr(text, "\"test_loss\":\tnull"));
    free(text);
    assert_int_equal(unlink("said.json"), 0);
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_ERROR);
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    write_text("own.json", own_model);
    write_text("keras.json", keras_model);
    run_training("--model own.json " DATA " --optimizer momentum --momentum 0.75 --lr 0.02 --batch 12 --l1 "
                 "0.002 --l2 0.001 --steps 4 --save past.safetensors",
                 NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_what_it_changes),
        cmocka_unit_test(options_of_training_change_training),
        cmocka_unit_test(a_checkpoint_keeps_what_is_not_given),
        cmocka_unit_test(what_cannot_have_an_effect_is_refused),
        cmocka_unit_test(the_line_to_go_on_with_is_a_command),
        cmocka_unit_test(options_of_pictures_reach_the_view),
        cmocka_unit_test(steps_and_epochs_are_taken),
        cmocka_unit_test(files_are_written),
        cmocka_unit_test(a_loss_beyond_floats_has_a_reason),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
