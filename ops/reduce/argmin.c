// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_argmin = {
    .name = "argmin",
    .summary = "The first position of the smallest element along a dimension.",
    .formula = "y = the first position of min of x over dim",
    .family = &sg_position_family,
    .member = &(const sg_extremum_member){.minimum = true},
};

sg_tensor *sg_argmin(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_argmin, 1, &x, options);
}
