// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sums.h"

#define TWO_ROWS SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))

const sg_op op_mean = {
    SG_MEMBER(mean, sg_sums_family, sg_sums_member, .mean = true),
    SG_WORDS("Averages a tensor over dimensions.", "y = (sum of x over dim) / (number of its elements)"),
    .outputs = SG_PORTS({"y", 0, "the means; NaN where there is nothing"}),
    .samples = SG_SAMPLES({"everything", SG_ON(TWO_ROWS), SG_GIVES(2.5)},
                          {"rows", SG_ON(TWO_ROWS), SG_OVER(false, 1), SG_GIVES(1.5, 3.5)}),
};

sg_tensor *sg_mean(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_mean, 1, &x, options);
}
