// SPDX-License-Identifier: GPL-3.0-or-later
//
// The guard of custom ops over every op: what a forward computes from one of its arguments, by whatever op, is
// severed in all outputs that a derivative would flow through, and no op takes it in a recorded backward of that
// forward.
#include "autograd/custom.h"
#include "tests/support/registry.h"

static void check_outputs(const test_case *test, int severed, int count, sg_tensor *const *outputs) {
  for (int p = 0; p < count; p++) {
    bool expected = sg_dtype_is_floating(sg_tensor_dtype(outputs[p])) &&
                    !(sg_op_output_port(test->op, p)->flags & (SG_STEP | SG_INDEX));
    if (sg_tensor_is_severed(outputs[p]) != expected)
      fail_case(test, "%s is %ssevered when %s is", sg_op_output_port(test->op, p)->name, expected ? "not " : "",
                sg_op_input_port(test->op, severed)->name);
  }
}

// The sample with input i as an argument of a custom op, in the forward of that op and in its backward.
static void check_input(const test_case *test, int i, int count, sg_tensor *const *given) {
  sg_context *context = test->context;
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  int output_count;
  sg_scope scope = sg_scope_open(context);
  for (int k = 0; k < count; k++) inputs[k] = given[k];
  uint64_t number = sg_custom_number(context);
  inputs[i] = sg_custom_argument(context, given[i]);
  sg_custom_region region = sg_custom_enter_forward(context, number);
  apply_any(context, test->op, count, inputs, test->sample->options, &output_count, outputs);
  require_ok(test, context, "in a forward");
  check_outputs(test, i, output_count, outputs);
  sg_custom_leave(context, region);
  region = sg_custom_enter_backward(context, number);
  if (!apply_any(context, test->op, count, inputs, test->sample->options, &output_count, outputs))
    fail_case(test, "it takes a severed %s in a recorded backward", sg_op_input_port(test->op, i)->name);
  if (sg_error_status(context) != SG_INVALID_STATE) require_ok(test, context, "in a recorded backward");
  sg_error_clear(context);
  inputs[i] = sg_tensor_detach(context, inputs[i]);
  apply_any(context, test->op, count, inputs, test->sample->options, &output_count, outputs);
  require_ok(test, context, "detached in a recorded backward");
  sg_custom_leave(context, region);
  sg_scope_close(context, scope);
}

static void severed_values_are_followed(test_case *test) {
  sg_tensor *inputs[SG_MAX_PORTS];
  int count = sg_sample_inputs(test->context, test->op, test->sample, SG_F64, 1, inputs);
  for (int i = 0; i < count; i++) {
    if (sg_op_input_is_differentiable(test->op, i, inputs[i])) check_input(test, i, count, inputs);
  }
}

static const property properties[] = {{"guard", PROPERTY_OF_DERIVATIVE, severed_values_are_followed}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
