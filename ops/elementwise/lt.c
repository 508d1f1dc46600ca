// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_lt = {SG_COMPARISON(lt, "less than", "<", 1, 1, 0, 0)};

sg_tensor *sg_lt(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_lt, 2, (sg_tensor *[]){a, b}, NULL);
}
