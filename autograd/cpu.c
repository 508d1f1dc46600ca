// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which instruction set the kernels run with.
#include <stdlib.h>
#include <string.h>

#include "autograd/internal.h"

static const char *const isa_names[] = {"baseline", "x86-64-v3", "x86-64-v4"};

static int best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
            __builtin_cpu_supports("bmi2");
  bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl");
  return v4 ? 2 : v3 ? 1 : 0;
#else
  return 0;
#endif
}

int sg_isa_detect(const char *name) {
  int best = best_level();
  if (!name) name = getenv("SELENOGRAD_ISA");
  for (int level = 0; name && level < best; level++) {
    if (strcmp(name, isa_names[level]) == 0) return level;
  }
  return best;
}

const char *sg_isa(const sg_context *context) { return isa_names[context->isa_level]; }

int sg_isa_level(const sg_context *context) { return context->isa_level; }
