// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_argmin = {SG_POSITION(argmin, "min", "smallest", true)};

sg_tensor *sg_argmin(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_argmin, 1, &x, options);
}
