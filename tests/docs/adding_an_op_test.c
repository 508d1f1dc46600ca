// SPDX-License-Identifier: GPL-3.0-or-later
//
// The op that docs/adding_an_op.md builds, compiled from the page, registered as an extra op, and proven.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// cmocka.h needs the four above before it.
#include <cmocka.h>

#include "autograd/gradcheck/gradcheck.h"
#include "autograd/plugin.h"
#include "ops/ops.h"

extern const sg_op op_squareplus;
sg_tensor *sg_squareplus(sg_context *context, sg_tensor *x, double b);

static int setup(void **state) {
  sg_config config = {.ops = sg_builtin_ops(), .threads = 2, .seed = 1};
  sg_context *context = sg_open(&config);
  *state = context;
  return context && sg_op_register(context, &op_squareplus) == SG_OK ? 0 : -1;
}

static int teardown(void **state) {
  sg_close(*state);
  return 0;
}

static sg_tensor *make_input(sg_context *c, const sg_sample_input *input, sg_dtype dtype) {
  if (input->kind == SG_SAMPLE_NORMAL) return sg_random_normal(c, dtype, &input->shape, input->a, input->b);
  assert_int_equal(input->kind, SG_SAMPLE_VALUES);
  sg_tensor *values = sg_tensor_from(c, SG_F64, &input->shape, input->values);
  return sg_tensor_to(c, values, dtype);
}

static void test_registered(void **state) {
  sg_context *c = *state;
  assert_ptr_equal(sg_op_find(c, "squareplus"), &op_squareplus);
  assert_int_not_equal(sg_op_register(c, &op_squareplus), SG_OK);
  assert_non_null(strstr(sg_error_message(c), "squareplus"));
  sg_error_clear(c);
}

static void test_plugin(void **state) {
  sg_context *c = sg_open(&(sg_config){.ops = sg_builtin_ops(), .threads = 1});
  (void)state;
  assert_int_equal(sg_plugin_register(c, &selenograd_plugin), SG_OK);
  assert_ptr_equal(sg_op_find(c, "squareplus"), &op_squareplus);
  sg_close(c);
}

static void test_values(void **state) {
  sg_context *c = *state;
  const sg_sample *sample = &op_squareplus.samples[0];
  for (sg_dtype dtype = SG_F32; dtype <= SG_F64; dtype++) {
    sg_scope scope = sg_scope_open(c);
    sg_tensor *y = sg_squareplus(c, make_input(c, &sample->inputs[0], dtype), 4);
    assert_non_null(y);
    assert_int_equal(sg_tensor_dtype(y), dtype);
    for (int64_t i = 0; i < sg_tensor_elements(y); i++) {
      assert_float_equal(sg_tensor_value(y, i), sample->expected[i], 1e-6);
    }
    sg_scope_close(c, scope);
  }
}

static sg_status apply_sample(sg_context *context, void *user, int input_count, sg_tensor *const *inputs,
                              int *output_count, sg_tensor **outputs) {
  const sg_sample *sample = user;
  *output_count = 1;
  return sg_apply(context, &op_squareplus, input_count, inputs, sample->options, outputs);
}

static void test_gradients(void **state) {
  sg_context *c = *state;
  for (const sg_sample *sample = op_squareplus.samples; sample->name; sample++) {
    sg_scope scope = sg_scope_open(c);
    sg_tensor *x = make_input(c, &sample->inputs[0], SG_F64);
    assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
    sg_gradcheck_options options = {.order = 2};
    sg_gradcheck_report *report = NULL;
    sg_status status = sg_gradcheck(c, apply_sample, (void *)sample, 1, &x, &options, &report);
    if (status != SG_OK) fail_msg("%s: %s", sample->name, sg_error_message(c));
    if (!report->ok) {
      char text[4096];
      sg_gradcheck_report_text(report, 0, text, sizeof text);
      fail_msg("%s:\n%s", sample->name, text);
    }
    sg_gradcheck_report_free(report);
    sg_scope_close(c, scope);
  }
}

static void test_refusals(void **state) {
  sg_context *c = *state;
  const sg_shape shape = SG_DIMS(2);
  assert_null(sg_squareplus(c, sg_random_normal(c, SG_F64, &shape, 0, 1), 0));
  assert_non_null(strstr(sg_error_message(c), "squareplus: b is 0, expected a value above 0"));
  sg_error_clear(c);
  assert_null(sg_squareplus(c, sg_random_integers(c, &shape, 0, 3), 4));
  assert_non_null(strstr(sg_error_message(c), "squareplus: x has dtype i64"));
  sg_error_clear(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_registered, setup, teardown),
      cmocka_unit_test(test_plugin),
      cmocka_unit_test_setup_teardown(test_values, setup, teardown),
      cmocka_unit_test_setup_teardown(test_gradients, setup, teardown),
      cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
  };
  return cmocka_run_group_tests_name("adding_an_op", tests, NULL, NULL);
}
