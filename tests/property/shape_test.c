// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every sample again with each of its extents set to 0 and to 1. The op computes with gradients of the right shape
// and no numbers made up, or refuses in its own name.
#include <string.h>

#include "tests/support/enlarge.h"
#include "tests/support/registry.h"

static void check_refusal(const test_case *test, sg_context *context) {
  const char *message = sg_error_message(context);
  size_t length = strlen(test->op->name);
  if (strncmp(message, test->op->name, length) != 0 || message[length] != ':') {
    fail_case(test, "the message does not begin with the op: %s", message);
  }
  sg_error_clear(context);
}

static void check_extent(const test_case *test, int64_t from, int64_t to) {
  sg_context *context = test->context;
  enlarged other;
  reshape_sample(test->op, test->sample, from, to, &other);
  test_case changed = *test;
  changed.sample = &other.sample;
  sg_scope scope = sg_scope_open(context);
  application a;
  a.input_count = sg_sample_inputs(context, test->op, &other.sample, SG_F64, 1, a.inputs);
  require_ok(test, context, "making the inputs");
  for (int i = 0; i < a.input_count; i++) {
    if (sg_op_input_is_differentiable(test->op, i, a.inputs[i])) sg_tensor_set_requires_grad(a.inputs[i], true);
  }
  reset_random(context);
  if (apply_any(context, test->op, a.input_count, a.inputs, other.sample.options, &a.output_count, a.outputs)) {
    check_refusal(test, context);
  } else {
    sg_tensor *gradients[SG_MAX_PORTS];
    unsigned mask = differentiable_inputs(test, &a);
    apply_inputs(&changed, context, other.sample.options, &a);
    if (sg_op_is_differentiable(test->op)) {
      gradients_of(&changed, context, &a, mask, &(sg_backward_options){.retain_graph = true}, gradients);
      gradients_of(&changed, context, &a, mask, &(sg_backward_options){.create_graph = true}, gradients);
    }
  }
  sg_scope_close(context, scope);
  enlarged_free(&other);
}

static void check_extents(test_case *test) {
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    const sg_sample_input *input = &test->sample->inputs[i];
    if (input->kind == SG_SAMPLE_ABSENT) continue;
    for (int d = 0; d < input->shape.rank; d++) {
      check_extent(test, input->shape.size[d], 0);
      check_extent(test, input->shape.size[d], 1);
    }
  }
}

static const property properties[] = {{"extents of 0 and 1", PROPERTY_OF_SAMPLE, check_extents}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
