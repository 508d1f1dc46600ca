// SPDX-License-Identifier: GPL-3.0-or-later
//
// A port that says SG_STEP says that the derivative there is zero: then a small enough change of the inputs changes
// nothing. Every floating input moves by x -> x + 2^-40 (x + x^3 / (1 + x^2)), which keeps signs, order, ties and
// zeros, so that nothing crosses a jump; it is no scaling, under which normalized values would not move. Outputs
// that are steps must keep their bits, and all outputs must when only those inputs move that are steps. A smooth
// port that claims to be a step, whose gradient would be lost, moves by about that share of its value.
#include <math.h>

#include "tests/support/registry.h"

static void move(const test_case *test, sg_tensor *input) {
  double *data = sg_tensor_write(input, "the test");
  require_ok(test, test->context, "moving an input");
  for (int64_t k = 0; k < sg_tensor_elements(input); k++) {
    const double x = data[k];
    if (fabs(x) < 0x1p52) data[k] += 0x1p-40 * (x + x * (x * x) / (1 + x * x)); // larger ones are at the end of i64
  }
}

// The sample applied, and applied again after the inputs for which `moves` is set have moved.
static void apply_twice(const test_case *test, unsigned moves, application *before, application *after) {
  apply_sample(test, test->context, SG_F64, 0, before);
  *after = *before;
  for (int i = 0; i < after->input_count; i++) {
    if (!before->inputs[i] || !(moves >> i & 1)) continue;
    after->inputs[i] = sg_tensor_copy(test->context, before->inputs[i]);
    move(test, after->inputs[i]);
  }
  apply_inputs(test, test->context, test->sample->options, after);
}

static void require_same_outputs(const test_case *test, const char *what, bool steps_only,
                                 const application *before, const application *after) {
  for (int p = 0; p < before->output_count; p++) {
    const sg_port *port = sg_op_output_port(test->op, p);
    if (steps_only && !(port->flags & (SG_STEP | SG_INDEX))) continue;
    require_same_bits(test, what, port->name, after->outputs[p], before->outputs[p]);
  }
}

static void check_steps(test_case *test) {
  unsigned floating = 0, steps = 0;
  application before, after;
  apply_sample(test, test->context, SG_F64, 0, &before);
  for (int i = 0; i < before.input_count; i++) {
    if (!before.inputs[i] || sg_tensor_dtype(before.inputs[i]) != SG_F64) continue;
    floating |= 1u << i;
    if (sg_op_input_port(test->op, i)->flags & SG_STEP) steps |= 1u << i;
  }
  apply_twice(test, floating, &before, &after);
  require_same_outputs(test, "a step after a small move", true, &before, &after);
  if (!steps) return;
  apply_twice(test, steps, &before, &after);
  require_same_outputs(test, "after a small move of a step", false, &before, &after);
}

static const property properties[] = {{"steps stand still", PROPERTY_OF_SAMPLE, check_steps}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
