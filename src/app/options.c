/* Walks argv with the option table. */
#include "app/options.h"

#include <stdio.h>
#include <string.h>

#include "app/option_table.h"
#include "base/atomic_file.h"

void options_forget_training(struct options *o)
{
    o->optimizer_given = false;
    o->learning_rate = 0.0f;
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        o->optimizer_values[i] = -1;
    o->schedule_given = false;
    o->l1 = o->l2 = -1;
    o->batch = 0;
    o->seed_given = false;
    o->start_given = false;
}

static void set_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    options_forget_training(o);
    o->steps = -1;
    o->seed = 1;
    compute_backend_from_name("auto", &o->backend);
    o->width = 1280;
    o->height = 720;
    o->fps = 30;
    o->seconds = -1;
    o->autosave_minutes = -1;
    o->frames = -1;
    o->steps_per_frame = 1;
    o->camera = CAMERA_THREE_QUARTER;
    o->theme = THEME_DARK;
    o->hud = HUD_FULL;
    o->probe = PROBE_NONE;
}

/* The command's own row of that name, or another command's, or NULL. */
static const struct option_row *find_option(const char *name, size_t length, enum command command)
{
    const struct option_row *found = NULL;
    for (int i = 0; i < option_row_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (strlen(row->name) != length || memcmp(row->name, name, length) != 0)
            continue;
        if (row->commands & 1u << command)
            return row;
        found = row;
    }
    return found;
}

static bool find_command(const char *name, enum command *command)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(command_rows[i].name, name) == 0) {
            *command = (enum command)i;
            return true;
        }
    return false;
}

static bool wrong_command(const struct option_row *row, enum command command, struct error *err)
{
    char takers[160] = "";
    unsigned commands = 0;
    for (int i = 0; i < option_row_count; i++)
        if (strcmp(option_rows[i].name, row->name) == 0)
            commands |= option_rows[i].commands;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (!(commands & 1u << i))
            continue;
        const size_t used = strlen(takers);
        snprintf(takers + used, sizeof takers - used, "%s%s", used ? ", " : "", command_rows[i].name);
    }
    return error_set_usage(err, "--%s is not an option of %s; it belongs to: %s", row->name,
                           command_rows[command].name, takers);
}

/* Reads argv[*at] as an option and moves *at past it. */
static bool parse_option(struct options *o, int argc, char **argv, int *at, struct error *err)
{
    const char *text = argv[*at];
    if (strcmp(text, "-h") == 0)
        text = "--help";
    const char *name = text + 2;
    const char *equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_row *row = strncmp(text, "--", 2) == 0 ? find_option(name, length, o->command) : NULL;
    if (!row)
        return error_set_usage(err, "unknown option %s; see layerscope %s --help", text,
                               command_rows[o->command].name);
    if (!(row->commands & 1u << o->command))
        return wrong_command(row, o->command, err);
    (*at)++;
    if (!row->argument && equals)
        return error_set_usage(err, "--%s takes no value", row->name);
    const char *value = NULL;
    if (row->argument) {
        if (!equals && *at >= argc)
            return error_set_usage(err, "--%s needs a value: --%s %s", row->name, row->name, row->argument);
        value = equals ? equals + 1 : argv[(*at)++];
        if (!*value)
            return error_set_usage(err, "--%s needs a value: --%s %s", row->name, row->name, row->argument);
    }
    const uint64_t bit = UINT64_C(1) << (row - option_rows);
    if (row->argument && (o->given & bit))
        return error_set_usage(err, "--%s is given twice; give it once", row->name);
    o->given |= bit;
    if (!row->set(o, value, err)) {
        error_prefix(err, "--%s", row->name);
        return false;
    }
    return true;
}

/* Two outputs under one name would end as one file. */
static bool check_outputs_differ(const struct options *o, struct error *err)
{
    const struct {
        const char *name, *path;
    } outputs[] = {{"the output", o->output}, {"--save", o->save}, {"--log", o->log}, {"--json", o->json}};
    enum { COUNT = sizeof outputs / sizeof *outputs };
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < i; j++)
            if (outputs[i].path && outputs[j].path && file_same_target(outputs[i].path, outputs[j].path))
                return error_set_usage(err, "%s and %s are both %s; give each a file of its own",
                                       outputs[j].name, outputs[i].name, outputs[i].path);
    return true;
}

static bool is_given(const struct options *o, const char *name)
{
    for (int i = 0; i < option_row_count; i++)
        if ((o->given & UINT64_C(1) << i) && strcmp(option_rows[i].name, name) == 0)
            return true;
    return false;
}

/* Options that others leave nothing to do. */
static bool check_effects(const struct options *o, struct error *err)
{
    if (o->seconds >= 0 && o->frames >= 0)
        return error_set_usage(err, "--seconds and --frames exclude each other; give one");
    if (o->steps >= 0 && o->epochs > 0)
        return error_set_usage(err, "--steps and --epochs exclude each other; give one");
    if (o->threads > 0 && (o->backend == BACKEND_CUDA || o->backend == BACKEND_REFERENCE))
        return error_set_usage(err,
                               "--threads counts threads of the cpu backend, which %s does not use; give one",
                               compute_backend_name(o->backend));
    /* The viewer can train anew. */
    if (o->start_given && o->load && o->command != COMMAND_VIEW)
        return error_set_usage(err,
                               "--init says how fresh weights are drawn, --load brings its own; give one");
    return true;
}

/* Fills what depends on the command or on several options. */
static bool finish(struct options *o, struct error *err)
{
    const struct command_row *row = &command_rows[o->command];
    if (o->help || o->version)
        return true;
    if (row->argument && !o->output)
        return error_set_usage(err, "%s needs a file to write: layerscope %s %s", row->name, row->name,
                               row->argument);
    if (!check_effects(o, err))
        return false;
    if (o->camera_file && o->command != COMMAND_RECORD)
        return error_set_usage(
            err, "--camera: a path file is for record; expected three-quarter, front, side, top or film");
    if (o->command == COMMAND_TRAIN && o->steps < 0 && o->epochs <= 0)
        o->epochs = 1;
    if (o->command == COMMAND_RECORD && o->seconds < 0 && o->frames < 0)
        o->seconds = 10;
    if (o->command == COMMAND_RECORD && !is_given(o, "hud"))
        o->hud = HUD_LEGEND;
    return check_outputs_differ(o, err);
}

bool options_parse(struct options *o, int argc, char **argv, struct error *err)
{
    set_defaults(o);
    int at = 1;
    if (at < argc && argv[at][0] != '-') {
        if (!find_command(argv[at], &o->command))
            return error_set_usage(
                err, "unknown command \"%s\"; expected view, train, record, screenshot, info, dump or bench",
                argv[at]);
        o->command_given = true;
        at++;
    }
    while (at < argc) {
        if (argv[at][0] == '-' && argv[at][1]) {
            if (!parse_option(o, argc, argv, &at, err))
                return false;
        } else if (command_rows[o->command].argument && !o->output) {
            o->output = argv[at++];
        } else if (!o->command_given && find_command(argv[at], &o->command)) {
            return error_set_usage(err, "the command comes before its options: layerscope %s [OPTIONS]",
                                   argv[at]);
        } else {
            return error_set_usage(err, "unexpected argument \"%s\"; see layerscope %s --help", argv[at],
                                   command_rows[o->command].name);
        }
    }
    return finish(o, err);
}
