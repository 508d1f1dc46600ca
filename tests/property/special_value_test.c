// SPDX-License-Identifier: GPL-3.0-or-later
//
// Fused and recorded derivatives agree on special values too: with NaN, infinities, zeros, subnormal and huge
// elements among the inputs and the cotangents, the same elements of a gradient are finite, and these have the same
// values.
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/registry.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

enum { KINDS = 10, TRIALS = 6 * KINDS };

// The largest ones leave room for sums of some ten: whether partial sums beyond that overflow is a matter of order.
static double special(sg_dtype dtype, int kind) {
  const bool f32 = dtype == SG_F32;
  const double values[KINDS] = {(double)NAN,
                                HUGE_VAL,
                                -HUGE_VAL,
                                0.0,
                                -0.0,
                                f32 ? 1e-42 : 1e-315,
                                f32 ? -3e-45 : -5e-324,
                                f32 ? 1e15 : 1e150,
                                f32 ? -5e36 : -2e306,
                                f32 ? 2e-38 : 3e-308};
  return values[kind];
}

// Puts the value into `many` of the elements, or into one; integers stay.
static void poison(sg_tensor *tensor, double value, uint64_t seed, bool many) {
  int64_t count = tensor ? sg_tensor_elements(tensor) : 0;
  if (count == 0 || !sg_dtype_is_floating(sg_tensor_dtype(tensor))) return;
  void *data = sg_tensor_write(tensor, "test");
  int64_t chosen = (int64_t)(sg_sample_hash(seed) % (uint64_t)count);
  for (int64_t i = 0; i < count; i++) {
    if (i != chosen && !(many && sg_sample_hash(seed + 1 + (uint64_t)i) % 3 == 0)) continue;
    if (sg_tensor_dtype(tensor) == SG_F32)
      ((float *)data)[i] = (float)value;
    else
      ((double *)data)[i] = value;
  }
}

// Whether the trial has special values here and there in all tensors, and not in one element.
static bool is_everywhere(int trial) { return trial / KINDS % 3 == 2; }

// The sample's inputs and cotangents, with special values in one of them, or here and there in all.
static void apply_poisoned(const test_case *test, sg_dtype dtype, int trial, application *a) {
  sg_context *context = test->context;
  const double value = special(dtype, trial % KINDS);
  a->input_count = sg_sample_inputs(context, test->op, test->sample, dtype, 1, a->inputs);
  const bool all = is_everywhere(trial);
  const int victim = (int)(sg_sample_hash((uint64_t)trial) % (uint64_t)(a->input_count + 1));
  for (int i = 0; i < a->input_count; i++) {
    if (all || i == victim) poison(a->inputs[i], value, (uint64_t)(100 * trial + i), all);
    if (sg_op_input_is_differentiable(test->op, i, a->inputs[i])) sg_tensor_set_requires_grad(a->inputs[i], true);
  }
  apply_inputs(test, context, test->sample->options, a);
  for (int k = 0; k < a->output_count; k++) {
    if (all || victim == a->input_count || !a->inputs[victim])
      poison(a->cotangents[k], value, (uint64_t)(200 * trial + k), all);
  }
}

// Both are sums of at most some hundred terms, added up in another order: as in the test of ordinary values,
// relative to the largest gradient, or to a cotangent times an input, of which it may be what is left. Below the
// smallest normal number digits are lost, and the rest is multiplied by other factors.
static double bound_of(const sg_tensor *gradient, double size) {
  size = fmax(largest(gradient), size);
  return sg_tensor_dtype(gradient) == SG_F32 ? 3e-5 * size + 1e-40 : 1e-11 * size + 1e-310;
}

// One huge element makes the bound wide for all. Those that it does not reach, which are of ordinary size in both
// forms, are held to their own digits, a few of which are lost where terms cancel.
static double bound_at(double bound, sg_dtype dtype, int trial, double a, double b) {
  const double size = fmax(fabs(a), fabs(b));
  if (is_everywhere(trial) || !(size < 1e3)) return bound;
  return fmin(bound, dtype == SG_F32 ? 1e-3 * size + 1e-4 : 1e-11 * size + 1e-12);
}

static double size_on_the_way(const application *a, sg_dtype dtype) {
  const double limit = dtype == SG_F32 ? (double)FLT_MAX : DBL_MAX;
  double cotangent = 0, input = 1;
  for (int k = 0; k < a->output_count; k++) {
    if (a->cotangents[k]) cotangent = fmax(cotangent, largest(a->cotangents[k]));
  }
  for (int i = 0; i < a->input_count; i++) {
    if (a->inputs[i] && sg_dtype_is_floating(sg_tensor_dtype(a->inputs[i])))
      input = fmax(input, largest(a->inputs[i]));
  }
  return cotangent * input > limit ? HUGE_VAL : cotangent * input;
}

static void compare(const test_case *test, int trial, const char *port, const sg_tensor *fused,
                    const sg_tensor *composed, double size) {
  const sg_dtype dtype = sg_tensor_dtype(fused);
  const double bound = bound_of(composed, size);
  for (int64_t i = 0; i < sg_tensor_elements(fused); i++) {
    double a = sg_tensor_value(fused, i), b = sg_tensor_value(composed, i);
    if (isfinite(a) == isfinite(b) && (!isfinite(a) || fabs(a - b) <= bound_at(bound, dtype, trial, a, b)))
      continue;
    fail_case(test, "in %s, trial %d with %g: element %lld of the gradient of %s is %.9g fused and %.9g recorded",
              sg_dtype_name(dtype), trial, special(dtype, trial % KINDS), (long long)i, port, a, b);
  }
}

static void check_special_values(test_case *test) {
  sg_context *context = test->context;
  if (!sg_op_backward(test->op)) return; // the recorded form is the only one
  for (int trial = 0; trial < 2 * TRIALS; trial++) {
    sg_scope scope = sg_scope_open(context);
    application a;
    sg_tensor *fused[SG_MAX_PORTS], *composed[SG_MAX_PORTS];
    const sg_dtype dtype = trial % 2 ? SG_F32 : SG_F64;
    apply_poisoned(test, dtype, trial / 2, &a);
    unsigned mask = differentiable_inputs(test, &a);
    // Where a cotangent times an input overflows, it is a matter of order which of terms that cancel do so first.
    const double size = size_on_the_way(&a, dtype);
    gradients_of(test, context, &a, mask, &keep, fused);
    gradients_of(test, context, &a, mask, &recorded, composed);
    for (int i = 0; i < a.input_count; i++) {
      if (fused[i] && isfinite(size))
        compare(test, trial / 2, sg_op_input_port(test->op, i)->name, fused[i], composed[i], size);
    }
    sg_scope_close(context, scope);
  }
}

static const property properties[] = {{"special values", PROPERTY_OF_DERIVATIVE, check_special_values}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
