// SPDX-License-Identifier: GPL-3.0-or-later
//
// a - n b with n = a / b cut off: the rest has the sign of a.  d_a = d_y, d_b = -d_y n.
// n = a / b - y / b, which is whole but for rounding, is the one that y goes with, where a / b is close to a jump.
#include "ops/elementwise/binary.h"

const sg_op op_fmod = {
    SG_NUMERIC_BINARY(fmod, .d_b = {sg_pair_d_divisor, SG_READS_A | SG_READS_B | SG_READS_Y}),
    SG_WORDS("The rest of a division that is cut off towards 0.", "y = a - trunc(a / b) * b",
             "PyTorch, torch.fmod"),
    .subgradient = "as beside them at the jumps, on the side of y",
    .check = sg_pair_check_divisor,
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(7.5, -7.5, 5), SG_VECTOR(2, 2, -3)), SG_GIVES(1.5, -1.5, 2)},
                          {"signs", SG_ON(SG_NORMAL(0, 5, SG_DIMS(3, 4)), SG_UNIFORM(-2, -0.5, SG_DIMS(4)))}),
    .bad_samples = sg_pair_divisor_bad_samples,
};

sg_tensor *sg_fmod(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_fmod, 2, (sg_tensor *[]){a, b}, NULL);
}
