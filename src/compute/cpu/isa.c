/* Asks the CPU what it can run. */
#include "compute/cpu/isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct choice {
    const char *name;
    const struct cpu_kernels *kernels;
    bool available;
};

const struct cpu_kernels *cpu_kernels_choose(struct error *err)
{
#ifdef LS_CPU_X86_64
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    const struct choice choices[] = {
#ifdef LS_CPU_X86_64
        {"avx512", &cpu_kernels_avx512, avx512},
        {"avx2", &cpu_kernels_avx2, avx2},
#endif
        {"generic", &cpu_kernels_generic, true},
    };
    const char *asked = getenv("LAYERSCOPE_CPU_ISA");
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        if (asked && *asked && strcmp(asked, choices[i].name) != 0)
            continue;
        if (choices[i].available)
            return choices[i].kernels;
        if (asked && *asked) {
            error_set(err, "LAYERSCOPE_CPU_ISA: this CPU has no %s; unset it, or set generic", asked);
            return NULL;
        }
    }
    error_set(err, "LAYERSCOPE_CPU_ISA: expected generic, avx2 or avx512, found \"%s\"", asked);
    return NULL;
}

void cpu_model_name(char *name, int size)
{
    snprintf(name, (size_t)size, "CPU");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file)
        return;
    char line[256];
    while (fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        snprintf(name, (size_t)size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    fclose(file);
}
