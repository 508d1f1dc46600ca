// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions for the checker to judge. `user` is a subject.
#ifndef SELENOGRAD_TEST_GRADCHECK_SUBJECTS_H
#define SELENOGRAD_TEST_GRADCHECK_SUBJECTS_H

#include "autograd/gradcheck/gradcheck.h"
#include "tests/gradcheck/ops.h"

typedef struct subject {
  const sg_op *op;
  const void *options;
  bool total; // sum the result up
  int calls, fail_at;
  sg_tensor *captured;
} subject;

sg_gradcheck_function apply_op, two_outputs, random_factor, other_while_recorded, counting, writes_input,
    growing, no_output, unrecorded;

#endif
