// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sums.h"

#define TWO_ROWS SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))

const sg_op op_sum = {
    SG_MEMBER(sum, sg_sums_family, sg_sums_member, .mean = false),
    SG_WORDS("Sums a tensor over dimensions.", "y = sum of x over dim"),
    .inputs = SG_PORTS({"x", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", 0, "the sums, 0 of nothing; of integers and bools i64, modulo 2^64"}),
    .samples = SG_SAMPLES(
        {"everything", SG_ON(TWO_ROWS), SG_GIVES(10)}, {"rows", SG_ON(TWO_ROWS), SG_OVER(false, 1), SG_GIVES(3, 7)},
        {"nothing to sum", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 0), SG_GIVES(0, 0)},
        {"integers", SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(3, 5))), SG_OVER(false, 1)},
        {"integers, columns", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(5, 3))), SG_OVER(false, 0)},
        {"integers, every second dimension", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3, 2, 3))), SG_OVER(false, 0, 2)},
        {"bytes", SG_ON(SG_BYTES(100, 256, SG_DIMS(3, 700)))},
        {"bytes, columns", SG_ON(SG_BYTES(100, 256, SG_DIMS(70, 3))), SG_OVER(false, 0)},
        {"mask", SG_ON(SG_MASK(SG_DIMS(3, 50))), SG_OVER(false, -1)}, {"one bool", SG_ON(SG_MASK(SG_SCALAR))},
        {"no integers", SG_ON(SG_RANDINT(0, 9, SG_DIMS(2, 0))), SG_OVER(false, 1)}),
};

sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_sum, 1, &x, options);
}
