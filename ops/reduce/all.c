// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/counts.h"

const sg_op op_all = {
    SG_COUNTS(all, INTEGER_ALL, "Whether every element is true, over dimensions; true where there is none.",
              "whether every x over dim is not 0", 0, 0, 1),
};

sg_tensor *sg_all(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_all, 1, &x, options);
}
