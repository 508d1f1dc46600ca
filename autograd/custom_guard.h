// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a context knows of the function of a custom op that is running (custom.h).
#ifndef SELENOGRAD_CUSTOM_GUARD_H
#define SELENOGRAD_CUSTOM_GUARD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sg_custom_guard {
  int kind;              // which function is watched
  bool in_backward;      // it is a recorded backward, or runs inside of one
  uint64_t since;        // what was written into memory from outside earlier than this is state
  uint64_t forward;      // the number of the outermost watched forward (inside of the backward)
  uint64_t innermost;    // and of the innermost
  uint64_t numbers_from; // the oldest mark of the tensors the innermost took numbers out of, 0: it took none
} sg_custom_guard;

#endif
