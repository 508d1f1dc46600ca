// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every derivative, first and second, of the norms also the third, against GSL's adaptive differences.
#include <string.h>

#include "autograd/gradcheck/gradcheck.h"
#include "tests/support/registry.h"

// Whether the sample gives an output to differentiate at all: a conversion to integers does not.
static bool has_derivative(const test_case *test, int count, sg_tensor *const *inputs) {
  sg_tensor *outputs[SG_MAX_PORTS];
  reset_random(test->context);
  int output_count;
  apply_any(test->context, test->op, count, inputs, test->sample->options, &output_count, outputs);
  require_ok(test, test->context, "applying the op");
  for (int k = 0; k < output_count; k++) {
    if (sg_op_output_is_differentiable(test->op, k, outputs[k])) return true;
  }
  return false;
}

static void check_order(test_case *test, int order, sg_gradcheck_mode mode) {
  sg_context *context = test->context;
  sg_tensor *inputs[SG_MAX_PORTS];
  const int count = sg_sample_inputs(context, test->op, test->sample, SG_F64, 1, inputs);
  int64_t elements = 0;
  for (int i = 0; i < count; i++) {
    if (!inputs[i] || !sg_op_input_is_differentiable(test->op, i, inputs[i])) continue;
    sg_tensor_set_requires_grad(inputs[i], true);
    elements += sg_tensor_elements(inputs[i]);
  }
  require_ok(test, context, "making the inputs");
  if (elements == 0) return; // nothing to differentiate by: the shapes test covers it
  if (!has_derivative(test, count, inputs)) return;
  reset_random(context);
  const sg_gradcheck_options options = {.order = order, .mode = mode, .seed = 1};
  sg_gradcheck_report *report = NULL;
  sg_gradcheck_op(context, test->op, test->sample->options, count, inputs, &options, &report);
  require_ok(test, context, "the gradient check");
  if (!report->ok) {
    char text[3000];
    sg_gradcheck_report_text(report, 0, text, sizeof text);
    sg_gradcheck_report_free(report);
    fail_case(test, "the gradient is not proven\n%s", text);
  }
  sg_gradcheck_report_free(report);
}

static void check_first(test_case *test) { check_order(test, 1, SG_GRADCHECK_FULL); }
static void check_second(test_case *test) { check_order(test, 2, SG_GRADCHECK_FULL); }
static void check_directions(test_case *test) { check_order(test, 2, SG_GRADCHECK_DIRECTIONAL); }

// Normalizations, losses, activations and the other functions of elements are what Newton's method, penalties on
// gradients and learned optimizers go through more than twice.
static void check_third(test_case *test) {
  static const char *const rooms[] = {"elementwise", "loss", "norm"};
  const char *title, *room = sg_builtin_op_room(test->op->name, &title);
  for (size_t i = 0; room && i < sizeof rooms / sizeof *rooms; i++) {
    if (strcmp(room, rooms[i]) == 0) check_order(test, 3, SG_GRADCHECK_FULL);
  }
}

static const property properties[] = {
    {"first derivative", PROPERTY_OF_DERIVATIVE, check_first},
    {"second derivative", PROPERTY_OF_DERIVATIVE, check_second},
    {"derivatives along directions", PROPERTY_OF_DERIVATIVE, check_directions},
    {"third derivative", PROPERTY_OF_DERIVATIVE, check_third},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
