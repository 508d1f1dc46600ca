// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/nan_sums.h"

const sg_op op_nanmean = {
    SG_NAN_SUMS(nanmean, true),
    SG_WORDS("The mean of what is not NaN over dimensions.",
             "y = (sum of x over dim) / (number of its elements), both without NaN"),
    .inputs = SG_PORTS({"x", 0, "tensor of any shape; gradient 0 where it is NaN"}),
    .outputs = SG_PORTS({"y", 0, "the means; NaN of nothing"}),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_OVER(false, 1), SG_GIVES(1.5, 3.5)}),
};

sg_tensor *sg_nanmean(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_nanmean, 1, &x, options);
}
