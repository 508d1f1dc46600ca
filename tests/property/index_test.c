// SPDX-License-Identifier: GPL-3.0-or-later
//
// A prepared call may be given other indices. What they hold is looked at by check, before anything is computed,
// and not by prepare alone: an index far outside of everything must be refused then, and the old one accepted
// again.
#include "autograd/prepared.h"
#include "tests/support/registry.h"

// The first input of positions or labels that has any, or -1.
static int index_input(const test_case *test, int count, sg_tensor *const *inputs) {
  for (int i = 0; i < count; i++) {
    if (!inputs[i] || !(sg_op_input_port(test->op, i)->flags & SG_INDEX)) continue;
    if (sg_tensor_dtype(inputs[i]) == SG_I64 && sg_tensor_elements(inputs[i]) > 0) return i;
  }
  return -1;
}

static void check_replayed(test_case *test) {
  sg_context *context = test->context;
  sg_tensor *inputs[SG_MAX_PORTS];
  sg_prepared prepared;
  int count = sg_sample_inputs(context, test->op, test->sample, SG_F64, 1, inputs);
  int index = index_input(test, count, inputs);
  require_ok(test, context, "making the inputs");
  if (index < 0) return;
  if (sg_op_compose(test->op)) return; // its parts are prepared, and tested so
  sg_prepare(context, test->op, count, inputs, test->sample->options, &prepared);
  require_ok(test, context, "preparing the call");
  int64_t *data = sg_tensor_write(inputs[index], "the test"), last = sg_tensor_elements(inputs[index]) - 1;
  int64_t before = data[last];
  for (int sign = -1; sign <= 1; sign += 2) {
    data[last] = sign * (INT64_C(1) << 60);
    if (sg_prepared_check(&prepared) != SG_INVALID_ARGUMENT)
      fail_case(test, "the index %lld was accepted when the call was replayed", (long long)data[last]);
    sg_error_clear(context);
  }
  data[last] = before;
  sg_prepared_check(&prepared);
  require_ok(test, context, "replaying the call");
}

static const property properties[] = {{"indices are checked again", PROPERTY_OF_SAMPLE, check_replayed}};

int main(int argc, char **argv) {
  return run_properties(argc, argv, properties, sizeof properties / sizeof *properties);
}
