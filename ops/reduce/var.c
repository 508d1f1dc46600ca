// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/variances.h"

const sg_op op_var = {
    SG_VARIANCES(var, false, false),
    SG_WORDS("Variance over dimensions.",
             "y = (sum of (x - mean(x))^2 over dim) / max(0, n - correction), n elements each;\n" SG_DIVISION_BY_0,
             SG_TWO_PASSES),
    .outputs = SG_PORTS({"y", 0, "the variances"}),
    .samples =
        SG_SAMPLES({"everything", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(5.0 / 3)},
                   {"biased rows", SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 1, 2, 6), SG_DIMS(2, 3))),
                    SG_OVER_CORRECTED(false, 0, 1), SG_GIVES(2, 14.0 / 3)}),
};

sg_tensor *sg_var(sg_context *context, sg_tensor *x, const sg_var_options *options) {
  return sg_apply_one(context, &op_var, 1, &x, options);
}
