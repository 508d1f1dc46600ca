// SPDX-License-Identifier: GPL-3.0-or-later
//
// What writes in place leaves in its tensor what the op that does not write returns, bit for bit: an op NAME_
// beside an op NAME, and the form that the engine makes of an op that goes element by element.
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
    if (sg_apply(c, form, count, inputs, test->sample->options, outputs) != SG_INVALID_STATE ||
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
      {"its_form_keeps_gradients", PROPERTY_OF_SAMPLE, check_gradients_are_kept},
  };
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
