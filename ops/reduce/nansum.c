// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/nan_sums.h"

const sg_op op_nansum = {
    SG_NAN_SUMS(nansum, false),
    SG_WORDS("Sums what is not NaN over dimensions.", "y = sum of x over dim, without NaN"),
    .inputs =
        SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype; gradient 0 where it is NaN"}),
    .outputs = SG_PORTS({"y", 0, "the sums, 0 of nothing; of integers and bools i64, modulo 2^64"}),
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_OVER(false, 1), SG_GIVES(3, 7)},
        {"nothing to sum", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 0), SG_GIVES(0, 0)},
        {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 5))), SG_OVER(false, 1)}),
};

sg_tensor *sg_nansum(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_nansum, 1, &x, options);
}
