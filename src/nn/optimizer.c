/* One row an optimizer. */
#include "nn/optimizer.h"

#include <string.h>

static const struct {
    const char *name, *moments[OPTIMIZER_MOST_MOMENTS];
} rows[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = {"sgd", {NULL, NULL}},
    [OPTIMIZER_MOMENTUM] = {"momentum", {"momentum_buffer", NULL}},
    [OPTIMIZER_ADAM] = {"adam", {"exp_avg", "exp_avg_sq"}},
};

const char *optimizer_name(enum optimizer_kind kind) { return rows[kind].name; }

bool optimizer_from_name(const char *name, enum optimizer_kind *kind)
{
    for (int i = 0; i < OPTIMIZER_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0) {
            *kind = (enum optimizer_kind)i;
            return true;
        }
    return false;
}

const char *optimizer_moment_name(enum optimizer_kind kind, int moment) { return rows[kind].moments[moment]; }
