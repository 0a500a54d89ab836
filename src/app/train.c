/* `layerscope train`: training without any OpenGL. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "app/autosave.h"
#include "app/commands.h"
#include "app/exhaustion.h"
#include "app/outputs.h"
#include "app/progress.h"
#include "app/report.h"
#include "app/session.h"
#include "app/step_log.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/number_text.h"

enum { STEPS_AT_ONCE = 1024 };
static const double at_once_seconds = 0.05;

struct run {
    struct autosave autosave;
    const struct options *options;
    struct trainer *trainer;
    struct outputs outputs;
    struct step_log log;
    uint64_t first_step, steps; /* the checkpoint's; to take, in the end those taken */
    uint64_t asked;             /* to take */
    double seconds;             /* of training steps alone */
    double loss_sum;            /* over the present epoch */
    uint64_t loss_count;
    double train_loss; /* mean of the last epoch, or of what there is of it */
    double accuracy;   /* of training batches, a running mean over about 50 */
    struct evaluation_sample evaluation;
    uint64_t evaluated_at;
    bool evaluated, warned;
};

static void log_step(struct run *run, const struct step_sample *sample,
                     const struct evaluation_sample *evaluation)
{
    step_log_add(&run->log, sample, (double)sample->step / trainer_steps_per_epoch(run->trainer), evaluation);
}

static void evaluate(struct run *run)
{
    trainer_evaluate(run->trainer, &run->evaluation);
    run->evaluated_at = trainer_steps_taken(run->trainer);
    run->evaluated = true;
}

static void describe_progress(const struct run *run, const struct step_sample *sample, char *text,
                              size_t size)
{
    const double epoch = (double)sample->step / trainer_steps_per_epoch(run->trainer);
    char number[NUMBER_TEXT_SIZE];
    int used = snprintf(text, size, "epoch %s  loss %s", number_fixed(number, epoch, 2, NUMBER_PLAIN),
                        LS_NUMBER(run->train_loss));
    if (isnan(run->accuracy))
        return;
    used += snprintf(text + used, size - (size_t)used, "  accuracy %s",
                     number_percent(number, run->accuracy, 1, NUMBER_PLAIN));
    if (run->evaluated)
        snprintf(text + used, size - (size_t)used, "  test %s",
                 number_percent(number, (double)run->evaluation.accuracy, 2, NUMBER_PLAIN));
}

/* What the run has come to: accuracy, or R² of a model that predicts numbers. */
static void describe_end(const struct run *run, char *text, size_t size)
{
    char number[NUMBER_TEXT_SIZE];
    int used = run->steps > 0 ? snprintf(text, size, "loss %s  ", LS_NUMBER(run->train_loss)) : 0;
    used += snprintf(text + used, size - (size_t)used, "test loss %s", LS_NUMBER(run->evaluation.loss));
    if (trainer_data(run->trainer)->targets == 0)
        snprintf(text + used, size - (size_t)used, "  test accuracy %s",
                 number_percent(number, (double)run->evaluation.accuracy, 2, NUMBER_PLAIN));
    else if (trainer_network(run->trainer)->program.loss == LOSS_MSE)
        snprintf(text + used, size - (size_t)used, "  test R² %s",
                 number_fixed(number, (double)run->evaluation.r2, 4, NUMBER_PLAIN));
}

/* Once a run. */
static void warn_about_loss(struct run *run, struct progress *progress, const struct step_sample *sample)
{
    if (run->warned || isfinite(sample->loss))
        return;
    run->warned = true;
    progress_clear(progress);
    char reason[REPORT_REASON];
    log_warning("the loss of step %" PRIu32 " is not a finite number; %s", sample->step,
                report_explain_loss(run->trainer, reason));
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* At most `most`, and no more than are made before anyone waits for an answer to Ctrl-C. */
static int train_some(struct run *run, uint64_t most, struct step_sample samples[STEPS_AT_ONCE])
{
    const uint64_t soon = (uint64_t)trainer_steps_within(run->trainer, at_once_seconds);
    const double before = clock_seconds();
    const int steps = trainer_train(run->trainer, (int)smaller(smaller(most, soon), STEPS_AT_ONCE), samples);
    run->seconds += clock_seconds() - before;
    return steps;
}

/* `number`: of the sample within this run. */
static void note_sample(struct run *run, const struct step_sample *sample, uint64_t number)
{
    run->loss_sum += (double)sample->loss;
    run->loss_count++;
    run->train_loss = run->loss_sum / (double)run->loss_count;
    run->accuracy += ((double)sample->accuracy - run->accuracy) / (double)(number < 50 ? number : 50);
}

static void train(struct run *run)
{
    const uint32_t per_epoch = trainer_steps_per_epoch(run->trainer);
    struct progress progress;
    char text[160] = "";
    uint64_t done = 0;
    progress_begin(&progress, "steps", run->steps, run->options->quiet);
    while (done < run->steps && !session_interrupted()) {
        const uint64_t in_epoch = trainer_steps_taken(run->trainer) % per_epoch;
        if (in_epoch == 0)
            run->loss_sum = 0, run->loss_count = 0;
        struct step_sample samples[STEPS_AT_ONCE];
        const int steps = train_some(run, smaller(run->steps - done, per_epoch - in_epoch), samples);
        if (steps == 0)
            break;
        for (int i = 0; i < steps; i++)
            note_sample(run, &samples[i], ++done);
        const bool epoch_ends = trainer_steps_taken(run->trainer) % per_epoch == 0;
        const bool last = done == run->steps || session_interrupted();
        if (epoch_ends || last)
            evaluate(run);
        for (int i = 0; i < steps; i++) {
            log_step(run, &samples[i], i == steps - 1 && (epoch_ends || last) ? &run->evaluation : NULL);
            warn_about_loss(run, &progress, &samples[i]);
        }
        if (!step_log_flush(&run->log)) {
            progress_clear(&progress);
            log_warning("%s; training goes on without it", run->log.failure.message);
        }
        describe_progress(run, &samples[steps - 1], text, sizeof text);
        progress_update(&progress, done, text);
        if (autosave_due(&run->autosave, clock_seconds())) {
            progress_clear(&progress);
            autosave_now(&run->autosave, run->trainer);
        }
    }
    if (run->evaluated_at != trainer_steps_taken(run->trainer) || done == 0)
        evaluate(run);
    run->steps = done;
    describe_end(run, text, sizeof text);
    progress_end(&progress, done, text);
}

/* JSON knows no NaN: a loss that is none becomes null. */
static void add_number(cJSON *root, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(root, name, value);
    else
        cJSON_AddNullToObject(root, name);
}

static cJSON *results(const struct run *run)
{
    const struct network *network = trainer_network(run->trainer);
    const struct compute *compute = trainer_compute(run->trainer);
    const uint32_t per_epoch = trainer_steps_per_epoch(run->trainer);
    const uint32_t samples = trainer_data(run->trainer)->train.count;
    const uint64_t last = run->first_step + run->steps;
    const uint64_t seen = last / per_epoch * samples +
                          last % per_epoch * (uint64_t)trainer_batch(run->trainer) -
                          run->first_step / per_epoch * samples -
                          run->first_step % per_epoch * (uint64_t)trainer_batch(run->trainer);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "backend", compute_backend_name(compute_backend(compute)));
    cJSON_AddStringToObject(root, "device", compute_device_name(compute));
    cJSON_AddStringToObject(root, "model", network->name);
    report_add_data(root, trainer_data(run->trainer));
    cJSON_AddNumberToObject(root, "parameters", (double)network->program.parameter_count);
    cJSON_AddNumberToObject(root, "steps", (double)run->steps);
    cJSON_AddNumberToObject(root, "epochs", (double)run->steps / per_epoch);
    cJSON_AddNumberToObject(root, "batch", trainer_batch(run->trainer));
    report_add_training(root, run->trainer);
    cJSON_AddNumberToObject(root, "seconds", run->seconds);
    cJSON_AddNumberToObject(root, "steps_per_second",
                            run->seconds > 0 ? (double)run->steps / run->seconds : 0);
    cJSON_AddNumberToObject(root, "samples_per_second", run->seconds > 0 ? (double)seen / run->seconds : 0);
    if (run->steps > 0)
        add_number(root, "train_loss", run->train_loss);
    else
        cJSON_AddNullToObject(root, "train_loss");
    add_number(root, "test_loss", (double)run->evaluation.loss);
    add_number(root, "test_accuracy", (double)run->evaluation.accuracy);
    if (trainer_data(run->trainer)->targets > 0)
        add_number(root, "test_r2", (double)run->evaluation.r2);
    report_warn_of_loss(root, run->trainer, run->evaluation.loss, run->warned);
    return root;
}

/* Before any work: can everything be written that was asked for? */
static bool check_outputs(const struct options *options, struct error *err)
{
    return outputs_check(options, err) &&
           (!options->log || file_check_writable(options->log, options->overwrite, err));
}

static bool open_outputs(struct run *run, struct error *err)
{
    const struct options *options = run->options;
    if (!outputs_open(&run->outputs, options, err))
        return false;
    if (step_log_open(&run->log, options->log, options->overwrite, err))
        return true;
    outputs_discard(&run->outputs);
    return false;
}

/* Tries each file, also when another fails: it may be all that is left of a long run. */
static bool write_outputs(struct run *run, struct error *err)
{
    struct error failure = {0};
    bool ok =
        outputs_save(&run->outputs, run->trainer, err) || autosave_instead(&run->autosave, run->trainer, err);
    if (!step_log_finish(&run->log, &failure))
        ok = outputs_failed(&failure, err);
    return outputs_report(&run->outputs, results(run), err) && ok;
}

/* What a failing allocation leaves of the run. */
static void save_at_once(void *context)
{
    struct run *run = context;
    struct error err = {0};
    if (!trainer_is_whole(run->trainer))
        return;
    if (outputs_save(&run->outputs, run->trainer, &err) ||
        autosave_instead(&run->autosave, run->trainer, &err))
        autosave_at_end(&run->autosave, AUTOSAVE_OUT_OF_MEMORY, run->options, run->trainer, 0, &err);
    log_error("%s", err.message);
}

bool command_train(const struct options *options, struct error *err)
{
    struct session session;
    if (!check_outputs(options, err) || !session_init(&session, options, false, err))
        return false;
    session_catch_interrupts();
    struct run run = {.options = options, .trainer = session.trainer};
    run.first_step = trainer_steps_taken(session.trainer);
    run.steps =
        options->steps >= 0
            ? (uint64_t)options->steps
            : (uint64_t)fmax(1, ceil(options->epochs * trainer_steps_per_epoch(session.trainer) - 1e-9));
    run.asked = run.steps;
    autosave_init(&run.autosave, options, &session);
    bool ok = open_outputs(&run, err);
    if (ok) {
        exhaustion_save_by(save_at_once, NULL, &run);
        train(&run);
        exhaustion_save_by(NULL, NULL, NULL);
        ok = session_check_device(&session, err) && write_outputs(&run, err);
    }
    step_log_discard(&run.log);
    outputs_discard(&run.outputs);
    if (ok && session_interrupted())
        ok = autosave_at_end(&run.autosave, AUTOSAVE_INTERRUPTED, options, run.trainer, run.asked - run.steps,
                             err);
    autosave_deinit(&run.autosave);
    session_deinit(&session);
    return ok;
}
