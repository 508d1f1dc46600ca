// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/elementwise/comparison.h"

const sg_op op_logical_xor = {
    SG_LOGICAL(logical_xor, "one of a and b is true and the other is not", "(a != 0) != (b != 0)", 0, 1, 1, 0, 0)};

sg_tensor *sg_logical_xor(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_logical_xor, 2, (sg_tensor *[]){a, b}, NULL);
}
