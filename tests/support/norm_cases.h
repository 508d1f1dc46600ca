// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every normalization by its own moments, in one form: inputs x, gamma and beta, outputs y and the moments.
#ifndef SELENOGRAD_TEST_NORM_CASES_H
#define SELENOGRAD_TEST_NORM_CASES_H

#include "tests/support/fixture.h"

typedef struct norm_outputs {
  sg_tensor *y, *mean, *var; // rms_norm: mean NULL, the mean square in var
} norm_outputs;

typedef norm_outputs norm_function(sg_context *context, sg_tensor **inputs, double eps);

typedef struct norm_case {
  const char *name;
  norm_function *apply;
  int input_count;        // 3, or 2 without beta
  sg_shape x, parameters; // of gamma and beta
  int64_t run, groups;    // elements [i run, (i + 1) run) of x are of group i % groups
} norm_case;

norm_outputs apply_batch_norm(sg_context *context, sg_tensor **inputs, double eps);
norm_outputs apply_layer_norm(sg_context *context, sg_tensor **inputs, double eps);
norm_outputs apply_two_groups(sg_context *context, sg_tensor **inputs, double eps); // group_norm
norm_outputs apply_instance_norm(sg_context *context, sg_tensor **inputs, double eps);
norm_outputs apply_rms_norm(sg_context *context, sg_tensor **inputs, double eps);

#endif
