// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/choice.h"

const sg_op op_masked_fill = {
    SG_MEMBER(masked_fill, sg_choice_family, sg_choice, .b = 0, .condition = 1, .a = 2, .fills = true),
    SG_WORDS("A tensor with a number in the place of what a mask marks.", "y = value where mask is not 0, else x",
             "PyTorch, torch.masked_fill"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape and dtype"},
                       {"mask", SG_CONDITION, "of any dtype, broadcast with x; not 0 is true"},
                       {"value", SG_ANY_DTYPE, "a number: of shape [] and the dtype of x"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "in the dtype of x and the broadcast shape"}),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)),
               SG_VALUES_OF(SG_BOOL, SG_NUMBERS(1, 0), SG_DIMS(2)), SG_VALUES(SG_NUMBERS(-5), SG_SCALAR)),
         SG_GIVES(-5, 2, -5, 4)},
        {"rows", SG_ON(SG_RANDN(3, 4), SG_MASK(SG_DIMS(3, 1)), SG_NORMAL(0, 1, SG_SCALAR))},
        {"a larger mask", SG_ON(SG_RANDN(2, 1), SG_MASK(SG_DIMS(3)), SG_NORMAL(0, 1, SG_SCALAR))},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_MASK(SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_MASK(SG_DIMS(2, 1)), SG_NORMAL(0, 1, SG_SCALAR))},
        {"numbers as mask", SG_ON(SG_RANDN(3), SG_VECTOR(0.5, 0, -1), SG_NORMAL(0, 1, SG_SCALAR))},
        {"integers",
         SG_ON(SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(7)), SG_MASK(SG_DIMS(7)), SG_RANDINT(-3, 3, SG_SCALAR))},
        {"bytes", SG_ON(SG_BYTES(0, 256, SG_DIMS(3, 4)), SG_MASK(SG_DIMS(4)), SG_BYTES(0, 256, SG_SCALAR))}),
    .bad_samples =
        SG_SAMPLES({"another mask", SG_ON(SG_RANDN(3), SG_MASK(SG_DIMS(2, 2)), SG_NORMAL(0, 1, SG_SCALAR)),
                    .error = "x has shape [3], mask [2, 2], value []: they do not broadcast"},
                   {"several values", SG_ON(SG_RANDN(3), SG_MASK(SG_DIMS(3)), SG_RANDN(3)),
                    .error = "value has shape [3], expected a number"},
                   {"a number into integers",
                    SG_ON(SG_RANDINT(1, 9, SG_DIMS(3)), SG_MASK(SG_DIMS(3)), SG_NORMAL(0, 1, SG_SCALAR)),
                    .error = "value has dtype"}),
};

sg_tensor *sg_masked_fill(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *value) {
  return sg_apply_one(context, &op_masked_fill, 3, (sg_tensor *[]){x, mask, value}, NULL);
}
