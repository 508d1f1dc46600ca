// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/variances.h"

const sg_op op_std_mean = {
    SG_VARIANCES(std_mean, true, true),
    SG_WORDS("Standard deviation and mean over dimensions; where the deviation is 0 its gradient is 0.",
             SG_AND_MEAN("std = sqrt((sum of (x - mean(x))^2 over dim) / max(0, n - correction))")),
    .subgradient = "0 of a deviation that is 0",
    .outputs = SG_PORTS({"std", 0, "the standard deviations"}, {"mean", 0, "the means"}),
    .samples = SG_SAMPLES(
        {"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(1.29099444873580562839)},
        {"biased rows", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 1, 2, 6), SG_DIMS(2, 3))),
         SG_OVER_CORRECTED(false, 0, 1), SG_GIVES(1.41421356237309504880, 2.16024689946928674365)}),
};

sg_tensor *sg_std_mean(sg_context *context, sg_tensor *x, const sg_var_options *options, sg_tensor **mean) {
  return sg_reduction_apply(context, &op_std_mean, x, options, mean);
}
