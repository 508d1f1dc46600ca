// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every derivative, first and second, against GSL's adaptive differences.
#include <string.h>

#include "autograd/gradcheck/gradcheck.h"
#include "tests/support/registry.h"

static sg_status apply_op(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                          int *output_count, sg_tensor **outputs) {
  const test_case *test = user;
  sg_tensor *all[SG_MAX_PORTS];
  // Optional inputs that the sample leaves out are not among those the checker passes.
  sg_tensor *arguments[SG_MAX_PORTS] = {NULL};
  int count = sample_input_count(test->op, test->sample);
  for (int i = 0, next = 0; i < count && next < input_count; i++) {
    if (test->sample->inputs[i].kind != SG_SAMPLE_ABSENT) arguments[i] = inputs[next++];
  }
  if (sg_apply(context, test->op, count, arguments, test->sample->options, all)) return sg_error_status(context);
  *output_count = 0;
  for (int k = 0; k < sg_op_output_ports(test->op); k++) {
    if (output_is_differentiable(test->op, k, all[k])) outputs[(*output_count)++] = all[k];
  }
  return SG_OK;
}

// Whether the sample gives an output to differentiate at all: a conversion to integers does not.
static bool has_derivative(const test_case *test, int count, sg_tensor *const *inputs) {
  sg_tensor *outputs[SG_MAX_PORTS];
  reset_random(test->context);
  sg_apply(test->context, test->op, count, inputs, test->sample->options, outputs);
  require_ok(test, test->context, "applying the op");
  for (int k = 0; k < sg_op_output_ports(test->op); k++) {
    if (output_is_differentiable(test->op, k, outputs[k])) return true;
  }
  return false;
}

static void check_order(test_case *test, int order) {
  sg_context *context = test->context;
  sg_tensor *all[SG_MAX_PORTS], *inputs[SG_MAX_PORTS];
  const char *names[SG_MAX_PORTS];
  int count = sample_inputs(context, test->op, test->sample, SG_F64, 1, all);
  int given = 0;
  int64_t elements = 0;
  for (int i = 0; i < count; i++) {
    if (!all[i]) continue;
    names[given] = op_input_port(test->op, i)->name;
    if (input_is_differentiable(test->op, i, all[i])) {
      sg_tensor_set_requires_grad(all[i], true);
      elements += sg_tensor_elements(all[i]);
    }
    inputs[given++] = all[i];
  }
  require_ok(test, context, "making the inputs");
  if (elements == 0) return; // nothing to differentiate by: the shapes test covers it
  if (!has_derivative(test, count, all)) return;
  reset_random(context);
  sg_gradcheck_options options = {.order = order, .seed = 1, .names = names};
  sg_gradcheck_report *report = NULL;
  sg_gradcheck(context, apply_op, test, given, inputs, &options, &report);
  require_ok(test, context, "the gradient check");
  if (!report->ok) {
    char text[3000];
    sg_gradcheck_report_text(report, 0, text, sizeof text);
    sg_gradcheck_report_free(report);
    fail_case(test, "the gradient is not proven\n%s", text);
  }
  sg_gradcheck_report_free(report);
}

static void check_first(test_case *test) { check_order(test, 1); }
static void check_second(test_case *test) { check_order(test, 2); }

static const property properties[] = {
    {"first derivative", PROPERTY_OF_DERIVATIVE, check_first},
    {"second derivative", PROPERTY_OF_DERIVATIVE, check_second},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
