// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/lookup.h"

const sg_op op_take = {
    SG_MEMBER(take, sg_lookup_family, sg_lookup_member, .table = 0, .index = 1, .elements = true),
    SG_WORDS("Takes elements of a tensor by their numbers in row-major order.",
             "y[i, ...] = x as a vector[index[i, ...]]", "NumPy's take"),
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"},
                       {"index", SG_INDEX, "numbers of elements, in any shape; may repeat"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the elements, in the shape of index"}),
    .save_inputs = 1 << 1,
    .samples = SG_SAMPLES({"matrix", SG_ON(SG_RANDN(3, 4), SG_INDICES(12, SG_DIMS(2, 5)))},
                          {"by hand",
                           SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2)),
                                 SG_VALUES_OF(SG_I64, SG_NUMBERS(3, 0, 3), SG_DIMS(3))),
                           SG_GIVES(4, 1, 4)},
                          {"one", SG_ON(SG_RANDN(5), SG_INDICES(5, SG_SCALAR))},
                          {"of a scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_DIMS(3)))},
                          {"no index", SG_ON(SG_RANDN(2, 3), SG_INDICES(6, SG_DIMS(0, 2)))},
                          {"of nothing", SG_ON(SG_RANDN(0, 3), SG_INDICES(1, SG_DIMS(0)))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 3)), SG_INDICES(6, SG_DIMS(4)))},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(7)), SG_INDICES(7, SG_DIMS(2, 2)))}),
    .bad_samples = SG_SAMPLES(
        {"out of range", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(0, 9), SG_DIMS(2))),
         .error = "holds 9"},
        {"of nothing", SG_ON(SG_RANDN(0, 3), SG_INDICES(1, SG_DIMS(1))), .error = "(x [0, 3])"},
        {"fractions", SG_ON(SG_RANDN(2, 3), SG_OF_DTYPE(SG_F64, SG_DIMS(2))), .error = "index has dtype"}),
};

sg_tensor *sg_take(sg_context *context, sg_tensor *x, sg_tensor *index) {
  return sg_apply_one(context, &op_take, 2, (sg_tensor *[]){x, index}, NULL);
}
