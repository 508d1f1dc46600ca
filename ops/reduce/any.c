// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/counts.h"

const sg_op op_any = {
    .name = "any",
    .summary = "Whether an element is true, over dimensions; false where there is none.",
    .formula = "y = whether some x over dim is not 0; NaN is not 0",
    .family = &sg_counts_family,
    .member = &(const sg_counts_member){INTEGER_ANY},
    .samples = SG_SAMPLES({"by hand",
                           SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(0, -1, 0, 0, 0, 0, 1, 2, 3), SG_DIMS(3, 3))),
                           SG_OVER(false, 1), SG_GIVES(1, 0, 1)}),
};

sg_tensor *sg_any(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_any, 1, &x, options);
}
