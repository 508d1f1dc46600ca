// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/choice.h"

const sg_op op_where = {
    SG_MEMBER(where, sg_choice_family, sg_choice, .condition = 0, .a = 1, .b = 2),
    SG_WORDS("Elements of a where a condition holds, else of b.", "y = a where condition is not 0, else b",
             "PyTorch, torch.where"),
    .inputs = SG_PORTS({"condition", SG_CONDITION, "of any dtype; not 0 is true"},
                       {"a", SG_SELF | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"},
                       {"b", SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype; all three broadcast"}),
    .samples = SG_SAMPLES(
        {"indices as condition", SG_ON(SG_INDICES(2, SG_DIMS(3, 4)), SG_RANDN(3, 4), SG_RANDN(3, 4))},
        {"by hand", SG_ON(SG_VECTOR(1, 0, -2), SG_VECTOR(1, 2, 3), SG_VECTOR(4, 5, 6)), SG_GIVES(1, 5, 3)},
        {"all three broadcast", SG_ON(SG_VALUES(SG_NUMBERS(1, 0), SG_DIMS(2, 1, 1)), SG_RANDN(3, 1), SG_RANDN(4))},
        {"numbers", SG_ON(SG_VECTOR(1, 0, 1, 1), SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
        {"one condition", SG_ON(SG_VALUES(((const double[]){0}), SG_SCALAR), SG_RANDN(2, 3), SG_RANDN(3))},
        {"empty", SG_ON(SG_RANDN(2, 0), SG_RANDN(2, 1), SG_RANDN(2, 1))},
        {"a mask", SG_ON(SG_MASK(SG_DIMS(3, 4)), SG_RANDN(3, 4), SG_RANDN(4))},
        {"integers",
         SG_ON(SG_MASK(SG_DIMS(7)), SG_RANDINT(0x1p53, 0x1p53 + 4, SG_DIMS(7)), SG_RANDINT(-3, 3, SG_DIMS(7)))},
        {"integers beside numbers", SG_ON(SG_MASK(SG_DIMS(5)), SG_RANDINT(-3, 3, SG_DIMS(5)), SG_RANDN(5))},
        {"numbers beside bools", SG_ON(SG_MASK(SG_DIMS(5)), SG_RANDN(5), SG_MASK(SG_DIMS(5)))},
        {"bytes", SG_ON(SG_MASK(SG_DIMS(3, 4)), SG_BYTES(0, 256, SG_DIMS(3, 4)), SG_BYTES(0, 9, SG_SCALAR))},
        {"bytes and bools", SG_ON(SG_MASK(SG_DIMS(3, 40)), SG_BYTES(0, 256, SG_DIMS(3, 1)), SG_MASK(SG_DIMS(40)))},
        {"bools", SG_ON(SG_BYTES(0, 2, SG_DIMS(9)), SG_MASK(SG_DIMS(9)), SG_MASK(SG_DIMS(9)))}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_RANDN(3)),
                               .error = "condition has shape [2], a [3], b [3]: they do not broadcast"}),
};

sg_tensor *sg_where(sg_context *context, sg_tensor *condition, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_where, 3, (sg_tensor *[]){condition, a, b}, NULL);
}
