/* Fuzz target: any bytes as a command line, a word a line. What is accepted chooses a recipe that can train
 * and be written down; what is refused is wrong usage, said in one line. No data are read and nothing is run.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "app/session_private.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "fuzz.h"
#include "nn/checkpoint.h"
#include "nn/optimizer.h"

enum { MOST_WORDS = 64 };

static const char *const models[] = {
    "{\"layers\": [{\"class_name\": \"Dense\", \"config\": {\"units\": null, \"activation\": \"softmax\"}}]}",
    "{\"optimizer\": {\"class_name\": \"SGD\", \"config\": {\"momentum\": 0.5, \"clipvalue\": 2}}, "
    "\"schedule\": "
    "\"cosine\", \"layers\": [{\"class_name\": \"Dense\", \"config\": {\"units\": null, \"activation\": "
    "\"softmax\"}}]}",
};
enum { MODELS = sizeof models / sizeof *models };

static void check_refusal(const struct error *err)
{
    LS_ASSERT(err->class_ == ERROR_USAGE && err->message[0]);
    char *shown = printable(err->message);
    LS_ASSERT(!strpbrk(shown, "\n\x1b"));
    free(shown);
}

static void check_recipe(const struct recipe *recipe)
{
    char text[SCHEDULE_TEXT];
    struct schedule schedule;
    struct error err = {0};
    LS_ASSERT(recipe->batch >= 1 && recipe->batch <= RECIPE_MOST_BATCH);
    LS_ASSERT((double)recipe->learning_rate >= OPTIMIZER_LEAST_RATE &&
              (double)recipe->learning_rate <= OPTIMIZER_MOST_RATE);
    for (int i = 0; i < OPTIMIZER_HYPERPARAMETERS; i++)
        LS_ASSERT(isfinite(optimizer_value(&recipe->optimizer, i)) &&
                  optimizer_value(&recipe->optimizer, i) >= 0.0f);
    LS_ASSERT(recipe->l1 >= 0.0f && recipe->l2 >= 0.0f);
    LS_ASSERT(schedule_parse(&schedule, schedule_print(&recipe->schedule, text), &err));
}

/* With each model, afresh and after a checkpoint. */
static void choose(const struct options *options)
{
    static struct network *networks[MODELS];
    static const struct checkpoint_info past = {
        .step = 5,
        .has_training = true,
        .training = {
            .optimizer = {.kind = OPTIMIZER_ADAMW, .weight_decay = 0.5f, .beta1 = 0.5f, .beta2 = 0.5f},
            .learning_rate = 0.25f,
            .penalised = true,
            .l1 = 0.5f,
            .batch = 3,
            .samples = 9,
            .value_size = 4}};
    static const struct checkpoint_info none;
    for (int i = 0; i < 2 * MODELS; i++) {
        struct network **network = &networks[i / 2];
        struct error err = {0};
        struct recipe recipe;
        if (!*network)
            *network = network_parse(models[i / 2], "fuzz", (struct shape){2, 1, 1}, 2, &err);
        LS_ASSERT(*network != NULL);
        if (session_choose_recipe(&recipe, *network, options, i % 2 ? &past : &none, &err))
            check_recipe(&recipe);
        else
            check_refusal(&err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = ls_calloc(size + 1, 1), *argv[MOST_WORDS + 1] = {"layerscope"};
    int argc = 1;
    memcpy(text, bytes, size);
    for (char *word, *rest = text; argc < MOST_WORDS && (word = strsep(&rest, "\n"));)
        argv[argc++] = word;
    struct options options;
    struct error err = {0};
    if (!options_parse(&options, argc, argv, &err))
        check_refusal(&err);
    else if (!options.help && !options.version)
        choose(&options);
    free(text);
    return 0;
}
