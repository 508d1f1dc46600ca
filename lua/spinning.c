// SPDX-License-Identifier: GPL-3.0-or-later
//
// GCC's OpenMP lets waiting threads spin for milliseconds by default. On a machine that is busy with other work
// they then take the processors from the very thread they wait for, and a parallel loop of 1 ms takes 40. The
// number of spins is read from the environment before main runs, so the command starts itself once more with a
// small one.
#include <stdlib.h>
#include <unistd.h>

#include "lua/command.h"

void command_limit_spinning(char **arguments) {
  if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY")) return; // chosen by the user, or by this function
  if (setenv("GOMP_SPINCOUNT", "1000", 1) == 0) execv("/proc/self/exe", arguments);
  // Where that is not possible the program is slower on a busy machine, no more.
}
