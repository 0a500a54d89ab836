/* The backends and variants that this build and machine can run. */
#include "parity.h"

#include <stdio.h>
#include <stdlib.h>

#include "builder.h"
#include "compute/program.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

/* The environment variable that asks the CPU backend for an instruction set. */
static const char *const isa_variable = "LAYERSCOPE_CPU_ISA";
static const char *const isa_names[] = {NULL, "generic", "avx2", "avx512"};

struct compute *parity_create(const struct parity_target *target, const struct compute_desc *desc,
                              struct error *err)
{
    struct compute_desc own = *desc;
    own.backend = target->backend;
    own.threads = target->threads;
    const char *isa = isa_names[target->option];
    if (isa)
        setenv(isa_variable, isa, 1);
    struct compute *compute = compute_create(&own, err);
    if (isa)
        unsetenv(isa_variable);
    return compute;
}

/* An instruction set that this CPU lacks is refused. */
static bool can_be_created(const struct parity_target *target)
{
    struct builder builder;
    builder_init(&builder, (struct shape){1, 1, 1});
    builder_flatten(&builder);
    struct program program = builder_finish(&builder, LOSS_MSE);
    const struct compute_desc desc = {.program = &program, .max_batch = 1};
    struct compute *compute = target->create(target, &desc, NULL);
    compute_destroy(compute);
    program_deinit(&program);
    return compute != NULL;
}

int parity_targets(struct parity_target targets[PARITY_MAX_TARGETS])
{
    static const struct {
        enum backend_kind backend;
        int threads;
        int isa; /* of isa_names */
    } rows[] = {{BACKEND_CPU, 1, 0}, {BACKEND_CPU, 2, 0}, {BACKEND_CPU, 3, 0}, {BACKEND_CPU, 2, 1},
                {BACKEND_CPU, 2, 2}, {BACKEND_CPU, 2, 3}, {BACKEND_CUDA, 1, 0}};
    int count = 0;
    for (int i = 0; i < COUNT(rows); i++) {
        if (!compute_backend_available(rows[i].backend))
            continue;
        struct parity_target *target = &targets[count];
        *target = (struct parity_target){.create = parity_create,
                                         .backend = rows[i].backend,
                                         .threads = rows[i].threads,
                                         .option = rows[i].isa};
        const char *isa = isa_names[rows[i].isa];
        snprintf(target->name, sizeof target->name, "%s%s%s, threads %d",
                 compute_backend_name(rows[i].backend), isa ? " " : "", isa ? isa : "", rows[i].threads);
        if (can_be_created(target))
            count++;
        else
            printf("%s: not on this machine\n", target->name);
    }
    return count;
}
