// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 0 everywhere.
#include "ops/create/shaped.h"
#include "ops/ops.h"

const sg_op op_zeros = {SG_FILLED_WITH(zeros, 0), SG_WORDS("A tensor of zeros.", "y = 0")};

sg_tensor *sg_zeros(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_apply_one(context, &op_zeros, 0, NULL, SG_FILLED_OPTIONS(dtype, 0, *shape));
}
