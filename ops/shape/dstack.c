// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/join.h"

const sg_op op_dstack = {
    SG_JOIN(dstack, 3, 2),
    SG_WORDS("Joins tensors along the third dimension, which matrices and vectors get.",
             "y = [x1, x2, ...] along the third dimension; a matrix is seen as [m, n, 1], a vector as [1, n, 1], a "
             "scalar as [1, 1, 1]",
             "NumPy's dstack"),
    .samples = SG_SAMPLES({"three dimensions", SG_ON(SG_RANDN(2, 3, 1), SG_RANDN(2, 3, 2))},
                          {"matrices", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3))},
                          {"vectors", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4)), SG_GIVES(1, 3, 2, 4)},
                          {"a matrix and more", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3, 2))},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 2))},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(2)), SG_RANDINT(-9, 9, SG_DIMS(2)))}),
    .bad_samples =
        SG_SAMPLES({"other extent", SG_ON(SG_RANDN(2), SG_RANDN(3)), .error = "may differ in dimension"},
                   {"other matrix", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 3)), .error = "the first one [2, 3, 1]"}),
};

sg_tensor *sg_dstack(sg_context *context, int count, sg_tensor *const *tensors) {
  return sg_apply_one(context, &op_dstack, count, tensors, NULL);
}
