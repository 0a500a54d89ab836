/* The commands of the program. Each returns true, or false with `err` filled. */
#ifndef LS_APP_COMMANDS_H
#define LS_APP_COMMANDS_H

#include "app/options.h"

bool command_view(const struct options *options, struct error *err);
bool command_train(const struct options *options, struct error *err);
bool command_record(const struct options *options, struct error *err);
bool command_screenshot(const struct options *options, struct error *err);
bool command_info(const struct options *options, struct error *err);
bool command_dump(const struct options *options, struct error *err);
bool command_bench(const struct options *options, struct error *err);

#endif
