// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_argmax = {
    .name = "argmax",
    .summary = "The first position of the largest element along a dimension.",
    .formula = "y = the first position of max of x over dim",
    .family = &sg_position_family,
    .member = &(const sg_extremum_member){.minimum = false},
};

sg_tensor *sg_argmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_argmax, 1, &x, options);
}
