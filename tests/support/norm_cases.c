// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/norm_cases.h"

norm_outputs apply_batch_norm(sg_context *context, sg_tensor **inputs, double eps) {
  norm_outputs o;
  o.y = sg_batch_norm(context, inputs[0], inputs[1], inputs[2], &(sg_batch_norm_options){eps}, &o.mean, &o.var);
  return o;
}

norm_outputs apply_layer_norm(sg_context *context, sg_tensor **inputs, double eps) {
  norm_outputs o;
  sg_layer_norm_options options = {*sg_tensor_shape(inputs[1]), eps};
  o.y = sg_layer_norm(context, inputs[0], inputs[1], inputs[2], &options, &o.mean, &o.var);
  return o;
}

norm_outputs apply_two_groups(sg_context *context, sg_tensor **inputs, double eps) {
  norm_outputs o;
  sg_group_norm_options options = {2, eps};
  o.y = sg_group_norm(context, inputs[0], inputs[1], inputs[2], &options, &o.mean, &o.var);
  return o;
}

norm_outputs apply_instance_norm(sg_context *context, sg_tensor **inputs, double eps) {
  norm_outputs o;
  sg_instance_norm_options options = {eps};
  o.y = sg_instance_norm(context, inputs[0], inputs[1], inputs[2], &options, &o.mean, &o.var);
  return o;
}

norm_outputs apply_rms_norm(sg_context *context, sg_tensor **inputs, double eps) {
  norm_outputs o = {.mean = NULL};
  sg_rms_norm_options options = {*sg_tensor_shape(inputs[1]), eps};
  o.y = sg_rms_norm(context, inputs[0], inputs[1], &options, &o.var);
  return o;
}
