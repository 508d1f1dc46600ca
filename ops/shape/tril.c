// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/shape/triangle.h"

const sg_op op_tril = {
    SG_TRIANGLE(tril, false),
    SG_WORDS("Keeps the lower triangle of matrices, with zeros elsewhere.",
             "y[..., i, j] = x[..., i, j] where j - i <= diagonal, else 0"),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VALUES(SG_NUMBERS(1, 2, 3, 4), SG_DIMS(2, 2))), SG_GIVES(1, 0, 3, 4)}),
};

sg_tensor *sg_tril(sg_context *context, sg_tensor *x, int64_t diagonal) {
  return sg_apply_one(context, &op_tril, 1, &x, &(sg_triangle_options){diagonal});
}
