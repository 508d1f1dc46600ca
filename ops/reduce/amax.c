// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

static const sg_sample samples[] = {
    {.name = "rows, a tie",
     .inputs = {SG_VALUES(((const double[]){1, 5, 5, 2, 0, 3}), SG_DIMS(2, 3))},
     .options = &(const sg_reduce_options){.dim = SG_DIMS(1)},
     .expected = (const double[]){5, 3}},
    {0},
};

const sg_op op_amax = {
    .name = "amax",
    .summary = "The largest element over dimensions; ties share the gradient.",
    .formula = "y = max of x over dim",
    .family = &sg_extremum_family,
    .member = &(const sg_extremum_member){.minimum = false},
    .outputs = SG_PORTS({"y", 0, "the largest elements; NaN where there is one"}),
    .samples = samples,
};

sg_tensor *sg_amax(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_amax, 1, &x, options);
}
