// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_logical_and = {
    .name = "logical_and",
    .summary = "Whether a and b are both true, element by element; they broadcast.",
    .formula = "y = a != 0 and b != 0; NaN is not 0",
    .reference = "Elementary",
    .family = &sg_comparison_family,
    .member = &(const sg_comparison){sg_row_logical_and},
    .samples = SG_SAMPLES(
        SG_PAIR_BY_HAND(SG_NUMBERS(0, 0, -1, 2, 0.5), SG_NUMBERS(-0.0, 3, 0, -2, 0.5), SG_NUMBERS(0, 0, 0, 1, 1))),
};

sg_tensor *sg_logical_and(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_logical_and, 2, (sg_tensor *[]){a, b}, NULL);
}
