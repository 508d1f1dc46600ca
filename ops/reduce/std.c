// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/variances.h"

const sg_op op_std = {
    SG_VARIANCES(std, true, false),
    SG_WORDS(
        "Standard deviation over dimensions; where it is 0 its gradient is 0.",
        "y = sqrt((sum of (x - mean(x))^2 over dim) / max(0, n - correction)), n elements each;\n" SG_DIVISION_BY_0,
        SG_TWO_PASSES),
    .subgradient = "0 of a deviation that is 0",
    .outputs = SG_PORTS({"y", 0, "the standard deviations"}),
    .samples = SG_SAMPLES(
        {"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(1.29099444873580562839)},
        {"biased rows", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 1, 2, 6), SG_DIMS(2, 3))),
         SG_OVER_CORRECTED(false, 0, 1), SG_GIVES(1.41421356237309504880, 2.16024689946928674365)}),
};

sg_tensor *sg_std(sg_context *context, sg_tensor *x, const sg_var_options *options) {
  return sg_apply_one(context, &op_std, 1, &x, options);
}
