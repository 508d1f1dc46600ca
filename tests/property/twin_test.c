// SPDX-License-Identifier: GPL-3.0-or-later
//
// What writes in place leaves in its tensor what the op that does not write returns, bit for bit: an op NAME_
// beside an op NAME, and the form that the engine makes of an op that goes element by element; the form also at the
// ends of the range, where loops go over elements again, and where one tensor is several of its inputs.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/registry.h"

// The op that does not write; NULL where there is none that takes the same options.
static const sg_op *twin_of(sg_context *c, const sg_op *op, const sg_sample *sample) {
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)strlen(op->name) - 1, op->name);
  const sg_op *twin = sg_op_writes(op) ? sg_op_find(c, name) : NULL;
  bool same = twin && (sg_op_attributes(op) == sg_op_attributes(twin) || !sample->options);
  return same ? twin : NULL;
}

// What NAME_ converts, NAME refuses.
static bool is_uniform(const sg_op *op, int count, sg_tensor *const *inputs) {
  for (int i = 0; i < count && !(sg_op_input_port(op, i)->flags & SG_VARIADIC); i++) {
    if (sg_tensor_dtype(inputs[i]) != sg_tensor_dtype(inputs[0])) return false;
  }
  return true;
}

static void check_twin(test_case *test, sg_dtype dtype) {
  sg_context *c = test->context;
  const sg_op *twin = twin_of(c, test->op, test->sample);
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  if (!twin) return;
  const int count = sg_sample_inputs(c, test->op, test->sample, dtype, 1, inputs);
  if (!is_uniform(test->op, count, inputs)) return;
  sg_apply(c, twin, count, inputs, test->sample->options, outputs);
  require_ok(test, c, "the op that does not write");
  sg_tensor *expected = outputs[0];
  sg_apply(c, test->op, count, inputs, test->sample->options, outputs);
  require_ok(test, c, "the op that writes");
  require_same_bits(test, "written and returned", "x", outputs[0], expected);
}

static void check_dtypes(test_case *test) {
  check_twin(test, SG_F32);
  check_twin(test, SG_F64);
}

// ---- The forms that the engine makes ------------------------------------------------------------------

static bool fits(const sg_tensor *result, const sg_tensor *x) {
  return sg_tensor_dtype(result) == sg_tensor_dtype(x) &&
         sg_shape_equal(sg_tensor_shape(result), sg_tensor_shape(x));
}

// Written: the same bits, in the tensor itself, counted; or refused, and nothing has changed.
static void check_form_of(test_case *test, sg_dtype dtype) {
  sg_context *c = test->context;
  const sg_op *form = sg_op_written_form(c, test->op);
  require_ok(test, c, "making the form that writes");
  if (!form) return;
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  const int count = sg_sample_inputs(c, test->op, test->sample, dtype, 1, inputs);
  sg_apply(c, test->op, count, inputs, test->sample->options, outputs);
  require_ok(test, c, "the op that does not write");
  sg_tensor *expected = outputs[0], *x = inputs[sg_op_written_input(form, 0)], *before = sg_tensor_copy(c, x);
  const uint64_t version = sg_tensor_version(x);
  const bool done = sg_apply(c, form, count, inputs, test->sample->options, outputs) == SG_OK;
  if (done != fits(expected, x)) fail_case(test, "%s: %s", form->name, sg_error_message(c));
  sg_error_clear(c);
  if (sg_tensor_version(x) != version + done) fail_case(test, "%s: the write is counted wrongly", form->name);
  if (done && outputs[0] != x) fail_case(test, "%s: another tensor is returned", form->name);
  require_same_bits(test, "written and returned", "x", x, done ? expected : before);
}

static void check_form(test_case *test) {
  check_form_of(test, SG_F32);
  check_form_of(test, SG_F64);
}

// Makes a third of the elements NaN, infinite, zero, subnormal or huge; integers stay.
static void go_to_the_ends(sg_tensor *tensor, uint64_t seed) {
  static const double numbers[] = {(double)NAN, HUGE_VAL,  -HUGE_VAL, 0,         -0.0,     0x1p-140,
                                   -0x1p-149,   0x1p-126,  0x1p100,   -0x1p120,  0x1p-100, 1e-310,
                                   -0x1p-1074,  0x1p-1022, 0x1p900,   -0x1p1020, 0x1p-900};
  if (!tensor || !sg_dtype_is_floating(sg_tensor_dtype(tensor))) return;
  const bool f32 = sg_tensor_dtype(tensor) == SG_F32;
  const uint64_t kinds = f32 ? 11 : sizeof numbers / sizeof *numbers;
  void *data = sg_tensor_write(tensor, "test");
  for (int64_t i = 0; i < sg_tensor_elements(tensor); i++) {
    const uint64_t hash = sg_sample_hash(seed + (uint64_t)i);
    if (hash % 3) continue;
    const double number = numbers[hash / 3 % kinds];
    if (f32)
      ((float *)data)[i] = (float)number;
    else
      ((double *)data)[i] = number;
  }
}

static bool is_alike(const sg_tensor *a, const sg_tensor *b) {
  return a && sg_tensor_dtype(a) == sg_tensor_dtype(b) && sg_shape_equal(sg_tensor_shape(a), sg_tensor_shape(b));
}

// `itself`: what is of x's dtype and shape is x, where the random bits say so.
static void check_ends_of(test_case *test, sg_dtype dtype, uint64_t trial, bool itself) {
  sg_context *c = test->context;
  const sg_op *form = sg_op_written_form(c, test->op);
  if (!form) return;
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  const int count = sg_sample_inputs(c, test->op, test->sample, dtype, 1, inputs),
            self = sg_op_written_input(form, 0);
  for (int i = 0; i < count; i++) {
    go_to_the_ends(inputs[i], 1000 * trial + 100 * (uint64_t)i);
    if (itself && is_alike(inputs[i], inputs[self]) && (trial >> i & 1)) inputs[i] = inputs[self];
  }
  const bool accepted = sg_apply(c, test->op, count, inputs, test->sample->options, outputs) == SG_OK;
  sg_error_clear(c);
  if (!accepted || !fits(outputs[0], inputs[self])) return;
  sg_tensor *expected = outputs[0];
  sg_apply(c, form, count, inputs, test->sample->options, outputs);
  require_ok(test, c, "the form that writes");
  require_same_bits(test, itself ? "written into one of its inputs" : "written at the ends of the range", "x",
                    outputs[0], expected);
}

static void check_ends(test_case *test) {
  enum { TRIALS = 16 };
  for (uint64_t trial = 0; trial < TRIALS; trial++) {
    sg_scope scope = sg_scope_open(test->context);
    check_ends_of(test, SG_F32, trial, false);
    check_ends_of(test, SG_F64, trial, false);
    check_ends_of(test, SG_F32, trial, true);
    check_ends_of(test, SG_F64, trial, true);
    sg_scope_close(test->context, scope);
  }
}

// A leaf is refused while recording is on, and so is a gradient that would get lost.
static void check_gradients_are_kept(test_case *test) {
  sg_context *c = test->context;
  const sg_op *form = sg_op_written_form(c, test->op);
  if (!form) return;
  sg_tensor *inputs[SG_MAX_PORTS], *outputs[SG_MAX_PORTS];
  const int count = sg_sample_inputs(c, test->op, test->sample, SG_F64, 1, inputs);
  for (int i = 0; i < count; i++) {
    if (!inputs[i] || !sg_dtype_is_floating(sg_tensor_dtype(inputs[i]))) continue;
    sg_tensor_set_requires_grad(inputs[i], true);
    const unsigned flags = sg_op_input_port(form, i)->flags;
    const sg_status refusal = flags & SG_UNDIFFERENTIABLE ? SG_INVALID_ARGUMENT : SG_INVALID_STATE;
    if (sg_apply(c, form, count, inputs, test->sample->options, outputs) != refusal ||
        !strstr(sg_error_message(c), "requires a gradient"))
      fail_case(test, "%s: %s requires a gradient, and the answer is: %s", form->name,
                sg_op_input_port(form, i)->name, sg_error_message(c));
    sg_error_clear(c);
    sg_tensor_set_requires_grad(inputs[i], false);
  }
}

int main(int argc, char **argv) {
  const property properties[] = {
      {"writes_what_its_twin_returns", PROPERTY_OF_SAMPLE, check_dtypes},
      {"its_form_writes_what_it_returns", PROPERTY_OF_SAMPLE, check_form},
      {"its_form_writes_that_at_the_ends_of_the_range", PROPERTY_OF_SAMPLE, check_ends},
      {"its_form_keeps_gradients", PROPERTY_OF_SAMPLE, check_gradients_are_kept},
  };
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
