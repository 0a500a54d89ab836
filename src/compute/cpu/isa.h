/* The kernels for the CPU at hand. */
#ifndef LS_COMPUTE_CPU_ISA_H
#define LS_COMPUTE_CPU_ISA_H

#include "base/error.h"
#include "compute/cpu/kernels.h"

/* The widest instruction set that this CPU has; the environment variable LAYERSCOPE_CPU_ISA = generic,
 * avx2 or avx512 asks for another, so that tests reach every one. NULL when it asks for one that the
 * CPU lacks, or by an unknown name. */
const struct cpu_kernels *cpu_kernels_choose(struct error *err);

/* "Intel(R) Xeon(R) Processor", from /proc/cpuinfo; "CPU" where it does not say. */
void cpu_model_name(char *name, int size);

#endif
