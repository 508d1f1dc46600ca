// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_ne = {SG_COMPARISON(ne, "different from", "!=", 1, 1, 1, 0)};

sg_tensor *sg_ne(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_ne, 2, (sg_tensor *[]){a, b}, NULL);
}
