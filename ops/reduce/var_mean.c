// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/variances.h"

const sg_op op_var_mean = {
    SG_VARIANCES(var_mean, false, true),
    SG_WORDS("Variance and mean over dimensions.",
             SG_AND_MEAN("var = (sum of (x - mean(x))^2 over dim) / max(0, n - correction)")),
    .outputs = SG_PORTS({"var", 0, "the variances"}, {"mean", 0, "the means"}),
    .samples =
        SG_SAMPLES({"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(5.0 / 3)},
                   {"biased rows", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 1, 2, 6), SG_DIMS(2, 3))),
                    SG_OVER_CORRECTED(false, 0, 1), SG_GIVES(2, 14.0 / 3)}),
};

sg_tensor *sg_var_mean(sg_context *context, sg_tensor *x, const sg_var_options *options, sg_tensor **mean) {
  return sg_reduction_apply(context, &op_var_mean, x, options, mean);
}
