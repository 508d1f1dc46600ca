// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/counts.h"

const sg_op op_any = {
    SG_COUNTS(any, INTEGER_ANY, "Whether an element is true, over dimensions; false where there is none.",
              "whether some x over dim is not 0", 1, 0, 1),
};

sg_tensor *sg_any(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_any, 1, &x, options);
}
