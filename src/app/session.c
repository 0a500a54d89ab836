/* From options to data, network and trainer; and the interrupt flag. */
#include "app/session.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

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

/* LeNet-5's second pool leaves nothing of smaller pictures. */
static const char *suitable_model(const struct data *data)
{
    const int least = data->train.height < data->train.width ? data->train.height : data->train.width;
    return data->targets ? "mlp-linear" : least >= 12 ? "lenet5" : "mlp";
}

bool session_init(struct session *session, const struct options *options, bool live, struct error *err)
{
    memset(session, 0, sizeof *session);
    session->data = data_load(options->data, err);
    if (!session->data || !check_probe(session->data, options, err)) {
        session_deinit(session);
        return false;
    }
    const struct dataset *train = &session->data->train;
    const struct shape input = {train->channels, train->height, train->width};
    session->network = network_load(options->model ? options->model : suitable_model(session->data), input,
                                    data_outputs(session->data), err);
    if (session->network) {
        const struct trainer_desc desc = {
            .network = session->network,
            .data = session->data,
            .backend = options->backend,
            .batch = options->batch,
            .threads = options->threads,
            .device = live ? compute_gl_device() : 0,
            .background = options->command == COMMAND_VIEW || options->command == COMMAND_BENCH,
            .seed = options->seed,
            .learning_rate = options->learning_rate,
            .optimizer = {options->optimizer, 0.9f, 0.9f, 0.999f, 1e-8f},
            .input_gradients = options->command == COMMAND_DUMP,
            .evaluate_live = live,
        };
        session->trainer = trainer_create(&desc, err);
    }
    if (!session->trainer || (options->load && !trainer_load(session->trainer, options->load, err))) {
        session_deinit(session);
        return false;
    }
    return true;
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
    data_destroy(session->data);
    memset(session, 0, sizeof *session);
}
