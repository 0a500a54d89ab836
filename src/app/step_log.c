/* Rows, and what stays of them on a full disk. */
#include "app/step_log.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_ROW = 512 };

bool step_log_open(struct step_log *log, const char *path, bool overwrite, struct error *err)
{
    memset(log, 0, sizeof *log);
    if (!path)
        return true;
    if (!atomic_file_open(&log->file, path, overwrite, err))
        return false;
    fputs("step,epoch,loss,accuracy,learning_rate,gradient_norm,test_loss,test_accuracy\n", log->file.stream);
    return true;
}

static bool goes_on(const struct step_log *log)
{
    return log->file.stream && log->failure.class_ == ERROR_NONE;
}

/* Samples with targets have no accuracy; their cells stay empty. */
static const char *cell(char text[24], float accuracy)
{
    text[0] = 0;
    if (!isnan(accuracy))
        snprintf(text, 24, "%.9g", (double)accuracy);
    return text;
}

/* A NaN has no sign that means anything. */
static double without_sign(float value) { return isnan(value) ? fabs((double)value) : (double)value; }

void step_log_add(struct step_log *log, const struct step_sample *sample, double epoch,
                  const struct evaluation_sample *evaluation)
{
    if (!goes_on(log))
        return;
    char accuracy[24];
    FILE *stream = log->file.stream;
    fprintf(stream, "%" PRIu32 ",%.6f,%.9g,%s,%.9g,%.9g,", sample->step, epoch, without_sign(sample->loss),
            cell(accuracy, sample->accuracy), (double)sample->learning_rate,
            without_sign(sample->gradient_norm));
    if (evaluation)
        fprintf(stream, "%.9g,%s\n", without_sign(evaluation->loss), cell(accuracy, evaluation->accuracy));
    else
        fputs(",\n", stream);
}

/* A write may have ended in the middle of a row. */
static void cut_to_whole_rows(struct atomic_file *file)
{
    char end[LONGEST_ROW];
    const int64_t from = file->written > LONGEST_ROW ? file->written - LONGEST_ROW : 0;
    const ssize_t got = file->part ? pread(file->descriptor, end, sizeof end, from) : 0;
    const char *newline = got > 0 ? memrchr(end, '\n', (size_t)got) : NULL;
    if (newline && ftruncate(file->descriptor, from + (newline - end) + 1) == 0)
        file->written = from + (newline - end) + 1;
}

bool step_log_flush(struct step_log *log)
{
    struct error failure = {0};
    if (!goes_on(log) || atomic_file_flush(&log->file, &failure))
        return true;
    __fpurge(log->file.stream);
    cut_to_whole_rows(&log->file);
    error_set(&log->failure, "%s%s", failure.message,
              log->file.part ? "; it ends with the rows written before" : "");
    return false;
}

bool step_log_finish(struct step_log *log, struct error *err)
{
    if (!log->file.stream)
        return true;
    step_log_flush(log);
    if (goes_on(log))
        return atomic_file_commit(&log->file, err);
    struct error known = {0};
    if (log->file.written > 0)
        atomic_file_keep(&log->file, &known);
    else
        atomic_file_discard(&log->file);
    return error_set(err, "%s", log->failure.message);
}

void step_log_discard(struct step_log *log) { atomic_file_discard(&log->file); }
