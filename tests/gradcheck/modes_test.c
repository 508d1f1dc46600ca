// SPDX-License-Identifier: GPL-3.0-or-later
//
// What can be asked of the checker: modes, orders, elements left out, the Jacobian.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

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

static sg_gradcheck_options directional(uint64_t seed) {
  return (sg_gradcheck_options){.mode = SG_GRADCHECK_DIRECTIONAL, .seed = seed};
}

static sg_gradcheck_report *check_norm(sg_context *c, int mistake, sg_shape shape, sg_gradcheck_options o) {
  const norm_options options = {mistake, 1e-5};
  subject s = {.op = &op_norm, .options = &options};
  sg_tensor *x = normal(c, shape, 0, 1);
  return check(c, apply_op, &s, 1, &x, &o);
}

// ---- Directional mode ---------------------------------------------------------------------------------------

static void test_directions_pass_what_is_right(void **state) {
  sg_context *c = *state;
  for (uint64_t seed = 0; seed < 3; seed++) {
    for (int function = MAP_SINE; function <= MAP_ABS; function += 1 + (function == MAP_SINE)) {
      sg_tensor *x = normal(c, (sg_shape){2, {40, 50}}, 0, 1);
      expect(check_map(c, (map_options){function, 0, 1, 0}, x, directional(seed)), SG_GRADCHECK_PASS, "right");
      expect(check_map(c, (map_options){function, 0, 1, 1e-6}, x, directional(seed)), SG_GRADCHECK_FAIL, "dense");
    }
    expect(check_norm(c, NORM_RIGHT, (sg_shape){2, {1024, 4}}, directional(seed)), SG_GRADCHECK_PASS, "norm");
  }
}

static void test_directions_promise_what_is_asked(void **state) {
  sg_context *c = *state;
  sg_gradcheck_report *report = check_norm(c, NORM_RIGHT, (sg_shape){2, {1024, 4}}, directional(1));
  const sg_gradcheck_input *input = &report->inputs[0];
  assert_int_equal(input->mode, SG_GRADCHECK_DIRECTIONAL);
  assert_true(input->probes >= 3);
  assert_int_equal(input->checked, 48);
  for (int i = 1; i < 48; i++) assert_true(input->values[i].position > input->values[i - 1].position);
  assert_true(input->dense_error > 0 && input->dense_error <= 1e-6 && input->dense_miss <= 0.01);
  assert_true(input->single_error > 0 && input->single_error <= 1e-3 && input->single_miss <= 0.01);
  sg_gradcheck_report_free(report);
  sg_gradcheck_options strict = directional(1);
  strict.miss = 1e-12;
  report = check_norm(c, NORM_RIGHT, (sg_shape){2, {1024, 4}}, strict);
  assert_true(report->inputs[0].dense_error <= 1e-6 && report->inputs[0].dense_miss <= 1e-12);
  expect(report, SG_GRADCHECK_PASS, "strict");
}

// Every mistake a norm can have, the term that positive directions do not see among them, and single entries in
// four thousand, which are pointed to.
static void test_directions_find_mistakes(void **state) {
  sg_context *c = *state;
  for (uint64_t seed = 0; seed < 3; seed++)
    for (int mistake = NORM_NO_MEAN_TERM; mistake <= NORM_ONE_SLIGHTLY; mistake++) {
      sg_gradcheck_report *report = check_norm(c, mistake, (sg_shape){2, {1024, 4}}, directional(seed));
      const sg_gradcheck_input *input = &report->inputs[0];
      expect_verdict(report, SG_GRADCHECK_FAIL, "mistake");
      assert_int_equal(input->verdict, SG_GRADCHECK_FAIL);
      if (mistake >= NORM_ONE_DOUBLED) {
        assert_int_equal(input->worst.position, 3);
        assert_int_equal(input->worst.verdict, SG_GRADCHECK_FAIL);
      }
      if (mistake == NORM_ONE_SLIGHTLY) assert_non_null(strstr(input->reason, "narrowed down to element [0, 3]"));
      sg_gradcheck_report_free(report);
    }
}

static void test_degenerate_directions_are_inconclusive(void **state) {
  sg_context *c = *state;
  const norm_options options = {NORM_RIGHT, 1e-5};
  subject s = {.op = &op_norm, .options = &options, .total = true};
  sg_tensor *x = normal(c, (sg_shape){2, {256, 4}}, 0, 1);
  const sg_gradcheck_options o = directional(3);
  sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, &o);
  assert_non_null(strstr(report->inputs[0].reason, "lost in rounding noise"));
  expect(report, SG_GRADCHECK_INCONCLUSIVE, "sum of norm");
}

// Zeros are kinks: directions leave them alone, and samples find them.
static void test_directions_and_kinks(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {3000}}, 0, 1);
  double *data = sg_tensor_write(sg_tensor_detach(c, x), "test");
  for (int i = 0; i < 3000; i += 10) data[i] = 0;
  for (uint64_t seed = 0; seed < 3; seed++) {
    sg_gradcheck_report *report = check_map(c, (map_options){MAP_RELU, 0, 1, 0}, x, directional(seed));
    assert_true(report->ok);
    assert_true(report->inputs[0].probes >= 3);
    assert_true(report->inputs[0].dense_error <= 1e-6 && report->inputs[0].dense_miss <= 0.01);
    expect(report, SG_GRADCHECK_NONDIFFERENTIABLE, "relu with zeros");
    expect(check_map(c, (map_options){MAP_RELU, 0, 1, 1e-6}, x, directional(seed)), SG_GRADCHECK_FAIL, "wrong");
  }
}

static void test_directions_of_mixed_scales(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {2000}}, 0, 1);
  double *data = sg_tensor_write(sg_tensor_detach(c, x), "test");
  for (int i = 0; i < 2000; i++) data[i] = (fabs(data[i]) + 0.1) * pow(10, i % 13 - 6);
  for (int function = MAP_SQUARE; function <= MAP_LINEAR; function++)
    for (uint64_t seed = 0; seed < 5; seed++) {
      expect(check_map(c, (map_options){function, 0, 1, 0}, x, directional(seed)), SG_GRADCHECK_PASS, "scales");
      expect(check_map(c, (map_options){function, 0, 1, 1e-5}, x, directional(seed)), SG_GRADCHECK_FAIL, "wrong");
    }
  sg_tensor *zeros = sg_tensor_full(c, SG_F64, &(sg_shape){1, {500}}, 0);
  sg_tensor_set_requires_grad(zeros, true);
  for (uint64_t seed = 0; seed < 8; seed++) {
    expect(check_map(c, (map_options){MAP_SINE, 0, 1, 0}, zeros, directional(seed)), SG_GRADCHECK_PASS, "zeros");
    expect(check_map(c, (map_options){MAP_LINEAR, 0, 1, 0}, zeros, directional(seed)), SG_GRADCHECK_PASS, "zeros");
  }
}

static void test_budget(void **state) {
  sg_context *c = *state;
  for (uint64_t budget = 1; budget < 400; budget += 23) {
    sg_gradcheck_options o = directional(2);
    o.budget = budget;
    sg_gradcheck_report *report = check_norm(c, NORM_RIGHT, (sg_shape){2, {1024, 4}}, o);
    const sg_gradcheck_input *input = &report->inputs[0];
    assert_int_not_equal(report->verdict, SG_GRADCHECK_FAIL);
    if (input->probes == 0) {
      assert_int_equal(report->verdict, SG_GRADCHECK_INCONCLUSIVE);
      assert_non_null(strstr(input->reason, "budget"));
      assert_true(input->dense_miss == 1 && input->single_miss > 0.98);
    }
    if (input->probes > 0) assert_int_equal(report->verdict, SG_GRADCHECK_PASS);
    sg_gradcheck_report_free(report);
  }
}

static void test_not_finite_and_skipped_elements_of_a_direction(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {1000}}, 3, 0.2);
  sg_tensor *skip = sg_tensor_full(c, SG_F32, &(sg_shape){1, {1000}}, 0);
  sg_tensor_set_requires_grad(x, false);
  ((double *)sg_tensor_write(x, "test"))[700] = 0; // an infinite slope
  ((float *)sg_tensor_write(skip, "test"))[700] = 1;
  sg_tensor_set_requires_grad(x, true);
  sg_gradcheck_options o = directional(5);
  sg_gradcheck_report *report = check_map(c, (map_options){MAP_SQRT, 0, 1, 0}, x, o);
  assert_int_equal(report->inputs[0].worst.position, 700);
  assert_non_null(strstr(report->inputs[0].reason, "not finite"));
  expect(report, SG_GRADCHECK_FAIL, "infinite");
  o.skip = &skip;
  report = check_map(c, (map_options){MAP_SQRT, 0, 1, 0}, x, o);
  assert_int_equal(report->inputs[0].skipped, 1);
  expect(report, SG_GRADCHECK_PASS, "skipped");
}

static void test_auto_mode_goes_by_size(void **state) {
  sg_context *c = *state;
  const map_options sine = {MAP_SINE, 0, 1, 0};
  sg_gradcheck_report *report =
      check_map(c, sine, normal(c, (sg_shape){1, {1000}}, 0, 1), (sg_gradcheck_options){0});
  assert_int_equal(report->inputs[0].mode, SG_GRADCHECK_FULL);
  assert_int_equal(report->inputs[0].checked, 1000);
  assert_true(report->inputs[0].dense_error < 1e-8 && report->inputs[0].dense_miss == 0);
  assert_true(report->inputs[0].single_error < 1e-6 && report->inputs[0].single_miss == 0);
  sg_gradcheck_report_free(report);
  report = check_map(c, sine, normal(c, (sg_shape){1, {40000}}, 0, 1), (sg_gradcheck_options){0});
  assert_int_equal(report->inputs[0].mode, SG_GRADCHECK_DIRECTIONAL);
  assert_int_equal(report->mode, SG_GRADCHECK_AUTO);
  expect(report, SG_GRADCHECK_PASS, "auto");
}

static void test_directions_at_order_two_and_three(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {500}}, 0, 1);
  sg_gradcheck_options o = directional(4);
  o.order = 3;
  expect(check(c, two_outputs, NULL, 1, &x, &o), SG_GRADCHECK_PASS, "order 3");
  expect(check_map(c, (map_options){MAP_LATE_MISTAKE, 0, 1, 0}, x, o), SG_GRADCHECK_FAIL, "late mistake");
  expect(check_map(c, (map_options){MAP_RELU, 0, 1, 0}, x, o), SG_GRADCHECK_PASS, "relu");
}

// ---- The Jacobian -------------------------------------------------------------------------------------------

static void test_jacobian(void **state) {
  sg_context *c = *state;
  const map_options square = {MAP_SQUARE, 0, 1, 0};
  sg_tensor *x = normal(c, (sg_shape){1, {3}}, 0, 1);
  const double *data = sg_tensor_data(x);
  sg_gradcheck_report *report = check_map(c, square, x, (sg_gradcheck_options){.jacobian = true, .order = 2});
  expect_verdict(report, SG_GRADCHECK_PASS, "squares");
  const sg_gradcheck_input *input = &report->inputs[0];
  assert_int_equal(input->output_elements, 3);
  for (int r = 0; r < 3; r++)
    for (int k = 0; k < 3; k++) {
      const double expected = r == k ? 2 * data[k] : 0;
      assert_true(input->analytic_jacobian[3 * r + k] == expected);
      assert_true(fabs(input->numeric_jacobian[3 * r + k] - expected) < 1e-7);
    }
  assert_null(report->inputs[1].analytic_jacobian);
  sg_gradcheck_report_free(report);
  report = check_map(c, square, x, (sg_gradcheck_options){0});
  assert_null(report->inputs[0].analytic_jacobian);
  sg_gradcheck_report_free(report);
  expect(check(c, two_outputs, NULL, 1, &x, &(sg_gradcheck_options){.jacobian = true}), SG_GRADCHECK_PASS, "two");
}

static void test_jacobian_of_norms(void **state) {
  sg_context *c = *state;
  for (int mistake = NORM_RIGHT; mistake <= NORM_ONE_FLIPPED; mistake++)
    expect(check_norm(c, mistake, (sg_shape){2, {8, 2}}, (sg_gradcheck_options){.jacobian = true}),
           mistake == NORM_RIGHT ? SG_GRADCHECK_PASS : SG_GRADCHECK_FAIL, "norm");
}

static void test_jacobian_in_the_large_is_refused(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {5000}}, 0, 1);
  sg_memory_reset_peak(c);
  expect_error(c, x, (sg_gradcheck_options){.jacobian = true},
               "the Jacobian of input 0 has 5000 x 5000 entries (outputs x elements), expected at most 16777216");
  assert_true(sg_memory(c).peak_bytes < 100 * sg_tensor_bytes(x));
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

// ---- What the Jacobian costs ---------------------------------------------------------------------------------

// The differences of an element serve all outputs: some for each element, not for each entry.
static void test_rows_of_the_jacobian_share_their_differences(void **state) {
  sg_context *c = *state;
  enum { n = 120, most_per_element = 60 };
  const norm_options norm = {NORM_RIGHT, 1e-5};
  const map_options sine = {MAP_SINE, 0, 1, 0};
  const subject subjects[] = {{.op = &op_norm, .options = &norm}, {.op = &op_map, .options = &sine}};
  for (int k = 0; k < 2; k++) {
    subject s = subjects[k];
    sg_tensor *x = normal(c, (sg_shape){2, {n / 3, 3}}, 0, 1);
    const sg_gradcheck_options o = {.jacobian = true};
    sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, &o);
    assert_int_equal(report->inputs[0].entries.passed, n * n);
    assert_true(report->evaluations < most_per_element * n);
    expect(report, SG_GRADCHECK_PASS, "Jacobian");
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_directions_pass_what_is_right),
      TEST(test_directions_promise_what_is_asked),
      TEST(test_directions_find_mistakes),
      TEST(test_degenerate_directions_are_inconclusive),
      TEST(test_directions_and_kinks),
      TEST(test_directions_of_mixed_scales),
      TEST(test_budget),
      TEST(test_not_finite_and_skipped_elements_of_a_direction),
      TEST(test_auto_mode_goes_by_size),
      TEST(test_directions_at_order_two_and_three),
      TEST(test_jacobian),
      TEST(test_jacobian_of_norms),
      TEST(test_jacobian_in_the_large_is_refused),
      TEST(test_third_order),
      TEST(test_third_order_finds_its_own_mistakes),
      TEST(test_third_order_at_kinks),
      TEST(test_skip),
      TEST(test_skip_of_everything_or_of_the_wrong_shape),
      TEST(test_bad_options),
      TEST(test_rows_of_the_jacobian_share_their_differences),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
