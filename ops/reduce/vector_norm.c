// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/norms.h"

const sg_op op_vector_norm = {SG_NORM(vector_norm, "ord")};

sg_tensor *sg_vector_norm(sg_context *context, sg_tensor *x, const sg_norm_options *options) {
  return sg_apply_one(context, &op_vector_norm, 1, &x, options);
}
