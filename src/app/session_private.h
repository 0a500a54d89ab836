/* What session.c and session_beside.c share. */
#ifndef LS_APP_SESSION_PRIVATE_H
#define LS_APP_SESSION_PRIVATE_H

#include "app/session.h"
#include "nn/checkpoint.h"

/* The built-in model for data that nobody chose one for. */
const char *session_suitable_model(const struct data *data);
/* The same data from any folder, in fresh memory. */
char *session_spec_from_root(const char *text);
/* What to train with: the options win over the checkpoint's run, that over the model. Options that could have
 * no effect are errors of usage. */
bool session_choose_recipe(struct recipe *chosen, const struct network *network,
                           const struct options *options, const struct checkpoint_info *info,
                           struct error *err);
/* With data and network there: the recipe and the trainer, which goes on from `past` if options name one. */
bool session_finish(struct session *session, const struct options *options, bool live,
                    const struct checkpoint *past, struct error *err);

#endif
