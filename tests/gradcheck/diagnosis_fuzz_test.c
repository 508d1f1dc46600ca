// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whatever the values and shapes, a diagnosis does not crash and its text ends.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

typedef struct options {
  int64_t seed;
  bool finite;
} options;

static uint64_t bits(uint64_t *state) { return *state = *state * 6364136223846793005u + 1442695040888963407u; }

static sg_status shape_of_first(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const double *x = sg_tensor_data(call->inputs[0]), *b = sg_tensor_data(call->inputs[1]);
  double *y = sg_output_data(call->outputs[0]);
  for (int64_t i = 0; i < sg_tensor_elements(call->outputs[0]); i++) y[i] = sin(x[i]) * b[i];
}

static void backward(const sg_call *call) {
  static const double values[] = {0, -0.0, 1e300, -1e-300, 5e-324, 1, -1e308, 2, (double)INFINITY, (double)NAN};
  const options *o = call->options;
  uint64_t random = (uint64_t)o->seed;
  for (int k = 0; k < 2; k++) {
    double *d = call->d_inputs[k] ? sg_output_data(call->d_inputs[k]) : NULL;
    for (int64_t i = 0; i < sg_tensor_elements(call->inputs[k]); i++) {
      const double value = values[(bits(&random) >> 33) % (o->finite ? 8 : 10)];
      if (d) d[i] = value;
    }
  }
}

static const sg_op op_garbage = {
    .name = "garbage",
    .inputs = SG_PORTS({.name = "x"}, {.name = "b"}),
    .outputs = SG_PORTS({.name = "y"}),
    .options_bytes = sizeof(options),
    .defaults = &(const options){0},
    .save_inputs = 3,
    .prepare = shape_of_first,
    .forward = forward,
    .backward = backward,
};

static void test_garbage(void **state) {
  sg_context *c = *state;
  for (int64_t round = 0; round < 300; round++) {
    uint64_t random = (uint64_t)round;
    sg_shape shape = {(int)(round % 9), {0}};
    for (int i = 0; i < shape.rank; i++)
      shape.size[i] = (int64_t)(bits(&random) >> 33) % (shape.rank > 4 ? 2 : 4) + (round % 7 > 0);
    const sg_scope scope = sg_scope_open(c);
    sg_tensor *inputs[] = {uniform(c, shape, 0.3, 1.2), uniform(c, shape, 0.3, 1.2)};
    const options chosen = {round, round % 2 == 0};
    subject s = {.op = &op_garbage, .options = &chosen};
    sg_gradcheck_report *report;
    if (sg_tensor_elements(inputs[0]) <= 100) {
      assert_int_equal(sg_gradcheck(c, apply_op, &s, 2, inputs, NULL, &report), SG_OK);
      for (int i = 0; i < report->input_count; i++)
        assert_true(strlen(report->inputs[i].diagnosis) < sizeof report->inputs[i].diagnosis);
      sg_gradcheck_report_free(report);
    }
    sg_scope_close(c, scope);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
