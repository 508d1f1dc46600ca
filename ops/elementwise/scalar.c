// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers as operands.
#include "ops/ops.h"

sg_tensor *sg_scalar_like(sg_context *context, sg_tensor *t, double number) {
  return t ? sg_tensor_scalar(context, sg_tensor_dtype(t), number) : NULL;
}

sg_tensor *sg_add_scalar(sg_context *context, sg_tensor *t, double number) {
  return sg_add(context, t, sg_scalar_like(context, t, number));
}

sg_tensor *sg_mul_scalar(sg_context *context, sg_tensor *t, double number) {
  return sg_mul(context, t, sg_scalar_like(context, t, number));
}
