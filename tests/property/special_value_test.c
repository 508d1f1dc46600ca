// SPDX-License-Identifier: GPL-3.0-or-later
//
// NaN, infinities, zeros, subnormal and huge elements among the inputs and the cotangents. Fused and recorded
// derivatives agree on them, and so do f32 and f64, of which the second has room where the first has none: a number
// is the same number within rounding, NaN is NaN, and an infinity has the same sign. The same of second
// derivatives. Where a condition number magnifies rounding without bound, as in ops on matrices, there is nothing
// to compare: they compute, with their derivatives, or refuse, and end.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/registry.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

enum { KINDS = 12, TRIALS = 6 * KINDS };

// Each is a number of the dtype. 5e36 leaves room for sums of some ten terms.
static double special(sg_dtype dtype, int kind) {
  const bool f32 = dtype == SG_F32;
  const double values[KINDS] = {(double)NAN,
                                HUGE_VAL,
                                -HUGE_VAL,
                                0.0,
                                -0.0,
                                f32 ? 0x1p-140 : 1e-315,
                                f32 ? -0x1p-148 : -5e-324,
                                f32 ? 0x1p-149 : 5e-324,
                                f32 ? 0x1p50 : 1e150,
                                f32 ? -0x1.ep121 : -2e306,
                                f32 ? 0x1p100 : 1e300,
                                f32 ? 0x1p-125 : 3e-308};
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

static void require_gradients(const test_case *test, application *a) {
  for (int i = 0; i < a->input_count; i++) {
    if (sg_op_input_is_differentiable(test->op, i, a->inputs[i])) sg_tensor_set_requires_grad(a->inputs[i], true);
  }
}

// The sample's inputs and cotangents, with special values in one of them, or here and there in all. False: the op
// refuses such inputs.
static bool apply_poisoned(const test_case *test, sg_dtype dtype, int trial, application *a) {
  sg_context *context = test->context;
  const double value = special(dtype, trial % KINDS);
  a->input_count = sg_sample_inputs(context, test->op, test->sample, dtype, 1, a->inputs);
  const bool all = is_everywhere(trial);
  const int victim = (int)(sg_sample_hash((uint64_t)trial) % (uint64_t)(a->input_count + 1));
  for (int i = 0; i < a->input_count; i++) {
    if (all || i == victim) poison(a->inputs[i], value, (uint64_t)(100 * trial + i), all);
  }
  require_gradients(test, a);
  if (!try_inputs(test, context, test->sample->options, a)) return sg_error_clear(context), false;
  for (int k = 0; k < a->output_count; k++) {
    if (all || victim == a->input_count || !a->inputs[victim])
      poison(a->cotangents[k], value, (uint64_t)(200 * trial + k), all);
  }
  return true;
}

// ---- Comparing --------------------------------------------------------------------------------------

// Both are sums of at most some hundred terms, added up in another order: as in the test of ordinary values,
// relative to the largest gradient, or to a cotangent times an input, of which it may be what is left. Below the
// smallest normal number digits are lost, and the rest is multiplied by other factors.
static double bound_of(const sg_tensor *want, sg_dtype dtype, double size) {
  size = fmax(largest(want), size);
  return dtype == SG_F32 ? 3e-5 * size + 1e-40 : 1e-11 * size + 1e-310;
}

// One huge element makes the bound wide for all. Those that it does not reach, which are of ordinary size in both
// forms, are held to their own digits, a few of which are lost where terms cancel.
static double bound_at(double bound, sg_dtype dtype, int trial, double a, double b) {
  const double size = fmax(fabs(a), fabs(b));
  if (is_everywhere(trial) || !(size < 1e3)) return bound;
  return fmin(bound, dtype == SG_F32 ? 1e-3 * size + 1e-4 : 1e-11 * size + 1e-12);
}

static double size_on_the_way(const application *a) {
  double cotangent = 0, input = 1;
  for (int k = 0; k < a->output_count; k++) {
    if (a->cotangents[k]) cotangent = fmax(cotangent, largest(a->cotangents[k]));
  }
  for (int i = 0; i < a->input_count; i++) {
    if (a->inputs[i] && sg_dtype_is_floating(sg_tensor_dtype(a->inputs[i])))
      input = fmax(input, largest(a->inputs[i]));
  }
  return cotangent * input;
}

// What stands for an infinity there is a number of the dtype.
static bool is_of_its_dtype(const sg_op *op) { return strcmp(op->name, "nan_to_num") == 0; }

// Normalizations take the mean of the cotangents away, of an infinite one too: the difference of infinities is met
// in one form and not in the other, where a limit would be infinite.
static bool takes_means_away(const sg_op *op) { return strstr(op->name, "norm"); }

typedef struct comparison {
  const test_case *test;
  int trial;
  sg_dtype dtype;
  double size; // on the way
  const char *what[2];
  // Where f32 has its room for intermediate results: the gradient for cotangents of 1, in f64; else NULL.
  const sg_tensor *slope;
  // Of second derivatives: terms of a huge element may cancel to an ordinary one, so the bound is the same for all;
  // and factors, being derivatives themselves, may leave the range where the product comes near its end.
  bool second;
  int64_t output_elements; // a gradient with fewer is a sum
} comparison;

// A NaN of terms beyond the range and of both signs, which cancel where there is room for them.
static bool is_sum_beyond_f32(const comparison *c, const sg_tensor *got, double value) {
  return isnan(value) && c->size > (double)FLT_MAX && sg_tensor_elements(got) < c->output_elements;
}

static bool same(const comparison *c, double bound, double a, double b) {
  if (isfinite(a) && isfinite(b))
    return fabs(a - b) <= (c->second ? bound : bound_at(bound, c->dtype, c->trial, a, b));
  if (isfinite(a) || isfinite(b)) return false;
  return a == b || (isnan(a) && isnan(b)) || takes_means_away(c->test->op);
}

static void compare(const comparison *c, const char *port, const sg_tensor *got, const sg_tensor *want) {
  const double bound = bound_of(want, c->dtype, c->size);
  for (int64_t i = 0; i < sg_tensor_elements(got); i++) {
    double a = sg_tensor_value(got, i), b = sg_tensor_value(want, i);
    if (same(c, bound, a, b)) continue;
    if (sg_tensor_dtype(got) == SG_F32 && sg_tensor_dtype(want) == SG_F64 && !isfinite(a) && isfinite(b)) {
      // Beyond the range of f32 is infinity, or NaN where terms of both signs are.
      const double slope = c->slope ? sg_tensor_value(c->slope, i) : 0;
      if (is_sum_beyond_f32(c, got, a)) continue;
      if (fabs(b) > (double)FLT_MAX * (c->second ? 1e-6 : 1) || !(fabs(slope) <= (double)FLT_MAX)) continue;
    }
    fail_case(c->test, "in %s, trial %d with %g: element %lld of %s is %.9g %s and %.9g %s",
              sg_dtype_name(c->dtype), c->trial, special(c->dtype, c->trial % KINDS), (long long)i, port, a,
              c->what[0], b, c->what[1]);
  }
}

// ---- Fused and recorded -----------------------------------------------------------------------------

static void check_that_it_ends(test_case *test) {
  sg_context *context = test->context;
  if (!sg_op_is_conditioned(test->op)) return;
  for (int trial = 0; trial < 2 * TRIALS; trial++) {
    sg_scope scope = sg_scope_open(context);
    application a;
    sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS], *cotangents[SG_MAX_PORTS], *found[SG_MAX_PORTS];
    int input_count = 0, output_count = 0;
    const bool taken = apply_poisoned(test, trial % 2 ? SG_F32 : SG_F64, trial / 2, &a);
    const unsigned mask = taken ? differentiable_inputs(test, &a) : 0;
    for (int i = 0; taken && i < a.input_count; i++)
      if (mask >> i & 1) inputs[input_count++] = a.inputs[i];
    for (int k = 0; taken && k < a.output_count; k++) {
      if (!a.cotangents[k] || !sg_tensor_requires_grad(a.outputs[k])) continue;
      cotangents[output_count] = a.cotangents[k];
      outputs[output_count++] = a.outputs[k];
    }
    if (output_count > 0)
      sg_grad(context, output_count, outputs, cotangents, input_count, inputs, &recorded, found);
    sg_error_clear(context);
    sg_scope_close(context, scope);
  }
}

static void check_both_forms(test_case *test) {
  sg_context *context = test->context;
  if (sg_op_is_conditioned(test->op)) return;
  if (!sg_op_backward(test->op)) return; // the recorded form is the only one
  for (int trial = 0; trial < 2 * TRIALS; trial++) {
    sg_scope scope = sg_scope_open(context);
    application a;
    sg_tensor *fused[SG_MAX_PORTS], *composed[SG_MAX_PORTS];
    const sg_dtype dtype = trial % 2 ? SG_F32 : SG_F64;
    if (apply_poisoned(test, dtype, trial / 2, &a)) {
      unsigned mask = differentiable_inputs(test, &a);
      gradients_of(test, context, &a, mask, &keep, fused);
      gradients_of(test, context, &a, mask, &recorded, composed);
      comparison c = {test, trial / 2, dtype, size_on_the_way(&a), {"fused", "recorded"}, NULL, false, 0};
      for (int i = 0; i < a.input_count; i++)
        if (fused[i]) compare(&c, sg_op_input_port(test->op, i)->name, fused[i], composed[i]);
    }
    sg_scope_close(context, scope);
  }
}

// ---- f32 and f64 ------------------------------------------------------------------------------------

static sg_tensor *widened(sg_context *context, sg_tensor *tensor) {
  if (!tensor || sg_tensor_dtype(tensor) != SG_F32) return tensor;
  return sg_to(context, sg_tensor_detach(context, tensor), SG_F64);
}

// The same application in f64; false: refused.
static bool apply_widened(const test_case *test, const application *narrow, application *wide) {
  wide->input_count = narrow->input_count;
  for (int i = 0; i < narrow->input_count; i++) wide->inputs[i] = widened(test->context, narrow->inputs[i]);
  require_gradients(test, wide);
  if (!try_inputs(test, test->context, test->sample->options, wide)) return sg_error_clear(test->context), false;
  for (int k = 0; k < wide->output_count; k++) {
    if (!wide->cotangents[k]) continue;
    bool is_wide = sg_tensor_dtype(wide->outputs[k]) == SG_F64;
    wide->cotangents[k] = is_wide ? widened(test->context, narrow->cotangents[k]) : narrow->cotangents[k];
  }
  return true;
}

// The gradients of the sum of the outputs with the cotangents' signs.
static void slopes_of(const test_case *test, const application *a, unsigned mask, sg_tensor **slopes) {
  application units = *a;
  for (int k = 0; k < a->output_count; k++) {
    if (a->cotangents[k]) units.cotangents[k] = sg_sign(test->context, a->cotangents[k]);
  }
  gradients_of(test, test->context, &units, mask, &keep, slopes);
}

static void compare_dtypes(const test_case *test, int trial, const application *narrow, const application *wide) {
  const sg_op *op = test->op;
  comparison c = {test,
                  trial,
                  SG_F32,
                  size_on_the_way(narrow),
                  {"in f32", "in f64"},
                  NULL,
                  false,
                  sg_tensor_elements(narrow->outputs[0])};
  for (int k = 0; k < narrow->output_count; k++) {
    if (!(sg_op_output_port(op, k)->flags & SG_HIDDEN))
      compare(&c, sg_op_output_port(op, k)->name, narrow->outputs[k], wide->outputs[k]);
  }
  if (!sg_op_is_differentiable(op)) return;
  unsigned mask = differentiable_inputs(test, narrow);
  sg_tensor *fused[SG_MAX_PORTS], *composed[SG_MAX_PORTS], *want[SG_MAX_PORTS], *slopes[SG_MAX_PORTS];
  gradients_of(test, test->context, narrow, mask, &keep, fused);
  gradients_of(test, test->context, narrow, mask, &recorded, composed);
  gradients_of(test, test->context, wide, mask, &keep, want);
  slopes_of(test, wide, mask, slopes);
  for (int i = 0; i < narrow->input_count; i++) {
    if (!fused[i]) continue;
    c.slope = slopes[i];
    c.what[0] = "in f32";
    compare(&c, sg_op_input_port(op, i)->name, fused[i], want[i]);
    c.what[0] = "recorded in f32";
    compare(&c, sg_op_input_port(op, i)->name, composed[i], want[i]);
  }
}

// The gradients of the recorded gradients; NULL where nothing depends on an input any more.
static void second_gradients(const test_case *test, const application *a, unsigned mask, sg_tensor **second) {
  sg_context *context = test->context;
  sg_tensor *first[SG_MAX_PORTS], *outputs[SG_MAX_PORTS], *cotangents[SG_MAX_PORTS], *inputs[SG_MAX_PORTS],
      *found[SG_MAX_PORTS];
  int output_count = 0, input_count = 0;
  gradients_of(test, context, a, mask, &recorded, first);
  for (int i = 0; i < a->input_count; i++) {
    second[i] = NULL;
    if (!(mask >> i & 1)) continue;
    inputs[input_count++] = a->inputs[i];
    if (!first[i] || !sg_tensor_requires_grad(first[i])) continue;
    cotangents[output_count] = sg_sample_cotangent(context, first[i], 1, SG_MAX_PORTS + i);
    outputs[output_count++] = first[i];
  }
  if (output_count == 0) return;
  sg_grad(context, output_count, outputs, cotangents, input_count, inputs,
          &(sg_backward_options){.retain_graph = true, .allow_unused = true}, found);
  require_ok(test, context, "taking the second gradient");
  for (int i = 0, next = 0; i < a->input_count; i++)
    if (mask >> i & 1) second[i] = found[next++];
}

static void compare_second(const test_case *test, int trial, const application *narrow, const application *wide) {
  unsigned mask = differentiable_inputs(test, narrow);
  comparison c = {test, trial, SG_F32, size_on_the_way(narrow), {"for the second time in f32", "in f64"},
                  NULL, true,  0};
  sg_tensor *got[SG_MAX_PORTS], *want[SG_MAX_PORTS];
  second_gradients(test, narrow, mask, got);
  second_gradients(test, wide, mask, want);
  for (int i = 0; i < narrow->input_count; i++)
    if (got[i] && want[i]) compare(&c, sg_op_input_port(test->op, i)->name, got[i], want[i]);
}

static void check_both_dtypes(test_case *test) {
  sg_context *context = test->context;
  if (sg_op_is_conditioned(test->op)) return;
  if (sg_op_writes(test->op) || is_of_its_dtype(test->op))
    return; // its inputs are gone, and its row is that of an op that does not write
  for (int trial = 0; trial < TRIALS; trial++) {
    sg_scope scope = sg_scope_open(context);
    application narrow, wide;
    bool taken = apply_poisoned(test, SG_F32, trial, &narrow), taken_wide = apply_widened(test, &narrow, &wide);
    if (taken != taken_wide) fail_case(test, "trial %d is refused in one dtype and not in the other", trial);
    if (taken) compare_dtypes(test, trial, &narrow, &wide);
    // With special values everywhere products of three overflow.
    if (taken && sg_op_vjp(test->op) && !is_everywhere(trial)) compare_second(test, trial, &narrow, &wide);
    sg_scope_close(context, scope);
  }
}

static const property properties[] = {{"special values", PROPERTY_OF_DERIVATIVE, check_both_forms},
                                      {"special values, and an end", PROPERTY_OF_DERIVATIVE, check_that_it_ends},
                                      {"special values, f32 and f64", PROPERTY_OF_SAMPLE, check_both_dtypes}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
