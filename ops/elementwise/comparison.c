// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

#include <math.h>

static sg_status prepare(sg_plan *plan) {
  plan->output_dtype[0] = SG_BOOL;
  return sg_pair_prepare(plan);
}

static void forward(const sg_call *call) { sg_pair_forward(call, ((const sg_comparison *)call->op->member)->row); }

#define SPECIAL(...) SG_VALUES(SG_NUMBERS(1, 0, -0.0, -1, (double)NAN, HUGE_VAL, -HUGE_VAL), __VA_ARGS__)

// Elements that differ do so by enough that a small move changes no result.
const sg_op sg_comparison_family = {
    .inputs = SG_PORTS({"a", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"},
                       {"b", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", SG_STEP, "bools, in the broadcast shape"}),
    SG_PLANNED(sg_rows_layout, prepare, forward, NULL),
    .samples = SG_SAMPLES(
        {"same shape", SG_ON(SG_DISTINCT(-1, 1.2, SG_DIMS(3, 4)), SG_DISTINCT(-0.9, 1.3, SG_DIMS(3, 4)))},
        {"rows", SG_ON(SG_DISTINCT(-1, 0.8, SG_DIMS(2, 5)), SG_DISTINCT(-0.9, -0.1, SG_DIMS(5)))},
        {"channels", SG_ON(SG_DISTINCT(-0.9, -0.5, SG_DIMS(3, 1, 1)), SG_DISTINCT(-1, 1.2, SG_DIMS(2, 3, 2, 1)))},
        {"outer", SG_ON(SG_DISTINCT(-1, -0.6, SG_DIMS(3, 1)), SG_DISTINCT(-0.9, -0.3, SG_DIMS(1, 4)))},
        {"scalars", SG_ON(SG_UNIFORM(1, 2, SG_SCALAR), SG_UNIFORM(3, 4, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_RANDN(2, 1))},
        {"special numbers", SG_ON(SPECIAL(SG_DIMS(7, 1)), SPECIAL(SG_DIMS(7)))},
        {"integers", SG_ON(SG_RANDINT(-2, 3, SG_DIMS(5, 7)), SG_RANDINT(-2, 3, SG_DIMS(7)))},
        {"large integers", // some are equal in f64 that are not
         SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(4, 5)), SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(5)))},
        {"bytes", SG_ON(SG_BYTES(0, 256, SG_DIMS(3, 40)), SG_BYTES(100, 200, SG_DIMS(3, 1)))},
        {"masks", SG_ON(SG_MASK(SG_DIMS(3, 5)), SG_MASK(SG_DIMS(3, 5)))},
        {"mask and bytes", SG_ON(SG_MASK(SG_DIMS(9)), SG_BYTES(0, 3, SG_DIMS(9)))},
        {"bytes and integers", SG_ON(SG_BYTES(0, 3, SG_DIMS(9)), SG_RANDINT(-1, 3, SG_DIMS(9)))},
        {"numbers and integers", SG_ON(SG_VECTOR(0.5, 1.5, -1.5, 2.5), SG_RANDINT(-1, 3, SG_DIMS(4)))}),
    .bad_samples = sg_pair_bad_samples,
};
