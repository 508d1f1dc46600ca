// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_amin = {
    .name = "amin",
    .summary = "The smallest element over dimensions; ties share the gradient.",
    .formula = "y = min of x over dim",
    .family = &sg_extremum_family,
    .member = &(const sg_extremum_member){.minimum = true},
    .outputs = SG_PORTS({"y", 0, "the smallest elements; NaN where there is one"}),
    .samples = SG_SAMPLES({"rows, a tie", SG_ON(SG_VALUES(SG_NUMBERS(5, 1, 1, 2, 3, 0), SG_DIMS(2, 3))),
                           SG_WITH(sg_reduce_options, .dim = SG_DIMS(1)), SG_GIVES(1, 0)}),
};

sg_tensor *sg_amin(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_amin, 1, &x, options);
}
