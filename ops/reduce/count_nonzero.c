// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/counts.h"

const sg_op op_count_nonzero = {
    .name = "count_nonzero",
    .summary = "How many elements are not 0, over dimensions.",
    .formula = "y = number of x over dim that are not 0; NaN is not 0",
    .family = &sg_counts_family,
    .member = &(const sg_counts_member){INTEGER_COUNT},
    .outputs = SG_PORTS({"y", SG_STEP, "the counts, i64"}),
    .samples = SG_SAMPLES({"by hand",
                           SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(0, -1, 0, 0, 0, 0, 1, 2, 3), SG_DIMS(3, 3))),
                           SG_OVER(false, 1), SG_GIVES(1, 0, 3)}),
};

sg_tensor *sg_count_nonzero(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_count_nonzero, 1, &x, options);
}
