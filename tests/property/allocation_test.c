// SPDX-License-Identifier: GPL-3.0-or-later
//
// Memory runs out at the first, the second, ... allocation of a program that opens a context, applies an op and
// differentiates it twice. Each time there is an error status, nothing leaks, and the next call works.
#include "tests/support/registry.h"

// The op that writes, made of this one. What it cannot write is no failure.
static void run_form(const test_case *test, sg_context *context) {
  sg_tensor *inputs[SG_MAX_PORTS], *output;
  const int count = sg_sample_inputs(context, test->op, test->sample, SG_F64, 1, inputs);
  const sg_op *form = sg_op_written_form(context, test->op);
  if (!form) return;
  sg_apply(context, form, count, inputs, test->sample->options, &output);
  if (sg_error_status(context) == SG_INVALID_ARGUMENT) sg_error_clear(context);
}

// Returns the first failure; SG_OK when all went through.
static sg_status run_program(const test_case *test, sg_context *context) {
  application a;
  sg_tensor *cotangents[SG_MAX_PORTS], *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS], *gradients[SG_MAX_PORTS];
  a.input_count = sg_sample_inputs(context, test->op, test->sample, SG_F64, 1, a.inputs);
  int input_count = 0, output_count = 0;
  run_form(test, context);
  for (int i = 0; i < a.input_count && !sg_error_status(context); i++) {
    if (!sg_op_input_is_differentiable(test->op, i, a.inputs[i])) continue;
    sg_tensor_set_requires_grad(a.inputs[i], true);
    inputs[input_count++] = a.inputs[i];
  }
  reset_random(context);
  if (apply_any(context, test->op, a.input_count, a.inputs, test->sample->options, &a.output_count, a.outputs))
    return sg_error_status(context);
  for (int k = 0; k < a.output_count && !sg_error_status(context); k++) {
    if (!sg_op_output_is_differentiable(test->op, k, a.outputs[k])) continue;
    if (!sg_tensor_requires_grad(a.outputs[k])) continue;
    outputs[output_count] = a.outputs[k];
    cotangents[output_count++] = sg_sample_cotangent(context, a.outputs[k], 1, k);
  }
  if (!input_count || !output_count) return sg_error_status(context);
  sg_grad(context, output_count, outputs, cotangents, input_count, inputs,
          &(sg_backward_options){.create_graph = true}, gradients);
  if (sg_error_status(context)) return sg_error_status(context);
  for (int i = 0; i < input_count; i++) {
    if (!sg_tensor_requires_grad(gradients[i])) continue;
    sg_tensor *weights = sg_sample_cotangent(context, gradients[i], 2, i);
    sg_backward(context, gradients[i], weights, &(sg_backward_options){.retain_graph = true});
  }
  sg_backward(context, outputs[0], cotangents[0], NULL);
  return sg_error_status(context);
}

// The program with the allocation number `fail_at` refused; false when it does not get that far.
static bool run_failing(const test_case *test, uint64_t fail_at, bool fail_after) {
  test_allocator allocator = {.fail_at = fail_at, .fail_after = fail_after};
  sg_context *context = open_context(&allocator, 1, NULL);
  bool failed = !context;
  if (context) {
    sg_scope scope = sg_scope_open(context);
    sg_status status = run_program(test, context);
    failed = allocator.failures > 0;
    // The block cache may make up for a refused allocation: then everything must have worked.
    if (status != SG_OK && status != SG_OUT_OF_MEMORY) {
      fail_case(test, "allocation %llu refused: the status is %d, %s", (unsigned long long)fail_at, (int)status,
                sg_error_message(context));
    }
    if (status && !failed) fail_case(test, "failed without a refused allocation: %s", sg_error_message(context));
    sg_error_clear(context);
    sg_scope_close(context, scope);
    allocator.fail_at = 0;
    scope = sg_scope_open(context);
    if (run_program(test, context)) {
      fail_case(test, "allocation %llu refused: the next run fails with %s", (unsigned long long)fail_at,
                sg_error_message(context));
    }
    sg_scope_close(context, scope);
    close_context(context, &allocator);
  }
  if (allocator.live_blocks) fail_case(test, "allocation %llu refused: memory leaked", (unsigned long long)fail_at);
  return failed;
}

static void check_every_allocation(test_case *test) {
  if (test->number >= 2) return; // the first samples take every path of an allocation
  for (int after = 0; after < 2; after++) {
    uint64_t n = 1;
    // Each of the first ones, and of the hundreds that a composition of many ops makes ever fewer.
    while (run_failing(test, n, after)) n += 1 + n / 64;
    if (n < 3) fail_case(test, "only %llu allocations were refused", (unsigned long long)n - 1);
  }
}

static const property properties[] = {{"out of memory", PROPERTY_OF_SAMPLE, check_every_allocation}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
