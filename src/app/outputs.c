/* Claiming and writing what the options ask for. */
#include "app/outputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/log.h"
#include "base/terminal.h"

bool outputs_report_is_printed(const struct options *options)
{
    return options->json && strcmp(options->json, "-") == 0;
}

static bool reports_to_file(const struct options *options)
{
    return options->json && !outputs_report_is_printed(options);
}

bool outputs_check(const struct options *options, struct error *err)
{
    return (!options->save || file_check_writable(options->save, options->overwrite, err)) &&
           (!reports_to_file(options) || file_check_writable(options->json, options->overwrite, err));
}

bool outputs_open(struct outputs *outputs, const struct options *options, struct error *err)
{
    memset(outputs, 0, sizeof *outputs);
    outputs->options = options;
    if ((!options->save || atomic_file_open(&outputs->save, options->save, options->overwrite, err)) &&
        (!reports_to_file(options) ||
         atomic_file_open(&outputs->json, options->json, options->overwrite, err)))
        return true;
    outputs_discard(outputs);
    return false;
}

void outputs_discard(struct outputs *outputs)
{
    atomic_file_discard(&outputs->save);
    atomic_file_discard(&outputs->json);
}

bool outputs_failed(const struct error *failure, struct error *err)
{
    if (err->class_ != ERROR_NONE)
        log_error("%s", failure->message);
    else
        *err = *failure;
    return false;
}

bool outputs_save(struct outputs *outputs, struct trainer *trainer, struct error *err)
{
    struct error failure = {0};
    return !outputs->options->save || trainer_save_to(trainer, &outputs->save, &failure) ||
           outputs_failed(&failure, err);
}

static bool print(const char *text, struct error *err)
{
    return (puts(text) >= 0 && fflush(stdout) == 0) ||
           error_set_errno(err, "standard output cannot be written");
}

bool outputs_report(struct outputs *outputs, struct cJSON *root, struct error *err)
{
    struct error failure = {0};
    char *printed = outputs->options->json ? cJSON_Print(root) : NULL;
    char *text = printed ? printable_json(printed) : NULL;
    bool ok = true;
    cJSON_Delete(root);
    free(printed);
    if (text && outputs_report_is_printed(outputs->options))
        ok = print(text, &failure);
    else if (text) {
        fprintf(outputs->json.stream, "%s\n", text);
        ok = atomic_file_commit(&outputs->json, &failure);
    }
    free(text);
    return ok || outputs_failed(&failure, err);
}
