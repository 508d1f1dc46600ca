// SPDX-License-Identifier: GPL-3.0-or-later
//
// An op NAME_ that writes in place leaves in its tensor what NAME returns, bit for bit, for all samples of NAME_.
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

int main(int argc, char **argv) {
  const property properties[] = {{"writes_what_its_twin_returns", PROPERTY_OF_SAMPLE, check_dtypes}};
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
