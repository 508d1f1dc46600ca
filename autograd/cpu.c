// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which instruction set the kernels run with.
#include <stdlib.h>
#include <string.h>

#include "autograd/context.h"
#include "autograd/machine.h"

static const char *const isa_names[] = {"baseline", "x86-64-v3", "x86-64-v4"};

int sg_isa_best(void) {
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

sg_status sg_isa_open(sg_context *context, const char *name) {
  enum { LEVELS = sizeof isa_names / sizeof *isa_names };
  const char *variable = name ? NULL : getenv("SELENOGRAD_ISA");
  int best = sg_isa_best(), level = 0;
  context->isa_level = best;
  if (variable && variable[0]) name = variable;
  if (!name) return SG_OK;
  while (level < LEVELS && strcmp(name, isa_names[level]) != 0) level++;
  if (level == LEVELS) {
    return sg_error(context, SG_INVALID_ARGUMENT, "%s is '%.40s', expected %s, %s or %s",
                    variable ? "the environment variable SELENOGRAD_ISA" : "the instruction set", name,
                    isa_names[0], isa_names[1], isa_names[2]);
  }
  if (level < best) context->isa_level = level;
  return SG_OK;
}

const char *sg_isa(const sg_context *context) { return isa_names[context->isa_level]; }

int sg_isa_level(const sg_context *context) { return context->isa_level; }
