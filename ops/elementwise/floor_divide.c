// SPDX-License-Identifier: GPL-3.0-or-later
//
// floor(a / b), a step: the n of the remainder. Operator // in Lua.
#include "ops/elementwise/binary.h"

const sg_op op_floor_divide = {
    SG_NUMERIC_BINARY(floor_divide),
    SG_WORDS("The quotient rounded down to a whole number.", "y = floor(a / b)", "PyTorch, torch.floor_divide"),
    .inputs = SG_PORTS({"a", SG_STEP | SG_NUMERIC | SG_SAME_PLACE, "tensor of any shape, of integers too"},
                       {"b", SG_STEP | SG_NUMERIC | SG_SAME_PLACE, "tensor whose shape broadcasts with that of a"}),
    .outputs = SG_PORTS({"y", SG_STEP, "the results, in the broadcast shape"}),
    .check = sg_pair_check_divisor,
    .domain = {0.5, 2},
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(7.5, -7.5, 5), SG_VECTOR(2, 2, -3)), SG_GIVES(3, -4, -2)},
                          {"signs", SG_ON(SG_NORMAL(0, 5, SG_DIMS(3, 4)), SG_UNIFORM(-2, -0.5, SG_DIMS(4)))}),
    .bad_samples = sg_pair_divisor_bad_samples,
};

sg_tensor *sg_floor_divide(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_floor_divide, 2, (sg_tensor *[]){a, b}, NULL);
}
