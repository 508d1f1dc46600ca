// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/join.h"

const sg_op op_vstack = {
    SG_JOIN(vstack, 2, 0),
    SG_WORDS("Joins tensors along the first dimension, vectors as rows.",
             "y = [x1, x2, ...] along the first dimension; a vector is seen as [1, n], a scalar as [1, 1]",
             "NumPy's vstack"),
    .samples = SG_SAMPLES({"matrices", SG_ON(SG_RANDN(2, 3), SG_RANDN(1, 3))},
                          {"vectors", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4)), SG_GIVES(1, 2, 3, 4)},
                          {"a vector and a matrix", SG_ON(SG_RANDN(3), SG_RANDN(2, 3))},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(2))},
                          {"mask", SG_ON(SG_MASK(SG_DIMS(3)), SG_MASK(SG_DIMS(3)))}),
    .bad_samples =
        SG_SAMPLES({"other extent", SG_ON(SG_RANDN(2), SG_RANDN(3)), .error = "may differ in dimension"},
                   {"other rank", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3, 1)), .error = "may differ in dimension"}),
};

sg_tensor *sg_vstack(sg_context *context, int count, sg_tensor *const *tensors) {
  return sg_apply_one(context, &op_vstack, count, tensors, NULL);
}
