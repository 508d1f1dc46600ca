// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every sample with each of its extents made long, in f32 against f64: outputs and gradients, fused and recorded,
// keep their digits. All floating inputs and cotangents are 0.1 or 0.2, whose sums round to the same side again and
// again: added one by one, 32768 of them are wrong by 1e-4. The bound is 3e-5 of the largest element: the 512
// roundings of half a unit in the last place (6e-8) that a stretch of f32 may make.
#include <math.h>
#include <string.h>

#include "tests/support/enlarge.h"
#include "tests/support/registry.h"

enum { LONG = 1 << 15, ELEMENTS_AT_MOST = 5 * LONG };
static const double bound = 3e-5;

// The values of both precisions are those of f32.
static void fill(sg_tensor *tensor, int stream) {
  double *value = sg_tensor_write(tensor, "the test");
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++)
    value[i] = sg_sample_uniform(1, stream, i) < 0.5 ? 0.1F : 0.2F;
}

static void differentiable_leaves(const test_case *test, const application *a) {
  for (int i = 0; i < a->input_count; i++)
    if (sg_op_input_is_differentiable(test->op, i, a->inputs[i])) sg_tensor_set_requires_grad(a->inputs[i], true);
}

// The same inputs in f32.
static void narrow(sg_context *context, const application *wide, application *a) {
  a->input_count = wide->input_count;
  for (int i = 0; i < wide->input_count; i++) {
    sg_tensor *input = wide->inputs[i];
    bool floating = input && sg_dtype_is_floating(sg_tensor_dtype(input));
    a->inputs[i] = floating ? sg_tensor_to(context, sg_tensor_detach(context, input), SG_F32)
                   : input  ? sg_tensor_copy(context, input) // an op may write into it
                            : NULL;
  }
}

static bool apply(const test_case *test, const void *options, application *a) {
  sg_context *context = test->context;
  differentiable_leaves(test, a);
  reset_random(context);
  memset(a->cotangents, 0, sizeof a->cotangents);
  if (apply_any(context, test->op, a->input_count, a->inputs, options, &a->output_count, a->outputs)) {
    sg_error_clear(context); // the op refuses such a shape, or its result is too large
    return false;
  }
  for (int k = 0; k < a->output_count; k++) {
    if (!sg_op_output_is_differentiable(test->op, k, a->outputs[k])) continue;
    sg_tensor *cotangent = sg_tensor_full(context, SG_F64, sg_tensor_shape(a->outputs[k]), 0);
    require_ok(test, context, "making cotangents");
    fill(cotangent, 100 + k);
    a->cotangents[k] = sg_tensor_to(context, cotangent, sg_tensor_dtype(a->outputs[k]));
  }
  return true;
}

// A gradient may cancel: it is measured by what arrives at each of its elements on average, too.
static void compare(const test_case *test, const char *what, const char *port, const sg_tensor *got,
                    const sg_tensor *want, double arriving) {
  if (!got || !want || !sg_dtype_is_floating(sg_tensor_dtype(want)) || sg_tensor_elements(want) == 0) return;
  double scale = fmax(fmax(largest(want), 0.1), arriving / (double)sg_tensor_elements(want));
  require_close(test, what, port, got, want, bound * scale);
}

static double arriving(const application *a) {
  double sum = 0;
  for (int k = 0; k < a->output_count; k++)
    for (int64_t i = 0; a->cotangents[k] && i < sg_tensor_elements(a->cotangents[k]); i++)
      sum += sg_tensor_value(a->cotangents[k], i);
  return sum;
}

static void compare_gradients(const test_case *test, const char *what, const application *a,
                              const application *wide, bool recorded) {
  const sg_backward_options options = {.retain_graph = true, .create_graph = recorded};
  sg_tensor *got[SG_MAX_PORTS] = {0}, *want[SG_MAX_PORTS] = {0};
  unsigned mask = differentiable_inputs(test, a) & differentiable_inputs(test, wide);
  gradients_of(test, test->context, a, mask, &options, got);
  gradients_of(test, test->context, wide, mask, &options, want);
  for (int i = 0; i < a->input_count; i++)
    if (mask >> i & 1) compare(test, what, sg_op_input_port(test->op, i)->name, got[i], want[i], arriving(wide));
}

static double elements_with(const sg_sample *sample, int64_t from, int64_t to) {
  double elements = 0;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    const sg_sample_input *input = &sample->inputs[i];
    double count = input->kind == SG_SAMPLE_ABSENT ? 0 : 1;
    for (int d = 0; d < input->shape.rank; d++)
      count *= (double)(input->shape.size[d] == from ? to : input->shape.size[d]);
    elements += count;
  }
  return elements;
}

// Fills the floating inputs; false if one has a dtype of its own, and so no second precision.
static bool fill_inputs(application *a) {
  for (int i = 0; i < a->input_count; i++) {
    if (!a->inputs[i] || sg_tensor_dtype(a->inputs[i]) == SG_I64) continue;
    if (sg_tensor_dtype(a->inputs[i]) != SG_F64) return false;
    fill(a->inputs[i], i);
  }
  return true;
}

static void check_sample(const test_case *test, const sg_sample *sample) {
  application wide, a;
  wide.input_count = sg_sample_inputs(test->context, test->op, sample, SG_F64, 1, wide.inputs);
  require_ok(test, test->context, "making the inputs");
  if (!fill_inputs(&wide)) return;
  narrow(test->context, &wide, &a);
  if (!apply(test, sample->options, &wide) || !apply(test, sample->options, &a)) return;
  for (int k = 0; k < a.output_count; k++)
    compare(test, "a result", sg_op_output_port(test->op, k)->name, a.outputs[k], wide.outputs[k], 0);
  compare_gradients(test, "a gradient", &a, &wide, false);
  if (sg_op_vjp(test->op)) compare_gradients(test, "a recorded gradient", &a, &wide, true);
}

static void check_extent(const test_case *test, int64_t from) {
  if (elements_with(test->sample, from, LONG) > ELEMENTS_AT_MOST) return;
  enlarged other;
  reshape_sample(test->op, test->sample, from, LONG, &other);
  sg_scope scope = sg_scope_open(test->context);
  check_sample(test, &other.sample);
  sg_scope_close(test->context, scope);
  enlarged_free(&other);
}

static void check_extents(test_case *test) {
  sg_memory_set_limit(test->context, UINT64_C(1) << 28);
  int64_t done[SG_MAX_PORTS * SG_MAX_RANK];
  int count = 0;
  for (int i = 0; i < SG_MAX_SAMPLE_INPUTS; i++) {
    const sg_sample_input *input = &test->sample->inputs[i];
    if (input->kind == SG_SAMPLE_ABSENT) continue;
    for (int d = 0; d < input->shape.rank; d++) {
      bool seen = input->shape.size[d] < 2;
      for (int j = 0; j < count && !seen; j++) seen = done[j] == input->shape.size[d];
      if (seen) continue;
      done[count++] = input->shape.size[d];
      check_extent(test, input->shape.size[d]);
    }
  }
}

static const property properties[] = {{"long sums keep their digits", PROPERTY_OF_SAMPLE, check_extents}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
