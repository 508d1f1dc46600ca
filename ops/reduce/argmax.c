// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_argmax = {SG_POSITION(argmax, "max", "largest", false)};

sg_tensor *sg_argmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_argmax, 1, &x, options);
}
