/* From options to data, network and trainer; and the interrupt flag. */
#include "app/session.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/session_private.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/number_text.h"
#include "data/spec.h"
#include "nn/checkpoint.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void session_catch_interrupts(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* What nohup and its like have silenced stays silent. */
    static const int others[] = {SIGHUP, SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct sigaction present;
        if (sigaction(others[i], NULL, &present) == 0 && present.sa_handler != SIG_IGN)
            sigaction(others[i], &action, NULL);
    }
}

bool session_interrupted(void) { return interrupted != 0; }

static bool check_probe(const struct data *data, const struct options *options, struct error *err)
{
    const uint32_t count = data->test.count;
    if (options->probe < (int64_t)count)
        return true;
    return error_set_usage(err, "--probe: %s has %u test samples; expected 0 to %u, found %lld", data->name,
                           count, count - 1, (long long)options->probe);
}

/* Whoever gives no batch gets all samples where there are fewer than a batch. */
static bool check_batch(const struct data *data, const struct options *options, struct error *err)
{
    const uint32_t count = data->train.count;
    if (options->batch <= 0 || (uint32_t)options->batch <= count)
        return true;
    return error_set_usage(err, "--batch: %s has %u training samples; expected 1 to %u, found %d", data->name,
                           count, count, options->batch);
}

/* LeNet-5's second pool leaves nothing of smaller pictures. */
const char *session_suitable_model(const struct data *data)
{
    const int least = data->train.height < data->train.width ? data->train.height : data->train.width;
    if (data->model)
        return data->model;
    return data->targets ? "mlp-linear" : least >= 12 ? "lenet5" : "mlp";
}

char *session_spec_from_root(const char *text)
{
    struct data_spec spec;
    struct error err = {0};
    char folder[4096];
    const bool relative = data_spec_parse(&spec, text, &err) && spec.path[0] != '/' &&
                          access(spec.path, F_OK) == 0 && getcwd(folder, sizeof folder);
    data_spec_deinit(&spec);
    return relative ? ls_sprintf("%s/%s", folder, text) : ls_strdup(text);
}

static bool load_data(struct session *session, const struct options *options,
                      const struct checkpoint_info *info, struct error *err)
{
    const bool named_by_file = !options->data && info->data;
    struct recipe recipe = {0};
    if (!options->data && !info->data && options->model && !recipe_load(options->model, &recipe, err))
        return false;
    const char *spec = options->data    ? options->data
                       : info->data     ? info->data
                       : recipe.data[0] ? recipe.data
                                        : "mnist";
    session->data = data_load(spec, err);
    if (!session->data && named_by_file)
        return error_prefix(err, "%s names its data; give others with --data", options->load);
    if (!session->data)
        return false;
    if (session->data->summary && !options->quiet)
        log_info("%s", session->data->summary);
    session->data_spec = session_spec_from_root(spec);
    return check_probe(session->data, options, err) && check_batch(session->data, options, err);
}

static bool load_network(struct session *session, const struct options *options,
                         const struct checkpoint_info *info, struct error *err)
{
    const struct dataset *train = &session->data->train;
    const struct shape input = {train->channels, train->height, train->width};
    const int outputs = data_outputs(session->data);
    if (!options->model && info->model) {
        char *origin = ls_sprintf("%s: its model", options->load);
        session->network = network_parse(info->model, origin, input, outputs, err);
        session->model_name = ls_strdup(options->load);
        free(origin);
    } else {
        session->network = network_load(
            options->model ? options->model : session_suitable_model(session->data), input, outputs, err);
    }
    return session->network != NULL;
}

/* Numbers for an optimizer that has none of the kind would be lost. */
static bool set_values(struct optimizer *optimizer, const struct options *options, struct error *err)
{
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++) {
        const struct optimizer_hyperparameter *row = &optimizer_hyperparameters[i];
        if (options->optimizer_values[i] < 0.0f)
            continue;
        if (!(row->kinds & 1u << optimizer->kind)) {
            char takers[64] = "";
            for (int kind = 0; kind < OPTIMIZER_COUNT; kind++) {
                const size_t used = strlen(takers);
                if (row->kinds & 1u << kind)
                    snprintf(takers + used, sizeof takers - used, "%s%s", used ? " or " : "",
                             optimizer_name((enum optimizer_kind)kind));
            }
            return error_set_usage(err, "--%s: %s has none; add --optimizer %s", row->name,
                                   optimizer_name(optimizer->kind), takers);
        }
        optimizer_set_value(optimizer, i, options->optimizer_values[i]);
    }
    return true;
}

bool session_choose_recipe(struct recipe *chosen, const struct network *network,
                           const struct options *options, const struct checkpoint_info *info,
                           struct error *err)
{
    struct recipe recipe = network->recipe;
    if (info->has_training) {
        recipe.has_optimizer = true;
        recipe.optimizer = info->training.optimizer;
        recipe.learning_rate = info->training.learning_rate;
        recipe.batch = info->training.batch;
        recipe.schedule = info->training.schedule;
        recipe.penalised = info->training.penalised;
        recipe.l1 = info->training.l1;
        recipe.l2 = info->training.l2;
    }
    if (options->optimizer_given)
        recipe_set_optimizer(&recipe, options->optimizer);
    if (options->learning_rate > 0.0f)
        recipe.learning_rate = options->learning_rate;
    if (options->batch > 0)
        recipe.batch = options->batch;
    recipe_complete(&recipe);
    if (options->schedule_given)
        recipe.schedule = options->schedule;
    if (options->l1 >= 0.0f || options->l2 >= 0.0f) {
        recipe.penalised = true; /* what is not given stays a checkpoint's, else is 0 */
        recipe.l1 = options->l1 >= 0.0f ? options->l1 : recipe.l1;
        recipe.l2 = options->l2 >= 0.0f ? options->l2 : recipe.l2;
    }
    *chosen = recipe;
    return set_values(&chosen->optimizer, options, err);
}

/* Steps at the end of the run, counted from the first one of all; 0 when nobody says. */
static uint64_t last_step(const struct options *options, uint64_t past, uint32_t per_epoch)
{
    double steps = options->steps > 0 ? (double)options->steps : 0.0;
    if (options->command == COMMAND_TRAIN && options->steps < 0)
        steps = ceil(options->epochs * per_epoch - 1e-9);
    if (options->command == COMMAND_RECORD) {
        const double frames =
            options->frames >= 0 ? (double)options->frames : ceil(options->seconds * options->fps);
        steps += frames * options->steps_per_frame;
    }
    return steps >= 1.0 ? past + (uint64_t)steps : 0;
}

/* A cosine that says no length goes through the run that is asked for. */
static void complete_schedule(struct session *session, const struct options *options, uint64_t past)
{
    const uint32_t samples = session->data->train.count, batch = (uint32_t)session->recipe.batch;
    const uint32_t per_epoch = samples / batch + (samples % batch != 0);
    schedule_complete(&session->recipe.schedule, last_step(options, past, per_epoch), per_epoch);
}

static struct trainer_desc describe(const struct session *session, const struct options *options, bool live,
                                    const struct checkpoint_info *info)
{
    return (struct trainer_desc){
        .network = session->network,
        .data = session->data,
        .data_spec = session->data_spec,
        .backend = options->backend,
        .batch = session->recipe.batch,
        .threads = options->threads,
        .device = session->device,
        .background = options->command == COMMAND_VIEW || options->command == COMMAND_BENCH,
        .seed = info->has_training && !options->seed_given ? info->seed : options->seed,
        .learning_rate = session->recipe.learning_rate,
        .optimizer = session->recipe.optimizer,
        .schedule = session->recipe.schedule,
        .penalised = session->recipe.penalised,
        .l1 = session->recipe.l1,
        .l2 = session->recipe.l2,
        .input_gradients = options->command == COMMAND_DUMP,
        .evaluate_live = live,
    };
}

static void tell_what_goes_on(const struct options *options, const struct trainer *trainer)
{
    const uint64_t step = trainer_steps_taken(trainer);
    char epoch[NUMBER_TEXT_SIZE];
    log_info("%s: %s goes on from step %" PRIu64 ", epoch %s, with learning rate %s, batch %d, seed %" PRIu64,
             options->load, trainer_network(trainer)->name, step,
             number_fixed(epoch, (double)step / trainer_steps_per_epoch(trainer), 2, NUMBER_PLAIN),
             LS_NUMBER(trainer_learning_rate(trainer)), trainer_batch(trainer), trainer_seed(trainer));
}

bool session_finish(struct session *session, const struct options *options, bool live,
                    const struct checkpoint *past, struct error *err)
{
    if (!session_choose_recipe(&session->recipe, session->network, options, &past->info, err))
        return false;
    complete_schedule(session, options, past->info.step);
    if (session->recipe.penalised)
        network_penalise(session->network, session->recipe.l1, session->recipe.l2);
    if (options->start_given)
        network_start_with(session->network, &options->start);
    const struct trainer_desc desc = describe(session, options, live, &past->info);
    session->trainer = trainer_create(&desc, err);
    if (session->trainer)
        memory_keep_spare(trainer_save_size(session->trainer));
    if (!session->trainer || (options->load && !trainer_restore(session->trainer, past, err)))
        return false;
    if (past->info.has_training)
        tell_what_goes_on(options, session->trainer);
    if (options->threads > 0 && compute_backend(trainer_compute(session->trainer)) != BACKEND_CPU)
        log_info("--threads has no effect: %s trains",
                 compute_device_name(trainer_compute(session->trainer)));
    return true;
}

bool session_init(struct session *session, const struct options *options, bool live, struct error *err)
{
    struct checkpoint past = {0};
    memset(session, 0, sizeof *session);
    session->device = live ? compute_gl_device() : 0;
    session->model_name = options->model ? ls_strdup(options->model) : NULL;
    const bool ok = (!options->load || checkpoint_open(&past, options->load, err)) &&
                    load_data(session, options, &past.info, err) &&
                    load_network(session, options, &past.info, err) &&
                    session_finish(session, options, live, &past, err);
    if (options->load)
        checkpoint_close(&past);
    if (!ok)
        session_deinit(session);
    return ok;
}

struct view_desc session_view_desc(const struct session *session, const struct options *options)
{
    static const char *const badges[] = {
        [BACKEND_REFERENCE] = "REFERENCE", [BACKEND_CPU] = "CPU", [BACKEND_CUDA] = "CUDA"};
    return (struct view_desc){
        .network = session->network,
        .data = session->data,
        .metrics = trainer_metrics(session->trainer),
        .layout = trainer_snapshot_layout(session->trainer),
        .device = trainer_snapshot_device(session->trainer),
        .backend = badges[compute_backend(trainer_compute(session->trainer))],
        .theme = options->theme,
        .hud = options->hud,
        .camera = options->camera,
        .gradients = options->gradients,
        .unfolded = options->unfold,
    };
}

bool session_check_device(const struct session *session, struct error *err)
{
    const char *problem = trainer_problem(session->trainer);
    return !problem ||
           error_set(err, "after step %" PRIu64 ": %s", trainer_steps_taken(session->trainer), problem);
}

const char *session_sharing(const struct session *session, const struct view *view)
{
    if (!trainer_snapshot_device(session->trainer))
        return "cpu";
    return view_fallback_reason(view) ? "fallback" : "interop";
}

void session_deinit(struct session *session)
{
    if (session->trainer)
        trainer_destroy(session->trainer);
    network_destroy(session->network);
    if (!session->borrows_data)
        data_destroy(session->data);
    free(session->data_spec);
    free(session->model_name);
    free(session->note);
    memset(session, 0, sizeof *session);
}
