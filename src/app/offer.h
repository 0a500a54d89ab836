/* What somebody offers to be trained: the files dropped on the window, or what was typed into it. */
#ifndef LS_APP_OFFER_H
#define LS_APP_OFFER_H

#include <stdbool.h>

#include "base/error.h"
#include "compute/op.h"

/* Each NULL when none was offered. */
struct offer {
    char *model;      /* as --model takes it: a built-in name or a file */
    char *data;       /* as --data takes it */
    char *checkpoint; /* as --load takes it */
    bool optimizer_given;
    enum optimizer_kind optimizer;
    int batch; /* 0: the model's or the checkpoint's */
};

/* Recognises each of `texts` as a model (JSON), a checkpoint (safetensors) or data (whatever data/source.h
 * knows, and names of generated sets), by what it begins with and by its ending. Files that make up one data
 * set and lie in one folder are taken together. Refuses what nothing here reads, and two of a kind. `offer`
 * is empty after a failure; free it with offer_deinit. */
bool offer_read(struct offer *offer, const char *const *texts, int count, struct error *err);
void offer_deinit(struct offer *offer);
bool offer_is_empty(const struct offer *offer);
/* The last parts of the paths, in words: "lenet.json and iris.csv". */
void offer_describe(const struct offer *offer, char *text, int size);

#endif
