// SPDX-License-Identifier: GPL-3.0-or-later
//
// Two libraries read the environment before main runs, and with what they find there by default they may be slow.
// So the command sets what the user has not set and starts itself once more.
//
// GCC's OpenMP lets waiting threads spin for milliseconds. On a machine that is busy with other work they then take
// the processors from the very thread they wait for, and a parallel loop of 1 ms takes 40.
//
// An OpenBLAS that is older than the processor does not know it, and takes the routines of one that it knows, in
// the worst case those for SSE3, several times slower.
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lua/command/environment.h"
#include "ops/ops.h"

static bool is_set(const char *name) {
  const char *value = getenv(name);
  return value != NULL && value[0] != '\0';
}

void command_prepare_environment(char **arguments) {
  bool changed = false;
  if (!is_set("GOMP_SPINCOUNT") && !is_set("OMP_WAIT_POLICY"))
    changed = setenv("GOMP_SPINCOUNT", "1000", 1) == 0;
  if (!is_set("OPENBLAS_CORETYPE")) {
    const char *core = sg_products_describe().better_core;
    if (core != NULL && setenv("OPENBLAS_CORETYPE", core, 1) == 0) changed = true;
  }
  if (changed) execv("/proc/self/exe", arguments);
  // Where that is not possible the program may be slower, no more.
}
