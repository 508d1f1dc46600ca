// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sums.h"

#define TWO_ROWS SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))

const sg_op op_sum = {
    .name = "sum",
    .summary = "Sums a tensor over dimensions.",
    .formula = "y = sum of x over dim",
    .family = &sg_sums_family,
    .member = &(const sg_sums_member){.mean = false},
    .outputs = SG_PORTS({"y", 0, "the sums; 0 where there is nothing to sum"}),
    .samples = SG_SAMPLES({"everything", SG_ON(TWO_ROWS), SG_GIVES(10)},
                          {"rows", SG_ON(TWO_ROWS), SG_OVER(false, 1), SG_GIVES(3, 7)},
                          {"nothing to sum", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 0), SG_GIVES(0, 0)}),
};

sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_sum, 1, &x, options);
}
