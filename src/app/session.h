/* What every command sets up from the options: data, network, trainer. */
#ifndef LS_APP_SESSION_H
#define LS_APP_SESSION_H

#include "app/options.h"
#include "nn/trainer.h"

struct session {
    struct data *data;
    struct network *network;
    struct trainer *trainer;
};

/* `live`: the trainer evaluates while it trains (viewer, record, screenshot). */
bool session_init(struct session *session, const struct options *options, bool live, struct error *err);
void session_deinit(struct session *session);

/* Set by SIGINT or SIGTERM after session_catch_interrupts; long work checks it between steps. */
void session_catch_interrupts(void);
bool session_interrupted(void);

#endif
