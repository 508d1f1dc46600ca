// SPDX-License-Identifier: GPL-3.0-or-later
//
// The same sample on other shapes: wherever an extent occurs in the shapes of the inputs, and in attributes that
// are shapes, another one stands. Whether the op accepts the result is for the op to say.
#ifndef SELENOGRAD_TEST_ENLARGE_H
#define SELENOGRAD_TEST_ENLARGE_H

#include "autograd/op.h"

typedef struct enlarged {
  sg_sample sample;
  void *options;
  double *values[SG_MAX_PORTS];
} enlarged;

// Replaces the extent `from` by `to`.
void reshape_sample(const sg_op *op, const sg_sample *sample, int64_t from, int64_t to, enlarged *result);
void enlarged_free(enlarged *result);

#endif
