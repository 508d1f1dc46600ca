// SPDX-License-Identifier: GPL-3.0-or-later
//
// A leaf in another dtype, which takes the place of the one it was made from.
#include "autograd/internal.h"

static sg_status check_leaf(const sg_tensor *leaf, sg_dtype dtype) {
  sg_context *context = leaf->context;
  if (leaf->node) {
    return sg_error(context, SG_INVALID_STATE,
                    "to_: the tensor %s is the result of %s, expected a leaf; to() gives a converted tensor",
                    sg_shape_text(&leaf->shape).text, leaf->node->op->name);
  }
  if (leaf->requires_grad && !sg_dtype_is_floating(dtype)) {
    return sg_error(context, SG_INVALID_ARGUMENT,
                    "to_: the tensor %s requires a gradient, which one of dtype %s cannot",
                    sg_shape_text(&leaf->shape).text, sg_dtype_name(dtype));
  }
  return SG_OK;
}

sg_tensor *sg_leaf_convert(sg_tensor *leaf, sg_dtype dtype) {
  sg_context *context = leaf->context;
  if (context->status || check_leaf(leaf, dtype)) return NULL;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *converted = sg_tensor_to(context, leaf, dtype);
  sg_tensor *grad = converted && leaf->grad ? sg_tensor_to(context, leaf->grad, dtype) : NULL;
  if (context->status) return sg_scope_return(context, scope, NULL);
  converted->requires_grad = leaf->requires_grad;
  converted->grad = sg_retain(grad);
  if (grad) grad->is_grad = true;
  converted->hooks = leaf->hooks;
  leaf->hooks = NULL;
  for (sg_hook *hook = converted->hooks; hook; hook = hook->next) hook->list = &converted->hooks;
  leaf->replaced = true;
  return sg_scope_return(context, scope, converted);
}
