// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_gt = {SG_COMPARISON(gt, "greater than", ">", 0, 0, 1, 0)};

sg_tensor *sg_gt(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_gt, 2, (sg_tensor *[]){a, b}, NULL);
}
