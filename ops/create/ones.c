// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 everywhere.
#include "ops/create/shaped.h"
#include "ops/ops.h"

const sg_op op_ones = {SG_FILLED_WITH(ones, 1), SG_WORDS("A tensor of ones.", "y = 1")};

sg_tensor *sg_ones(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_apply_one(context, &op_ones, 0, NULL, SG_FILLED_OPTIONS(dtype, 1, *shape));
}
