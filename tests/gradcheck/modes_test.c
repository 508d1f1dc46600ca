// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be asked of the checker: modes, orders, elements left out, the Jacobian.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/gradcheck/subjects.h"

// ---- Fixture ------------------------------------------------------------------------------------------------

static int set_up(void **state) {
  *state = sg_open(&(sg_config){.ops = gradcheck_ops, .threads = 1, .seed = 7});
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  sg_close(*state);
  return 0;
}

static sg_tensor *tensor(sg_context *c, sg_shape shape, const double *values) {
  sg_tensor *x = sg_tensor_from(c, SG_F64, &shape, values);
  assert_non_null(x);
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  return x;
}

static sg_tensor *normal(sg_context *c, sg_shape shape, double mean, double deviation) {
  sg_tensor *x = sg_random_normal(c, SG_F64, &shape, mean, deviation);
  assert_non_null(x);
  assert_int_equal(sg_tensor_set_requires_grad(x, true), SG_OK);
  return x;
}

static sg_gradcheck_report *check(sg_context *c, sg_gradcheck_function *function, void *user, int count,
                                  sg_tensor *const *inputs, const sg_gradcheck_options *options) {
  sg_gradcheck_report *report = NULL;
  if (sg_gradcheck(c, function, user, count, inputs, options, &report) != SG_OK) {
    print_error("%s\n", sg_error_message(c));
    fail();
  }
  return report;
}

static sg_gradcheck_report *check_map(sg_context *c, map_options options, sg_tensor *x, sg_gradcheck_options o) {
  subject s = {.op = &op_map, .options = &options};
  return check(c, apply_op, &s, 1, &x, &o);
}

static void expect_verdict(const sg_gradcheck_report *report, sg_gradcheck_verdict verdict, const char *what) {
  if (report->verdict == verdict) return;
  char text[8192];
  sg_gradcheck_report_text(report, 0, text, sizeof text);
  print_error("%s: expected %s, got\n%s", what, sg_gradcheck_verdict_name(verdict), text);
  fail();
}

static void expect(sg_gradcheck_report *report, sg_gradcheck_verdict verdict, const char *what) {
  expect_verdict(report, verdict, what);
  sg_gradcheck_report_free(report);
}

static void expect_error(sg_context *c, sg_tensor *x, sg_gradcheck_options o, const char *message) {
  const map_options sine = {MAP_SINE, 0, 1, 0};
  subject s = {.op = &op_map, .options = &sine};
  sg_gradcheck_report *report = NULL;
  assert_int_equal(sg_gradcheck(c, apply_op, &s, 1, &x, &o, &report), SG_INVALID_ARGUMENT);
  assert_null(report);
  if (!strstr(sg_error_message(c), message)) print_error("message: %s\n", sg_error_message(c));
  assert_non_null(strstr(sg_error_message(c), message));
  sg_error_clear(c);
}

// ---- Orders -------------------------------------------------------------------------------------------------

static void test_third_order(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {5}}, 0, 1);
  const char *const names[] = {"x"};
  const sg_gradcheck_options o = {.order = 3, .names = names};
  sg_gradcheck_report *report = check(c, two_outputs, NULL, 1, &x, &o);
  expect_verdict(report, SG_GRADCHECK_PASS, "order 3");
  static const char *const expected[] = {"x", "x",           "cotangent 0", "cotangent 1",
                                         "x", "cotangent 0", "cotangent 1", "cotangent d(x)"};
  assert_int_equal(report->input_count, 8);
  for (int i = 0; i < 8; i++) assert_string_equal(report->inputs[i].name, expected[i]);
  assert_int_equal(report->inputs[3].order, 2);
  assert_int_equal(report->inputs[4].order, 3);
  assert_int_equal(report->inputs[7].checked, 5);
  sg_gradcheck_report_free(report);
  const sg_gradcheck_options third = {.order = 3};
  expect(check_map(c, (map_options){MAP_CUBE, 0, 1, 0}, x, third), SG_GRADCHECK_PASS, "cube");
  assert_int_equal(sg_memory(c).live_nodes, 0);
}

// The mistake sits in the derivative of the second derivative: orders 1 and 2 are right.
static void test_third_order_finds_its_own_mistakes(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {4}}, 0, 1);
  for (int order = 1; order <= 3; order++) {
    sg_gradcheck_report *report =
        check_map(c, (map_options){MAP_LATE_MISTAKE, 0, 1, 0}, x, (sg_gradcheck_options){.order = order});
    expect(report, order < 3 ? SG_GRADCHECK_PASS : SG_GRADCHECK_FAIL, "late mistake");
  }
}

static void test_third_order_at_kinks(void **state) {
  sg_context *c = *state;
  const double at[] = {0, 1.5, -2};
  sg_tensor *x = tensor(c, (sg_shape){1, {3}}, at);
  expect(check_map(c, (map_options){MAP_RELU, 0, 1, 0}, x, (sg_gradcheck_options){.order = 3}),
         SG_GRADCHECK_NONDIFFERENTIABLE, "relu");
}

// ---- Elements left out --------------------------------------------------------------------------------------

static void test_skip(void **state) {
  sg_context *c = *state;
  const double at[] = {0, 1.5, 0, -2};
  const int64_t mask[] = {1, 0, 7, 0};
  sg_tensor *x = tensor(c, (sg_shape){1, {4}}, at);
  sg_tensor *skip = sg_tensor_from(c, SG_I64, &(sg_shape){1, {4}}, mask);
  const sg_gradcheck_options o = {.skip = &skip, .order = 2};
  expect(check_map(c, (map_options){MAP_STEP_BACK, 0, 1, 0}, x, (sg_gradcheck_options){.skip = &skip}),
         SG_GRADCHECK_PASS, "wrong at the kink");
  sg_gradcheck_report *report = check_map(c, (map_options){MAP_RELU, 0, 1, 0}, x, o);
  expect_verdict(report, SG_GRADCHECK_PASS, "kinks skipped");
  const sg_gradcheck_input *input = &report->inputs[0];
  assert_int_equal(input->checked, 2);
  assert_int_equal(input->skipped, 2);
  assert_int_equal(input->values[0].position, 1);
  assert_int_equal(input->values[1].position, 3);
  assert_int_equal(report->inputs[1].skipped, 2);
  sg_gradcheck_report_free(report);
}

static void test_skip_of_everything_or_of_the_wrong_shape(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {4}}, 0, 1);
  sg_tensor *all = sg_tensor_full(c, SG_F32, &(sg_shape){1, {4}}, 1);
  sg_tensor *other = sg_tensor_full(c, SG_F32, &(sg_shape){1, {3}}, 1), *none = NULL;
  sg_gradcheck_report *report =
      check_map(c, (map_options){MAP_SINE, 0, 1, -2}, x, (sg_gradcheck_options){.skip = &all});
  assert_int_equal(report->inputs[0].checked, 0);
  assert_int_equal(report->inputs[0].skipped, 4);
  expect(report, SG_GRADCHECK_INCONCLUSIVE, "nothing compared");
  expect_error(c, x, (sg_gradcheck_options){.skip = &other}, "skip has shape [3], expected [4] (shape of input 0)");
  expect(check_map(c, (map_options){MAP_SINE, 0, 1, 0}, x, (sg_gradcheck_options){.skip = &none}),
         SG_GRADCHECK_PASS, "no mask");
}

// ---- Options ------------------------------------------------------------------------------------------------

static void test_bad_options(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {4}}, 0, 1);
  expect_error(c, x, (sg_gradcheck_options){.miss = 1}, "miss is 1, expected a probability above 0 and below 1");
  expect_error(c, x, (sg_gradcheck_options){.miss = -0.1}, "miss is -0.1");
  expect_error(c, x, (sg_gradcheck_options){.miss = (double)NAN}, "miss is nan");
  expect_error(c, x, (sg_gradcheck_options){.order = -1}, "order is -1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_third_order), TEST(test_third_order_finds_its_own_mistakes),       TEST(test_third_order_at_kinks),
      TEST(test_skip),        TEST(test_skip_of_everything_or_of_the_wrong_shape), TEST(test_bad_options),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
