// SPDX-License-Identifier: GPL-3.0-or-later
//
// Derivatives far from zero: an input or a cotangent is moved away by 1, 1e3 and 1e5 of its standard deviations,
// and rounded to f32. At the point where that leaves it, which is exact in f64 too, the derivatives in f32, fused
// and recorded, first and second, must be those in f64. An op that subtracts a mean which it has rounded first is
// wrong by 1e5 roundings.
//
// Ops with a condition number of their own are left out, for it grows with the mean too.
//
// That is asked of every derivative that does not change with the mean of what was moved, as those of norms do not.
// From the others, which compute with the large numbers themselves, errors in proportion to these are accepted.
#include <math.h>
#include <stdio.h>

#include "tests/support/registry.h"

typedef struct derivatives {
  unsigned mask;
  double size;                                                                    // of what was moved
  sg_tensor *fused[SG_MAX_PORTS], *recorded[SG_MAX_PORTS], *second[SG_MAX_PORTS]; // NULL: there is none
} derivatives;

// Where a derivative is taken, and in which dtype.
typedef struct place {
  sg_dtype dtype;
  int moved; // an input, or, counted on from the inputs, the cotangent of an output
  double ratio;
  bool exact; // the inputs and cotangents are not rounded to f32
} place;

static sg_tensor *rounded(sg_context *context, sg_tensor *tensor, sg_dtype dtype, bool exact) {
  return exact ? tensor : sg_tensor_to(context, sg_tensor_to(context, tensor, SG_F32), dtype);
}

static double deviation(const sg_tensor *tensor) {
  int64_t count = sg_tensor_elements(tensor);
  double mean = 0, square = 0;
  for (int64_t i = 0; i < count; i++) mean += sg_tensor_value(tensor, i) / (double)count;
  for (int64_t i = 0; i < count; i++) square += pow(sg_tensor_value(tensor, i) - mean, 2) / (double)count;
  return square > 0 ? sqrt(square) : 1;
}

// In place; f64.
static void move(sg_tensor *tensor, double ratio) {
  double shift = ratio * deviation(tensor);
  double *values = sg_tensor_write(tensor, "test");
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) values[i] += shift;
}

// NULL for an output without a derivative.
static sg_tensor *cotangent_of(const test_case *test, place p, const application *a, int output) {
  sg_context *context = test->context;
  if (!sg_op_output_is_differentiable(test->op, output, a->outputs[output])) return NULL;
  sg_tensor *like = sg_tensor_full(context, SG_F64, sg_tensor_shape(a->outputs[output]), 0);
  sg_tensor *cotangent = sg_sample_cotangent(context, like, 1, output);
  if (p.moved == a->input_count + output) move(cotangent, p.ratio);
  return rounded(context, cotangent, sg_tensor_dtype(a->outputs[output]), p.exact);
}

// False where the op refuses the inputs.
static bool apply_moved(test_case *test, place p, application *a) {
  sg_context *context = test->context;
  a->input_count = sg_sample_inputs(context, test->op, test->sample, SG_F64, 1, a->inputs);
  for (int i = 0; i < a->input_count; i++) {
    if (!a->inputs[i] || sg_tensor_dtype(a->inputs[i]) != SG_F64) continue;
    if (i == p.moved) move(a->inputs[i], p.ratio);
    a->inputs[i] = rounded(context, a->inputs[i], p.dtype, p.exact);
    if (sg_op_input_is_differentiable(test->op, i, a->inputs[i])) sg_tensor_set_requires_grad(a->inputs[i], true);
  }
  reset_random(context);
  apply_any(context, test->op, a->input_count, a->inputs, test->sample->options, &a->output_count, a->outputs);
  if (sg_error_status(context)) {
    sg_error_clear(context);
    return false;
  }
  for (int k = 0; k < a->output_count; k++) a->cotangents[k] = cotangent_of(test, p, a, k);
  return true;
}

// The gradient of sum(v * first derivative), over those first derivatives that depend on anything.
static void differentiate_again(test_case *test, const application *a, derivatives *d) {
  sg_context *context = test->context;
  sg_tensor *outputs[SG_MAX_PORTS], *cotangents[SG_MAX_PORTS], *inputs[SG_MAX_PORTS], *found[SG_MAX_PORTS];
  int output_count = 0, input_count = 0;
  for (int i = 0; i < a->input_count; i++) {
    d->second[i] = NULL;
    if (d->mask >> i & 1) inputs[input_count++] = a->inputs[i];
    if (!d->recorded[i] || !sg_tensor_requires_grad(d->recorded[i])) continue;
    sg_tensor *cotangent = sg_sample_cotangent(context, d->recorded[i], 2, i);
    outputs[output_count] = d->recorded[i];
    cotangents[output_count++] = rounded(context, cotangent, sg_tensor_dtype(d->recorded[i]), false);
  }
  if (!output_count) return;
  const sg_backward_options options = {.allow_unused = true};
  sg_grad(context, output_count, outputs, cotangents, input_count, inputs, &options, found);
  require_ok(test, context, "the second derivative");
  for (int i = 0, next = 0; i < a->input_count; i++) {
    if (d->mask >> i & 1) d->second[i] = found[next++];
  }
}

static bool derive(test_case *test, place p, derivatives *d) {
  application a;
  if (!apply_moved(test, p, &a)) return false;
  d->mask = differentiable_inputs(test, &a);
  const sg_tensor *moved = p.moved < a.input_count ? a.inputs[p.moved] : a.cotangents[p.moved - a.input_count];
  d->size = moved ? largest(moved) : 0;
  gradients_of(test, test->context, &a, d->mask, &(sg_backward_options){.retain_graph = true}, d->fused);
  gradients_of(test, test->context, &a, d->mask, &(sg_backward_options){.create_graph = true}, d->recorded);
  differentiate_again(test, &a, d);
  return true;
}

// Whether the derivative in f64 is one that f32 can hold.
static bool fits_f32(const sg_tensor *tensor) {
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    if (!(fabs(sg_tensor_value(tensor, i)) < 1e30)) return false;
  }
  return true;
}

static bool same(const sg_tensor *a, const sg_tensor *b) {
  if (!a || !b) return a == b;
  double worst = 0;
  for (int64_t i = 0; i < sg_tensor_elements(a); i++) {
    worst = fmax(worst, fabs(sg_tensor_value(a, i) - sg_tensor_value(b, i)));
  }
  return worst <= 1e-6 * (1 + largest(a)); // some thousand roundings of f64, a thousand times the mean
}

// The derivatives, bit i for input i, that a thousand deviations do not change.
typedef struct constancy {
  unsigned first, second;
} constancy;

static constancy free_of_the_mean(test_case *test, int moved) {
  derivatives here, there;
  constancy free = {0, 0};
  if (!derive(test, (place){SG_F64, moved, 0, true}, &here)) return free;
  if (!derive(test, (place){SG_F64, moved, 1e3, true}, &there)) return free;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    if (!(here.mask >> i & 1)) continue;
    free.first |= (unsigned)same(here.recorded[i], there.recorded[i]) << i;
    free.second |= (unsigned)same(here.second[i], there.second[i]) << i;
  }
  return free;
}

// The samples are small: some ten roundings of f32 meet in an element, of terms up to ten times the largest
// gradient or the cotangents, which are of size 1. Observed are 84 (a channel of two close values in batch_norm),
// else 12. A mean rounded to f32 makes it 1e4 and more at 1e5 deviations.
static void compare(const test_case *test, const char *what, double ratio, int input, const sg_tensor *got,
                    const sg_tensor *want, double scale) {
  if (!want || !fits_f32(want)) return;
  char text[80];
  snprintf(text, sizeof text, "%s derivative in f32, %g deviations from zero", what, ratio);
  require_close(test, text, sg_op_input_port(test->op, input)->name, got, want,
                256 * 0x1p-24 * scale * (1 + largest(want)));
}

static void check_ratio(test_case *test, int moved, double ratio, constancy free) {
  derivatives narrow, wide;
  if (!derive(test, (place){SG_F32, moved, ratio, false}, &narrow)) return;
  if (!derive(test, (place){SG_F64, moved, ratio, false}, &wide)) return;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    if (!(wide.mask >> i & 1)) continue;
    double first = free.first >> i & 1 ? 1 : 1 + wide.size, second = free.second >> i & 1 ? 1 : 1 + wide.size;
    compare(test, "fused first", ratio, i, narrow.fused[i], wide.fused[i], first);
    compare(test, "recorded first", ratio, i, narrow.recorded[i], wide.recorded[i], first);
    compare(test, "second", ratio, i, narrow.second[i], wide.second[i], second);
  }
}

static void check_moved(test_case *test, int moved) {
  constancy free = free_of_the_mean(test, moved);
  check_ratio(test, moved, 1, free);
  check_ratio(test, moved, 1e3, free);
  check_ratio(test, moved, 1e5, free);
}

static void check_far_from_zero(test_case *test) {
  if (sg_op_is_conditioned(test->op)) return;
  int input_count = sg_sample_input_count(test->op, test->sample);
  for (int i = 0; i < input_count; i++) {
    if (test->sample->inputs[i].kind != SG_SAMPLE_ABSENT) check_moved(test, i);
  }
  for (int k = 0; k < sg_op_output_ports(test->op); k++) check_moved(test, input_count + k);
}

static const property properties[] = {
    {"far from zero", PROPERTY_OF_DERIVATIVE, check_far_from_zero},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
