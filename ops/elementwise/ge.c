// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_ge = {SG_COMPARISON(ge, "greater than or equal to", ">=", 0, 0, 1, 1)};

sg_tensor *sg_ge(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_ge, 2, (sg_tensor *[]){a, b}, NULL);
}
