/* A session that is made on a thread of its own while another one runs. */
#ifndef LS_APP_SESSION_BUILDER_H
#define LS_APP_SESSION_BUILDER_H

#include "app/offer.h"
#include "app/session.h"

struct session_builder;

/* Begins with session_init_beside; takes over what `offer` holds. `present` and `options` stay as they are
 * until session_builder_finish. */
struct session_builder *session_builder_create(const struct session *present, const struct options *options,
                                               struct offer *offer, struct error *err);
bool session_builder_done(const struct session_builder *builder);
enum session_stage session_builder_stage(const struct session_builder *builder);
/* What is being made, in words. */
const char *session_builder_subject(const struct session_builder *builder);
/* Waits until it is done, hands over the session or the error, and frees the builder. */
bool session_builder_finish(struct session_builder *builder, struct session *session, struct error *err);

#endif
