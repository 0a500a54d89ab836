/* The rows of the command line; private to options.c and help.c. */
#ifndef LS_APP_OPTION_TABLE_H
#define LS_APP_OPTION_TABLE_H

#include "app/options.h"

#define ON(command) (1u << COMMAND_##command)
#define ON_ALL ((1u << COMMAND_COUNT) - 1u)

struct command_row {
    const char *name;
    const char *argument; /* "FILE.png", or NULL */
    const char *text;
};

/* An option that means other things to other commands has a row for each meaning. */
struct option_row {
    const char *name;     /* without the dashes */
    const char *argument; /* as help names it; NULL for a switch */
    unsigned commands;    /* which take it */
    const char *text;
    bool (*set)(struct options *options, const char *value, struct error *err);
};

extern const struct command_row command_rows[COMMAND_COUNT];
extern const struct option_row option_rows[];
extern const int option_row_count;

#endif
