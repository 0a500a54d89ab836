/* The prompt for what shall be trained: a path, or a built-in model, data, an optimizer and a batch size.
 * While it is shown the keyboard writes into it. */
#ifndef LS_APP_VIEWER_PROMPT_H
#define LS_APP_VIEWER_PROMPT_H

#include "view/hud.h"

struct viewer;

enum prompt_row { PROMPT_MODEL, PROMPT_DATA, PROMPT_OPTIMIZER, PROMPT_BATCH, PROMPT_ROWS };
enum { PROMPT_TEXT = 1024, PROMPT_NAMES = 64, PROMPT_COMPLETIONS = 8, PROMPT_COMPLETION = 64 };

struct viewer_prompt {
    bool shown;
    char text[PROMPT_TEXT];
    int chosen[PROMPT_ROWS]; /* −1: none */
    char summary[256];
    /* What the text may go on with, as far as listed and as long as nothing more is typed; in order. */
    char completions[PROMPT_COMPLETIONS][PROMPT_COMPLETION];
    const char *completion_names[PROMPT_COMPLETIONS];
    int completion_total;
    /* Of the built-in models and data; the pointers lead into the copies. */
    char models[1024], data[512];
    const char *model_names[PROMPT_NAMES], *data_names[PROMPT_NAMES];
    int model_count, data_count;
};

void viewer_prompt_show(struct viewer *viewer, bool shown);
/* A click on a name: chosen, or no longer. */
void viewer_prompt_choose(struct viewer *viewer, enum prompt_row row, int choice);
/* Opens what is typed and chosen; the prompt stays when that cannot be. */
void viewer_prompt_submit(struct viewer *viewer);
/* True when the prompt is shown and has taken the key, or the character. */
bool viewer_prompt_key(struct viewer *viewer, int key, int modifiers);
bool viewer_prompt_character(struct viewer *viewer, unsigned character);
/* NULL: not shown. */
const struct hud_prompt *viewer_prompt_at(struct viewer *viewer, struct hud_prompt *prompt);

#endif
