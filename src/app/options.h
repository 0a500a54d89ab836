/* The command line as a struct: one table of options, each with the commands that take it. */
#ifndef LS_APP_OPTIONS_H
#define LS_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "compute/compute.h"
#include "nn/initializer.h"
#include "nn/optimizer.h"
#include "nn/schedule.h"
#include "view/camera.h"
#include "view/display.h"
#include "view/layout.h"
#include "view/theme.h"

enum command {
    COMMAND_VIEW,
    COMMAND_TRAIN,
    COMMAND_RECORD,
    COMMAND_SCREENSHOT,
    COMMAND_INFO,
    COMMAND_DUMP,
    COMMAND_BENCH,
    COMMAND_COUNT
};

enum { PROBE_CYCLE = -2, PROBE_NONE = -1 };

struct options {
    enum command command; /* view unless given */
    bool command_given;
    bool help, version;
    uint64_t given;     /* bit k: row k of the table was */
    const char *output; /* record, screenshot, dump */

    const char *model;             /* NULL: one that suits the data */
    const char *data;              /* NULL: the checkpoint's, else the model's, else "mnist" */
    int batch;                     /* 0: the checkpoint's, else the model's, else 64 */
    double epochs;                 /* train: 1 unless given, 0 when `steps` is given */
    int64_t steps;                 /* −1: not given */
    enum optimizer_kind optimizer; /* if given */
    bool optimizer_given;          /* else the checkpoint's, else the model's, else Adam */
    float learning_rate;           /* 0: the checkpoint's, the model's or the optimizer's usual one */
    float optimizer_values[OPTIMIZER_HYPERPARAMETERS]; /* in that order; −1: likewise */
    bool schedule_given;                               /* else the checkpoint's, else the model's */
    struct schedule schedule;
    float l1, l2; /* of all weights; −1: likewise */
    bool start_given;
    struct initializer start;  /* of all weights, instead of the model\'s */
    uint64_t seed;             /* 1 */
    bool seed_given;           /* else a checkpoint's counts */
    int threads;               /* 0: one per core */
    enum backend_kind backend; /* the best one available */
    const char *load, *save, *log, *json;
    double autosave_minutes; /* −1: not given; 0: never */
    bool quiet, overwrite;

    int width, height; /* 1280×720 */
    bool fullscreen;
    int monitor;
    int fps;             /* 30 */
    double seconds;      /* record: 10; −1: not given, or `frames` is */
    int64_t frames;      /* −1: not given */
    int steps_per_frame; /* 1 */
    enum camera_preset camera;
    bool camera_given;
    const char *camera_file; /* NULL: a preset */
    enum theme_name theme;
    enum hud_mode hud;                /* full; record: legend */
    enum display_gradients gradients; /* off */
    bool unfold;
    int64_t probe; /* test index, PROBE_CYCLE or PROBE_NONE (not given) */
};

/* Fills `options` from argv (argv[0] is the program). Wrong usage: error of class ERROR_USAGE. */
bool options_parse(struct options *options, int argc, char **argv, struct error *err);
/* As if nothing had been said about how to train: for another network. */
void options_forget_training(struct options *options);
/* The help of one command, or of the program (COMMAND_COUNT). */
void options_print_help(enum command command);

#endif
