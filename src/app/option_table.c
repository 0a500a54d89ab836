/* Every option: its name, who takes it, what it says, how its value is read. */
#include "app/option_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number_exact.h"
#include "nn/optimizer.h"
#include "nn/recipe.h"

const struct command_row command_rows[COMMAND_COUNT] = {
    [COMMAND_VIEW] = {"view", NULL, "the viewer: window or fullscreen (what runs without a command)"},
    [COMMAND_TRAIN] = {"train", NULL, "train without any OpenGL, with a progress bar"},
    [COMMAND_RECORD] = {"record", "FILE",
                        "a video (.mp4, .mkv, .webm), or, for a folder, PNG pictures; needs no display"},
    [COMMAND_SCREENSHOT] = {"screenshot", "FILE.png", "one picture after --steps N; needs no display"},
    [COMMAND_INFO] = {"info", NULL, "the model's layers and parameters, devices, versions"},
    [COMMAND_DUMP] = {"dump", "FILE.safetensors",
                      "one batch: inputs, labels, every activation, loss, every gradient"},
    [COMMAND_BENCH] = {"bench", NULL, "training, frame and recording speed, as a table; needs no display"},
};

static bool whole(const char *text, int64_t low, int64_t high, int64_t *value, struct error *err)
{
    char *end;
    errno = 0;
    const long long parsed = strtoll(text, &end, 10);
    if (end == text || *end || errno || parsed < low || parsed > high)
        return error_set_usage(err, "expected a whole number from %lld to %lld, found \"%s\"", (long long)low,
                               (long long)high, text);
    *value = parsed;
    return true;
}

static bool whole_int(const char *text, int low, int high, int *value, struct error *err)
{
    int64_t wide = 0;
    if (!whole(text, low, high, &wide, err))
        return false;
    *value = (int)wide;
    return true;
}

static bool number(const char *text, double low, double high, double *value, struct error *err)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end || !(parsed > low) || !(parsed <= high))
        return error_set_usage(err, "expected a number above %s and up to %s, found \"%s\"",
                               LS_NUMBER_LIMIT(low), LS_NUMBER_LIMIT(high), text);
    *value = parsed;
    return true;
}

static bool set_model(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->model = value;
    return true;
}

static bool set_data(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->data = value;
    return true;
}

static bool set_batch(struct options *o, const char *value, struct error *err)
{
    return whole_int(value, 1, RECIPE_MOST_BATCH, &o->batch, err);
}

static bool set_epochs(struct options *o, const char *value, struct error *err)
{
    return number(value, 0, 1e6, &o->epochs, err);
}

static bool set_steps(struct options *o, const char *value, struct error *err)
{
    return whole(value, 0, INT64_C(1000000000), &o->steps, err);
}

static bool set_optimizer(struct options *o, const char *value, struct error *err)
{
    o->optimizer_given = true;
    if (optimizer_from_name(value, &o->optimizer))
        return true;
    return error_set_usage(err, "expected " OPTIMIZER_CHOICES ", found \"%s\"", value);
}

static bool set_learning_rate(struct options *o, const char *value, struct error *err)
{
    double parsed = 0;
    if (!number(value, 0, OPTIMIZER_MOST_RATE, &parsed, err))
        return false;
    if (!(parsed >= OPTIMIZER_LEAST_RATE))
        return error_set_usage(err, "expected a number from 1e-30 on, found \"%s\"", value);
    o->learning_rate = (float)parsed;
    return true;
}

/* 0 counts; what a float would make 0 does not. */
static bool from_zero(const char *text, double high, float *value, struct error *err)
{
    char *end;
    const double parsed = strtod(text, &end);
    if (end == text || *end || !(parsed >= 0) || !(parsed <= high) || (parsed > 0 && !((float)parsed > 0)))
        return error_set_usage(err, "expected a number from 0 to %s, found \"%s\"", LS_NUMBER_LIMIT(high),
                               text);
    *value = (float)parsed;
    return true;
}

/* By the name in nn/optimizer.h; high is above 1 just for what may be. */
static bool set_value(struct options *o, const char *name, const char *text, double high, struct error *err)
{
    int i = 0;
    while (strcmp(optimizer_hyperparameters[i].name, name) != 0)
        i++;
    return from_zero(text, high, &o->optimizer_values[i], err);
}

static bool set_momentum(struct options *o, const char *value, struct error *err)
{
    if (!set_value(o, "momentum", value, 0.999999, err))
        return false;
    return o->optimizer_values[0] > 0.0f ||
           error_set_usage(err, "expected a number above 0; without momentum it is --optimizer sgd");
}

static bool set_weight_decay(struct options *o, const char *value, struct error *err)
{
    return set_value(o, "weight_decay", value, 1, err);
}

static bool set_clip_norm(struct options *o, const char *value, struct error *err)
{
    return set_value(o, "clip_norm", value, 1e6, err);
}

static bool set_clip_value(struct options *o, const char *value, struct error *err)
{
    return set_value(o, "clip_value", value, 1e6, err);
}

static bool set_gradient_noise(struct options *o, const char *value, struct error *err)
{
    return set_value(o, "noise", value, 1e6, err);
}

static bool set_l1(struct options *o, const char *value, struct error *err)
{
    return from_zero(value, 1e6, &o->l1, err);
}

static bool set_l2(struct options *o, const char *value, struct error *err)
{
    return from_zero(value, 1e6, &o->l2, err);
}

static bool set_start(struct options *o, const char *value, struct error *err)
{
    struct error own = {0};
    o->start_given = true;
    return initializer_parse(value, &o->start, &own) || error_set_usage(err, "%s", own.message);
}

static bool set_schedule(struct options *o, const char *value, struct error *err)
{
    struct error own = {0};
    o->schedule_given = true;
    return schedule_parse(&o->schedule, value, &own) || error_set_usage(err, "%s", own.message);
}

static bool set_seed(struct options *o, const char *value, struct error *err)
{
    int64_t parsed = 0;
    if (!whole(value, 0, INT64_MAX, &parsed, err))
        return false;
    o->seed = (uint64_t)parsed;
    o->seed_given = true;
    return true;
}

static bool set_threads(struct options *o, const char *value, struct error *err)
{
    return whole_int(value, 0, 256, &o->threads, err);
}

static bool set_backend(struct options *o, const char *value, struct error *err)
{
    if (!compute_backend_from_name(value, &o->backend))
        return error_set_usage(err, "expected auto, cpu, cuda or reference, found \"%s\"", value);
    return true;
}

static bool set_load(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->load = value;
    return true;
}

static bool set_save(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->save = value;
    return true;
}

static bool set_autosave(struct options *o, const char *value, struct error *err)
{
    float minutes = 0.0f;
    if (!from_zero(value, 10000, &minutes, err))
        return false;
    o->autosave_minutes = (double)minutes;
    return true;
}

static bool set_log(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->log = value;
    return true;
}

static bool set_json(struct options *o, const char *value, struct error *err)
{
    (void)err;
    o->json = value;
    return true;
}

static bool set_quiet(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->quiet = true;
    return true;
}

static bool set_overwrite(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->overwrite = true;
    return true;
}

static bool set_size(struct options *o, const char *value, struct error *err)
{
    char *end;
    const long width = strtol(value, &end, 10);
    const char *rest = end;
    long height = 0;
    if (end != value && *end == 'x') {
        rest = end + 1;
        height = strtol(rest, &end, 10);
    }
    if (end == rest || *end || width < 16 || width > 8192 || height < 16 || height > 8192)
        return error_set_usage(
            err, "expected WIDTHxHEIGHT, each from 16 to 8192, such as 1280x720; found \"%s\"", value);
    o->width = (int)width;
    o->height = (int)height;
    return true;
}

static bool set_fullscreen(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->fullscreen = true;
    return true;
}

static bool set_monitor(struct options *o, const char *value, struct error *err)
{
    return whole_int(value, 0, 63, &o->monitor, err);
}

static bool set_fps(struct options *o, const char *value, struct error *err)
{
    return whole_int(value, 1, 240, &o->fps, err);
}

static bool set_seconds(struct options *o, const char *value, struct error *err)
{
    return number(value, 0, 86400, &o->seconds, err);
}

static bool set_frames(struct options *o, const char *value, struct error *err)
{
    return whole(value, 1, INT64_C(10000000), &o->frames, err);
}

static bool set_steps_per_frame(struct options *o, const char *value, struct error *err)
{
    return whole_int(value, 0, 1000000, &o->steps_per_frame, err);
}

static bool set_camera(struct options *o, const char *value, struct error *err)
{
    const size_t length = strlen(value);
    o->camera_given = true;
    if (length > 5 && strcmp(value + length - 5, ".json") == 0) {
        o->camera_file = value;
        return true;
    }
    if (camera_preset_from_name(value, &o->camera))
        return true;
    return error_set_usage(err, "expected three-quarter, front, side, top, film or a FILE.json, found \"%s\"",
                           value);
}

static bool set_gradients(struct options *o, const char *value, struct error *err)
{
    if (display_gradients_from_name(value, &o->gradients))
        return true;
    return error_set_usage(err, "expected values, gradients or both, found \"%s\"", value);
}

static bool set_unfold(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->unfold = true;
    return true;
}

static bool set_theme(struct options *o, const char *value, struct error *err)
{
    if (theme_from_name(value, &o->theme))
        return true;
    return error_set_usage(err, "expected dark or light, found \"%s\"", value);
}

static bool set_hud(struct options *o, const char *value, struct error *err)
{
    if (hud_mode_from_name(value, &o->hud))
        return true;
    return error_set_usage(err, "expected full, legend or none, found \"%s\"", value);
}

static bool set_probe(struct options *o, const char *value, struct error *err)
{
    const bool cycles = o->command == COMMAND_VIEW || o->command == COMMAND_RECORD;
    if (strcmp(value, "cycle") == 0 && cycles) {
        o->probe = PROBE_CYCLE;
        return true;
    }
    return whole(value, 0, INT32_MAX, &o->probe, err);
}

static bool set_help(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->help = true;
    return true;
}

static bool set_version(struct options *o, const char *value, struct error *err)
{
    (void)value;
    (void)err;
    o->version = true;
    return true;
}

#define TRAINS (ON_ALL & ~ON(INFO))
#define DRAWS (ON(VIEW) | ON(RECORD) | ON(SCREENSHOT))

const struct option_row option_rows[] = {
    {"model", "NAME|FILE", ON_ALL,
     "lenet5 (or lenet), cnn32, mlp, mlp-64-64, mlp-64-32, mlp-linear, points, regression, resnet, densenet, "
     "deep-sigmoid, deep-exploding, or a .json file, Keras's too (default: one that suits the data)",
     set_model},
    {"data", "NAME|PATH", ON_ALL,
     "mnist (default, unless the model names its own), circle, xor, gaussians, spiral, plane, random, or a "
     "file or folder; options follow a "
     "colon, see below",
     set_data},
    {"batch", "N", ON_ALL, "samples in a training step (default: the model's, else 64)", set_batch},
    {"epochs", "N", ON(TRAIN), "passes over the training data (default 1)", set_epochs},
    {"steps", "N", ON(TRAIN), "train this many steps instead of --epochs; 0 only evaluates", set_steps},
    {"steps", "N", ON(VIEW), "stop training after N steps (default: train on and on)", set_steps},
    {"steps", "N", ON(RECORD), "training steps before the first frame (default 0)", set_steps},
    {"steps", "N", ON(SCREENSHOT), "training steps before the picture (default 100)", set_steps},
    {"steps", "N", ON(DUMP), "training steps before the batch (default 0)", set_steps},
    {"optimizer", "NAME", TRAINS,
     "sgd, momentum, nesterov, rmsprop, adam or adamw (default: the model's, else adam)", set_optimizer},
    {"lr", "X", TRAINS,
     "learning rate (default: the model's, else sgd 0.1, momentum and nesterov 0.05, others 0.001)",
     set_learning_rate},
    {"schedule", "NAME", TRAINS,
     "of the learning rate: constant (default), step, exponential, cosine, piecewise, plateau, also after a "
     "warmup: warmup:steps=500+cosine; numbers follow a colon, see below",
     set_schedule},
    {"momentum", "X", TRAINS, "of momentum and nesterov, which others have not (default 0.9)", set_momentum},
    {"weight-decay", "X", TRAINS,
     "an L2 penalty on all parameters; adamw's is decoupled (default: adamw 0.01, others 0)",
     set_weight_decay},
    {"l1", "X", TRAINS,
     "adds X times the sign of each weight to its gradient (default: as the model says; with --l2 0)",
     set_l1},
    {"l2", "X", TRAINS,
     "adds 2 X times each weight to its gradient (default: as the model says; with --l1 0)", set_l2},
    {"clip-value", "X", TRAINS, "cut each gradient off at X in size (default 0: never)", set_clip_value},
    {"clip-norm", "X", TRAINS, "shrink the gradient to norm X where it is longer (default 0: never)",
     set_clip_norm},
    {"gradient-noise", "X", TRAINS,
     "add normal noise of variance X / (1 + step)^0.55 to the gradient (default 0: none)",
     set_gradient_noise},
    {"init", "NAME", TRAINS | ON(INFO),
     "how fresh weights are drawn: glorot_uniform, he_normal, lecun_uniform, pytorch, "
     "random_normal:stddev=0.1, zeros and others (default: as the model says, else he_uniform before ReLU, "
     "glorot_uniform elsewhere); with --load only for a viewer that trains anew",
     set_start},
    {"seed", "N", TRAINS, "of weights and shuffles (default 1)", set_seed},
    {"threads", "N", ON_ALL, "CPU threads (default 0: one per core); a GPU needs none", set_threads},
    {"backend", "NAME", ON_ALL, "auto (default), cpu, cuda, or reference (slow, in double, for checking)",
     set_backend},
    {"load", "FILE", TRAINS,
     "go on from a checkpoint, with its model, data, batch, optimizer, learning rate and seed unless others "
     "are "
     "given; or start from the parameters in a safetensors file",
     set_load},
    {"save", "FILE", ON(TRAIN) | ON(VIEW) | ON(RECORD), "write a checkpoint at the end, as safetensors",
     set_save},
    {"autosave", "MINUTES", ON(TRAIN) | ON(VIEW),
     "write a checkpoint every so often and on Ctrl-C, under $XDG_STATE_HOME/layerscope (default 10; 0: "
     "never)",
     set_autosave},
    {"log", "FILE.csv", ON(TRAIN), "write a row for each step, as CSV", set_log},
    {"json", "FILE|-", ON_ALL & ~ON(DUMP), "write the results as JSON; - is standard output", set_json},
    {"size", "WxH", DRAWS | ON(BENCH), "picture or window size (default 1280x720)", set_size},
    {"fullscreen", NULL, ON(VIEW), "cover a whole monitor", set_fullscreen},
    {"monitor", "N", ON(VIEW), "which monitor, from 0", set_monitor},
    {"fps", "N", ON(RECORD), "frames per second (default 30)", set_fps},
    {"seconds", "S", ON(RECORD), "length (default 10)", set_seconds},
    {"seconds", "S", ON(VIEW), "close the window after S seconds (default: stay open)", set_seconds},
    {"frames", "N", ON(RECORD), "length in frames, instead of --seconds", set_frames},
    {"frames", "N", ON(VIEW), "close the window after N frames (default: stay open)", set_frames},
    {"steps-per-frame", "N", ON(RECORD), "training steps between frames (default 1)", set_steps_per_frame},
    {"camera", "NAME", ON(VIEW) | ON(SCREENSHOT), "three-quarter (default), front, side, top or film",
     set_camera},
    {"camera", "NAME|FILE", ON(RECORD),
     "three-quarter, front, side, top, film (default), or a path in a .json file", set_camera},
    {"show", "WHAT", DRAWS, "values (default), gradients, or both", set_gradients},
    {"unfold", NULL, DRAWS, "feature maps side by side instead of in stacks", set_unfold},
    {"theme", "NAME", DRAWS | ON(BENCH), "dark (default) or light", set_theme},
    {"hud", "MODE", ON(VIEW) | ON(SCREENSHOT) | ON(BENCH), "full (default), legend or none", set_hud},
    {"hud", "MODE", ON(RECORD), "full, legend (default) or none", set_hud},
    {"probe", "INDEX|cycle", ON(VIEW), "the test sample on display (default 0)", set_probe},
    {"probe", "INDEX", ON(SCREENSHOT), "the test sample on display (default 0)", set_probe},
    {"probe", "INDEX|cycle", ON(RECORD),
     "the test sample on display (default: cycle, the next one every 2 s)", set_probe},
    {"probe", "INDEX", ON(DUMP), "this test sample, as it is on display, instead of a training batch",
     set_probe},
    {"overwrite", NULL, ON_ALL, "replace existing output files", set_overwrite},
    {"quiet", NULL, ON_ALL, "no progress, only warnings and errors", set_quiet},
    {"help", NULL, ON_ALL, "show this help", set_help},
    {"version", NULL, ON_ALL, "show the version", set_version},
};
const int option_row_count = sizeof option_rows / sizeof *option_rows;
