// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/join.h"

const sg_op op_hstack = {
    SG_JOIN(hstack, 1, 1),
    SG_WORDS("Joins tensors along the second dimension, vectors and scalars along their only one.",
             "y = [x1, x2, ...] along the second dimension; vectors and scalars, seen as vectors, along the first",
             "NumPy's hstack"),
    .samples = SG_SAMPLES({"matrices", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 1))},
                          {"vectors", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3)), SG_GIVES(1, 2, 3)},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"a scalar and a vector", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_RANDN(2))},
                          {"empty", SG_ON(SG_RANDN(2, 0), SG_RANDN(2, 3))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2, 1)), SG_RANDINT(-9, 9, SG_DIMS(2, 2)))}),
    .bad_samples =
        SG_SAMPLES({"other extent", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 3)), .error = "may differ in dimension"},
                   {"other rank", SG_ON(SG_RANDN(2, 3), SG_RANDN(2)), .error = "may differ in dimension"}),
};

sg_tensor *sg_hstack(sg_context *context, int count, sg_tensor *const *tensors) {
  return sg_apply_one(context, &op_hstack, count, tensors, NULL);
}
