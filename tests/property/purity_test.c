// SPDX-License-Identifier: GPL-3.0-or-later
//
// An op leaves its inputs alone, and gives the same bits again: on repeat, on 1, 2 or 4 threads, for every
// instruction set; the instruction sets and the dtypes agree within rounding.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/registry.h"

// The values and gradients of one application, copied out of its context.
typedef struct outcome {
  application a;
  sg_tensor *given[SG_MAX_PORTS]; // the inputs as they were before it: an op may write into its own
  sg_tensor *gradients[SG_MAX_PORTS];
} outcome;

static void compute(const test_case *test, sg_context *context, sg_dtype dtype, outcome *result) {
  sg_sample_inputs(context, test->op, test->sample, dtype, 1, result->given);
  apply_sample(test, context, dtype, ~0u, &result->a);
  memset(result->gradients, 0, sizeof result->gradients);
  gradients_of(test, context, &result->a, differentiable_inputs(test, &result->a),
               &(sg_backward_options){.retain_graph = true}, result->gradients);
}

static void require_same_outcome(const test_case *test, const char *what, const outcome *got, const outcome *want) {
  for (int k = 0; k < got->a.output_count; k++) {
    require_same_bits(test, what, sg_op_output_port(test->op, k)->name, got->a.outputs[k], want->a.outputs[k]);
  }
  for (int i = 0; i < got->a.input_count; i++) {
    if (!got->gradients[i]) continue;
    require_same_bits(test, what, sg_op_input_port(test->op, i)->name, got->gradients[i], want->gradients[i]);
  }
}

static bool is_written(const sg_op *op, int input) {
  for (int p = 0; p < sg_op_output_ports(op); p++) {
    if (sg_op_written_input(op, p) == input) return true;
  }
  return false;
}

static void check_inputs_unmodified(test_case *test) {
  sg_context *context = test->context;
  outcome result;
  sg_tensor *before[SG_MAX_PORTS];
  for (int dtype = SG_F32; dtype <= SG_F64; dtype++) {
    sg_sample_inputs(context, test->op, test->sample, (sg_dtype)dtype, 1, before);
    compute(test, context, (sg_dtype)dtype, &result);
    for (int i = 0; i < result.a.input_count; i++) {
      if (before[i] && !is_written(test->op, i)) {
        require_same_bits(test, "after forward and backward", sg_op_input_port(test->op, i)->name,
                          result.a.inputs[i], before[i]);
      }
    }
  }
}

// In one context per number of threads, each against a repeat of its own and against one thread.
static void check_bits_of(test_case *test, const char *isa, const int *threads, size_t count) {
  for (int dtype = SG_F32; dtype <= SG_F64; dtype++) {
    outcome first, again;
    test_allocator allocator = {0};
    sg_context *reference = open_context(&allocator, 1, isa);
    assert_non_null(reference);
    sg_scope scope = sg_scope_open(reference);
    compute(test, reference, (sg_dtype)dtype, &first);
    for (size_t t = 0; t < count; t++) {
      test_allocator other_allocator = {0};
      sg_context *other = open_context(&other_allocator, threads[t], isa);
      assert_non_null(other);
      sg_scope other_scope = sg_scope_open(other);
      compute(test, other, (sg_dtype)dtype, &again);
      char what[64];
      snprintf(what, sizeof what, "%s, %d threads", isa, threads[t]);
      require_same_outcome(test, what, &again, &first);
      sg_scope_close(other, other_scope);
      close_context(other, &other_allocator);
    }
    sg_scope_close(reference, scope);
    close_context(reference, &allocator);
  }
}

static const char *const isas[] = {"baseline", "x86-64-v3", "x86-64-v4"};
enum { isa_count = sizeof isas / sizeof *isas };

static void check_same_bits(test_case *test) {
  for (int i = 0; i < isa_count; i++) check_bits_of(test, isas[i], (int[]){1, 4}, i == isa_count - 1 ? 2 : 1);
}

// What a relative change of the inputs by one rounding of `dtype` does to the result: its condition, measured.
static void perturb(sg_context *context, const outcome *from, application *a, double size, uint64_t seed) {
  for (int i = 0; i < a->input_count; i++) {
    if (!a->inputs[i]) continue;
    const bool requires_grad = sg_tensor_requires_grad(a->inputs[i]);
    sg_tensor *changed = a->inputs[i] = sg_tensor_copy(context, from->given[i]);
    if (sg_tensor_dtype(changed) == SG_F64) {
      double *values = sg_tensor_write(changed, "test");
      for (int64_t e = 0; e < sg_tensor_elements(changed); e++)
        values[e] *= 1 + size * (sg_sample_uniform(seed, 50 + i, e) < 0.5 ? -1 : 1);
    }
    if (requires_grad) sg_tensor_set_requires_grad(changed, true);
  }
}

static double distance(const sg_tensor *a, const sg_tensor *b) {
  double result = 0;
  for (int64_t i = 0; i < sg_tensor_elements(a); i++) {
    double difference = fabs(sg_tensor_value(a, i) - sg_tensor_value(b, i));
    if (isfinite(difference) && difference > result) result = difference;
  }
  return result;
}

typedef struct sensitivity {
  double outputs[SG_MAX_PORTS], gradients[SG_MAX_PORTS];
} sensitivity;

static sensitivity measure(const test_case *test, const outcome *wide, double size) {
  sg_context *context = sg_tensor_context(wide->a.outputs[0]);
  sensitivity worst = {{0}, {0}};
  for (uint64_t seed = 1; seed <= 4; seed++) {
    outcome moved = *wide;
    perturb(context, wide, &moved.a, size, seed);
    reset_random(context);
    apply_any(context, test->op, moved.a.input_count, moved.a.inputs, test->sample->options, &moved.a.output_count,
              moved.a.outputs);
    if (sg_error_status(context)) { // the sample lies on the edge of what the op accepts
      sg_error_clear(context);
      continue;
    }
    gradients_of(test, context, &moved.a, differentiable_inputs(test, &moved.a), NULL, moved.gradients);
    for (int k = 0; k < moved.a.output_count; k++) {
      worst.outputs[k] = fmax(worst.outputs[k], distance(moved.a.outputs[k], wide->a.outputs[k]));
    }
    for (int i = 0; i < moved.a.input_count; i++) {
      if (!moved.gradients[i]) continue;
      worst.gradients[i] = fmax(worst.gradients[i], distance(moved.gradients[i], wide->gradients[i]));
    }
  }
  return worst;
}

// The same numbers, computed in f32 and in f64 from inputs that are exact in both. A stable algorithm is off by
// some roundings of its result and by what some roundings of its inputs do to the result.
static void check_f32_equals_f64(test_case *test) {
  sg_context *context = test->context;
  outcome narrow, wide;
  compute(test, context, SG_F32, &narrow);
  wide = narrow;
  for (int i = 0; i < wide.a.input_count; i++) {
    sg_tensor *input = narrow.given[i];
    if (!input) continue;
    if (sg_tensor_dtype(input) == SG_F32 && !test->sample->inputs[i].dtype)
      wide.given[i] = sg_tensor_to(context, input, SG_F64);
    wide.a.inputs[i] = sg_tensor_copy(context, wide.given[i]);
    if (sg_tensor_requires_grad(narrow.a.inputs[i])) sg_tensor_set_requires_grad(wide.a.inputs[i], true);
  }
  apply_inputs(test, context, test->sample->options, &wide.a);
  for (int k = 0; k < wide.a.output_count; k++) {
    if (wide.a.cotangents[k]) wide.a.cotangents[k] = sg_tensor_to(context, narrow.a.cotangents[k], SG_F64);
  }
  gradients_of(test, context, &wide.a, differentiable_inputs(test, &wide.a),
               &(sg_backward_options){.retain_graph = true}, wide.gradients);
  const double rounding = 0x1p-24;
  sensitivity condition = measure(test, &wide, rounding);
  for (int k = 0; k < wide.a.output_count; k++) {
    double bound = 16 * (rounding * largest(wide.a.outputs[k]) + condition.outputs[k]);
    require_close(test, "f32 against f64", sg_op_output_port(test->op, k)->name, narrow.a.outputs[k],
                  wide.a.outputs[k], bound);
  }
  for (int i = 0; i < wide.a.input_count; i++) {
    if (!wide.gradients[i]) continue;
    double bound = 16 * (rounding * (1 + largest(wide.gradients[i])) + condition.gradients[i]);
    require_close(test, "f32 against f64, gradient", sg_op_input_port(test->op, i)->name, narrow.gradients[i],
                  wide.gradients[i], bound);
  }
}

// The instruction sets differ in the order of sums and in fused multiply-adds only.
static void check_instruction_sets_agree(test_case *test) {
  outcome best;
  compute(test, test->context, SG_F64, &best);
  sensitivity condition = measure(test, &best, 0x1p-53);
  for (int s = 0; s < isa_count; s++) {
    outcome other;
    test_allocator allocator = {0};
    sg_context *context = open_context(&allocator, 1, isas[s]);
    assert_non_null(context);
    sg_scope scope = sg_scope_open(context);
    compute(test, context, SG_F64, &other);
    for (int k = 0; k < best.a.output_count; k++) {
      double bound = 64 * (0x1p-53 * largest(best.a.outputs[k]) + condition.outputs[k]);
      const char *port = sg_op_output_port(test->op, k)->name;
      require_close(test, isas[s], port, other.a.outputs[k], best.a.outputs[k], bound);
    }
    for (int i = 0; i < best.a.input_count; i++) {
      if (!best.gradients[i]) continue;
      double bound = 64 * (0x1p-53 * (1 + largest(best.gradients[i])) + condition.gradients[i]);
      const char *name = sg_op_input_port(test->op, i)->name;
      require_close(test, isas[s], name, other.gradients[i], best.gradients[i], bound);
    }
    sg_scope_close(context, scope);
    close_context(context, &allocator);
  }
}

static const property properties[] = {
    {"inputs unmodified", PROPERTY_OF_SAMPLE, check_inputs_unmodified},
    {"same bits", PROPERTY_OF_SAMPLE, check_same_bits},
    {"f32 equals f64", PROPERTY_OF_SAMPLE, check_f32_equals_f64},
    {"instruction sets agree", PROPERTY_OF_SAMPLE, check_instruction_sets_agree},
};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
