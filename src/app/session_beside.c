/* Which network and which data come of an offer, and the session made of them while another one runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/offer.h"
#include "app/session_private.h"
#include "base/log.h"
#include "base/memory.h"

/* What is chosen from. */
struct choice {
    struct session *session;
    const struct session *present;
    const struct options *options;
    const struct checkpoint_info *info;
    _Atomic(enum session_stage) *stage;
};

static struct shape shape_of(const struct data *data)
{
    return (struct shape){data->train.channels, data->train.height, data->train.width};
}

static void describe_data(const struct data *data, char *text, size_t size)
{
    const struct shape shape = shape_of(data);
    char dims[64];
    if (shape.height == 1 && shape.width == 1)
        snprintf(dims, sizeof dims, "%d values", shape.channels);
    else
        snprintf(dims, sizeof dims, "%d×%d×%d", shape.channels, shape.height, shape.width);
    if (data->classes > 0)
        snprintf(text, size, "%s (%s a sample, %d classes)", data->name, dims, data->classes);
    else
        snprintf(text, size, "%s (%s a sample, %d target%s)", data->name, dims, data->targets,
                 data->targets == 1 ? "" : "s");
}

static void borrow_data(const struct choice *choice)
{
    choice->session->data = choice->present->data;
    choice->session->borrows_data = true;
    choice->session->data_spec = ls_strdup(choice->present->data_spec);
}

static bool read_data(const struct choice *choice, const char *spec, struct error *err)
{
    atomic_store(choice->stage, SESSION_READS_DATA);
    choice->session->data = data_load(spec, err);
    if (choice->session->data && choice->session->data->summary)
        log_info("%s", choice->session->data->summary);
    choice->session->data_spec = session_spec_from_root(spec);
    atomic_store(choice->stage, SESSION_BUILDS);
    return choice->session->data != NULL;
}

/* Data that a file names are the present ones if those have that name. */
static bool use_data(const struct choice *choice, const char *spec, struct error *err)
{
    char *rooted = session_spec_from_root(spec);
    const bool same = strcmp(rooted, choice->present->data_spec) == 0;
    free(rooted);
    if (same)
        borrow_data(choice);
    return same || read_data(choice, spec, err);
}

/* Numbers to be predicted are another task than classes, even if a network could be made of it. */
static bool is_other_task(const struct network *network, const struct data *data)
{
    return network->recipe.data[0] && network->program.loss == LOSS_MSE && data->classes > 0;
}

static bool load_named(const struct choice *choice, const struct data *data, struct error *err)
{
    const char *name = choice->options->model;
    choice->session->network = network_load(name, shape_of(data), data_outputs(data), err);
    return choice->session->network != NULL;
}

static bool choose_for_model(const struct choice *choice, struct error *err)
{
    const struct data *present = choice->present->data;
    struct session *session = choice->session;
    struct recipe recipe = {0};
    struct error misfit = {0};
    char text[256];
    if (!recipe_load(choice->options->model, &recipe, err))
        return false;
    describe_data(present, text, sizeof text);
    if (load_named(choice, present, &misfit)) {
        if (!is_other_task(session->network, present)) {
            borrow_data(choice);
            return true;
        }
        network_destroy(session->network);
        session->network = NULL;
    } else if (!recipe.data[0]) {
        return error_set(err, "%s. The data here are %s, and the model names none: drop data along with it",
                         misfit.message, text);
    }
    if (!use_data(choice, recipe.data, err))
        return error_prefix(err, "%s names its data", choice->options->model);
    session->note = ls_sprintf("It is not made for %s and takes the data it names, %s.", text, recipe.data);
    return load_named(choice, session->data, err);
}

/* The present model for the data chosen. */
static bool keep_model(const struct choice *choice, struct error *err)
{
    const struct session *present = choice->present;
    struct session *session = choice->session;
    session->network = network_parse(present->network->source, present->network->name,
                                     shape_of(session->data), data_outputs(session->data), err);
    if (session->network && present->model_name)
        session->model_name = ls_strdup(present->model_name);
    return session->network != NULL;
}

static bool choose_for_data(const struct choice *choice, struct error *err)
{
    struct session *session = choice->session;
    const struct data *data = session->data;
    struct error misfit = {0};
    if (choice->present->model_name && keep_model(choice, &misfit))
        return true;
    session->network = network_load(session_suitable_model(data), shape_of(data), data_outputs(data), err);
    if (session->network && choice->present->model_name)
        session->note = ls_sprintf("%s instead of %s, which does not fit: %s", session->network->name,
                                   choice->present->network->name, misfit.message);
    return session->network != NULL;
}

static bool choose_data(const struct choice *choice, struct error *err)
{
    const struct options *options = choice->options;
    const struct checkpoint_info *info = choice->info;
    if (options->data)
        return read_data(choice, options->data, err);
    if (info->data && (info->model || options->model))
        return use_data(choice, info->data, err) ||
               error_prefix(err, "%s names its data; drop others along with it", options->load);
    borrow_data(choice);
    return true;
}

static bool choose(const struct choice *choice, struct error *err)
{
    const struct options *options = choice->options;
    const struct checkpoint_info *info = choice->info;
    struct session *session = choice->session;
    if (options->model && !options->data && !info->data)
        return choose_for_model(choice, err);
    if (!choose_data(choice, err))
        return false;
    if (options->model)
        return load_named(choice, session->data, err);
    if (info->model) {
        char *origin = ls_sprintf("%s: its model", options->load);
        session->network =
            network_parse(info->model, origin, shape_of(session->data), data_outputs(session->data), err);
        session->model_name = ls_strdup(options->load);
        free(origin);
        return session->network != NULL;
    }
    return options->load ? keep_model(choice, err) : choose_for_data(choice, err);
}

static bool same_model(const struct session *a, const struct session *b)
{
    return strcmp(a->network->source, b->network->source) == 0;
}

bool session_init_beside(struct session *session, const struct session *present, const struct options *given,
                         const struct offer *offer, _Atomic(enum session_stage) *stage, struct error *err)
{
    struct options options = *given;
    struct checkpoint past = {0};
    struct error failure = {0};
    options.model = offer->model;
    options.data = offer->data;
    options.load = offer->checkpoint;
    options.probe = PROBE_NONE;
    memset(session, 0, sizeof *session);
    session->device = present->device;
    session->model_name = offer->model ? ls_strdup(offer->model) : NULL;
    atomic_store(stage, SESSION_BUILDS);
    const struct choice choice = {session, present, &options, &past.info, stage};
    bool ok = (!options.load || checkpoint_open(&past, options.load, &failure)) && choose(&choice, &failure);
    if (ok && (past.info.model || !same_model(session, present)))
        options_forget_training(&options);
    if (offer->optimizer_given) {
        const int batch = options.batch;
        options_forget_training(&options);
        options.optimizer_given = true;
        options.optimizer = offer->optimizer;
        options.batch = batch;
    }
    if (offer->batch > 0)
        options.batch = offer->batch;
    const bool parts = ok;
    ok = ok && session_finish(session, &options, true, &past, &failure);
    const bool misses_model = parts && options.load && !past.info.model && !options.model;
    if (options.load)
        checkpoint_close(&past);
    if (ok)
        return true;
    session_deinit(session);
    if (!misses_model)
        return error_set(err, "%s", failure.message);
    const bool ended = failure.message[0] && strchr("?.", failure.message[strlen(failure.message) - 1]);
    return error_set(err, "%s%s It does not say which model it belongs to: drop that along with it",
                     failure.message, ended ? "" : ".");
}

void session_replace(struct session *present, struct session *next)
{
    if (next->borrows_data) {
        present->data = NULL;
        next->borrows_data = false;
    }
    session_deinit(present);
    *present = *next;
    memset(next, 0, sizeof *next);
}
