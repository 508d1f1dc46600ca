// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gradcheck/subjects.h"

sg_status apply_op(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                   sg_tensor **outputs) {
  subject *s = user;
  s->calls++;
  *output_count = 1;
  outputs[0] = sg_apply_one(c, s->op, count, inputs, s->options);
  if (s->total) outputs[0] = sg_apply_one(c, &op_plain_sum, 1, outputs, NULL);
  if (s->calls == s->fail_at) return sg_error(c, SG_CALLBACK_FAILED, "subject: failed on purpose");
  return sg_error_status(c);
}

// x sin(x) and exp(x): two outputs, and the input twice.
sg_status two_outputs(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                      sg_tensor **outputs) {
  (void)user, (void)count;
  const map_options sine = {MAP_SINE, 0, 1, 0}, exponential = {MAP_EXP, 0, 1, 0};
  sg_tensor *y = sg_apply_one(c, &op_map, 1, inputs, &sine);
  *output_count = 2;
  outputs[0] = sg_apply_one(c, &op_plain_mul, 2, (sg_tensor *[]){inputs[0], y}, NULL);
  outputs[1] = sg_apply_one(c, &op_map, 1, inputs, &exponential);
  return sg_error_status(c);
}

// x times normal numbers of the context's stream.
sg_status random_factor(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                        sg_tensor **outputs) {
  (void)user, (void)count;
  sg_tensor *factor = sg_random_normal(c, SG_F64, sg_tensor_shape(inputs[0]), 0, 1);
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op_plain_mul, 2, (sg_tensor *[]){inputs[0], factor}, NULL);
  return sg_error_status(c);
}

sg_status other_while_recorded(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                               sg_tensor **outputs) {
  (void)user, (void)count;
  sg_tensor *const doubled = sg_apply_one(c, &op_plain_add, 2, (sg_tensor *[]){inputs[0], inputs[0]}, NULL);
  *output_count = 1;
  outputs[0] = sg_grad_enabled(c) ? doubled : inputs[0];
  return sg_error_status(c);
}

sg_status counting(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                   sg_tensor **outputs) {
  subject *s = user;
  (void)count;
  sg_tensor *factor = sg_tensor_full(c, SG_F64, sg_tensor_shape(inputs[0]), ++s->calls);
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op_plain_mul, 2, (sg_tensor *[]){inputs[0], factor}, NULL);
  return sg_error_status(c);
}

sg_status writes_input(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                       sg_tensor **outputs) {
  subject *s = user;
  (void)count;
  sg_tensor *target = s->captured ? s->captured : inputs[0];
  const bool recording = sg_set_grad_enabled(c, false);
  sg_tensor_fill(target, 2);
  sg_set_grad_enabled(c, recording);
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op_plain_mul, 2, (sg_tensor *[]){inputs[0], inputs[0]}, NULL);
  return sg_error_status(c);
}

sg_status growing(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                  sg_tensor **outputs) {
  subject *s = user;
  (void)inputs, (void)count;
  const sg_shape shape = {1, {++s->calls}};
  *output_count = 1;
  outputs[0] = sg_tensor_full(c, SG_F64, &shape, 1);
  return sg_error_status(c);
}

sg_status no_output(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                    sg_tensor **outputs) {
  (void)c, (void)user, (void)count, (void)inputs, (void)outputs;
  *output_count = 0;
  return SG_OK;
}

// The square without a graph.
sg_status unrecorded(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                     sg_tensor **outputs) {
  (void)user, (void)count;
  sg_tensor *x = sg_tensor_detach(c, inputs[0]);
  *output_count = 1;
  outputs[0] = sg_apply_one(c, &op_plain_mul, 2, (sg_tensor *[]){x, x}, NULL);
  return sg_error_status(c);
}
