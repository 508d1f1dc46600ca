// SPDX-License-Identifier: GPL-3.0-or-later
//
// The checker on functions that are right, however awkward.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

// ---- Right functions -------------------------------------------------------------------------------------------

static void test_smooth_functions_pass_at_every_scale(void **state) {
  sg_context *c = *state;
  for (int power = -12; power <= 12; power += 3) {
    const double scale = pow(10, power);
    sg_tensor *x = normal(c, (sg_shape){2, {3, 4}}, 0, scale);
    for (int function = MAP_SINE; function <= MAP_CUBE; function++) {
      expect_map(c, (map_options){function, 0, scale, 0}, x, 1, SG_GRADCHECK_PASS);
      expect_map(c, (map_options){function, 0, scale, 1e-6}, x, 1, SG_GRADCHECK_FAIL);
      expect_map(c, (map_options){function, 0, scale, -2}, x, 1, SG_GRADCHECK_FAIL);
    }
  }
}

// exp(x) = 1 + x for |x| around 1e-12: steps in proportion to x show little but noise. Longer ones can acquit.
static void test_inputs_small_beside_the_functions_own_length(void **state) {
  sg_context *c = *state;
  const sg_gradcheck_verdict inconclusive = SG_GRADCHECK_INCONCLUSIVE;
  for (int power = -15; power <= -2; power += 2) {
    sg_tensor *x = normal(c, (sg_shape){1, {9}}, 0, pow(10, power));
    expect_map(c, (map_options){MAP_EXP, 0, 1, 0}, x, 1, SG_GRADCHECK_PASS);
    expect_map(c, (map_options){MAP_EXP, 0, 1, 0.1}, x, 1, power < -12 ? inconclusive : SG_GRADCHECK_FAIL);
  }
}

static void test_two_outputs_and_second_order(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {5}}, 0, 1);
  const char *const names[] = {"x"};
  const sg_gradcheck_options o = {.order = 2, .names = names};
  sg_gradcheck_report *report = check(c, two_outputs, NULL, 1, &x, &o);
  assert_int_equal(report->input_count, 4);
  assert_string_equal(report->inputs[0].name, "x");
  assert_int_equal(report->inputs[0].order, 1);
  assert_int_equal(report->inputs[1].order, 2);
  assert_string_equal(report->inputs[3].name, "cotangent 1");
  assert_int_equal(report->inputs[0].checked, 5);
  assert_true(report->inputs[0].resolution < 1e-7);
  expect(report, SG_GRADCHECK_PASS, "two outputs");
  expect_map(c, (map_options){MAP_CUBE, 0, 1, 0}, x, 2, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_LINEAR, 0, 1, 0}, x, 2, SG_GRADCHECK_PASS);
}

// A first derivative that is right where order 2 is wrong: the mistake sits in the derivative's own derivative.
static void test_second_order_finds_its_own_mistakes(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {4}}, 0, 1);
  const map_options wrong = {MAP_SQUARE, 1, 1, 1e-5}; // starts from 2 x (1 + m), whose slope is 2 (1 + m)
  expect_map(c, wrong, x, 1, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_SINE, 0, 1, 1e-5}, x, 2, SG_GRADCHECK_FAIL);
}

static void test_random_numbers_are_replayed(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {6}}, 0, 1);
  const sg_random_state before = sg_random_get_state(c);
  expect(check(c, random_factor, NULL, 1, &x, NULL), SG_GRADCHECK_PASS, "random factor");
  const sg_random_state after = sg_random_get_state(c);
  assert_memory_equal(&before, &after, sizeof before);
  assert_true(sg_grad_enabled(c));
}

static void test_empty_and_scalar_inputs(void **state) {
  sg_context *c = *state;
  sg_tensor *inputs[2] = {normal(c, (sg_shape){2, {0, 3}}, 0, 1), normal(c, (sg_shape){0, {0}}, 0, 1)};
  expect_map(c, (map_options){MAP_SINE, 0, 1, 0}, inputs[0], 2, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_SINE, 0, 1, 0}, inputs[1], 2, SG_GRADCHECK_PASS);
}

static void test_constant_function_passes(void **state) {
  sg_context *c = *state;
  expect_map(c, (map_options){MAP_UNUSED, 0, 1, 0}, normal(c, (sg_shape){1, {4}}, 0, 1), 1, SG_GRADCHECK_PASS);
}

static void test_f32_is_promoted_with_a_note(void **state) {
  sg_context *c = *state;
  sg_tensor *x = sg_random_normal(c, SG_F32, &(sg_shape){1, {4}}, 0, 1);
  sg_tensor_set_requires_grad(x, true);
  const map_options sine = {MAP_SINE, 0, 1, 0};
  subject s = {.op = &op_map, .options = &sine};
  sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, NULL);
  assert_non_null(strstr(report->notes, "input 0 is f32"));
  expect(report, SG_GRADCHECK_PASS, "f32");
}

static void test_fast_oscillation_is_no_false_alarm(void **state) {
  sg_context *c = *state;
  const double values[] = {0.3, -1.1, 2.7};
  sg_tensor *x = tensor(c, (sg_shape){1, {3}}, values);
  for (int power = -2; power >= -6; power--)
    expect_map(c, (map_options){MAP_SINE, 0, pow(10, power), 0}, x, 1, SG_GRADCHECK_PASS);
  // Too fast for the measurement of noise: no pass, but no false alarm either.
  expect_map(c, (map_options){MAP_SINE, 0, 1e-8, 0}, x, 1, SG_GRADCHECK_INCONCLUSIVE);
}

// (x + 1e6) - 1e6 has ten digits, sin in f32 seven: differences have to live with the noise of the function.
static void test_lost_digits_are_no_false_alarm(void **state) {
  sg_context *c = *state;
  for (int64_t n = 1; n <= 12; n++) {
    sg_tensor *x = normal(c, (sg_shape){1, {n}}, 0, 1);
    for (int function = MAP_CANCELLING; function <= MAP_FEW_DIGITS; function++) {
      const map_options right = {function, 0, 1, 0};
      subject s = {.op = &op_map, .options = &right};
      sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, NULL);
      assert_int_not_equal(report->verdict, SG_GRADCHECK_FAIL);
      sg_gradcheck_report_free(report);
      const map_options wrong = {function, 0, 1, -2};
      s.options = &wrong;
      report = check(c, apply_op, &s, 1, &x, NULL);
      assert_false(report->ok);
      sg_gradcheck_report_free(report);
    }
  }
}

// ---- Kinks and edges ----

static void test_kinks(void **state) {
  sg_context *c = *state;
  const double at[] = {0, 1.5, -2};
  const double near[] = {1e-3, -1e-5, 1e-7, -1e-9, 1, -1};
  const double above[] = {0.5, 1.5, 2};
  sg_tensor *kink = tensor(c, (sg_shape){1, {3}}, at), *close = tensor(c, (sg_shape){1, {6}}, near);
  expect_map(c, (map_options){MAP_RELU, 0, 1, 0}, kink, 1, SG_GRADCHECK_NONDIFFERENTIABLE);
  expect_map(c, (map_options){MAP_ABS, 0, 1, 0}, kink, 1, SG_GRADCHECK_NONDIFFERENTIABLE);
  expect_map(c, (map_options){MAP_RELU, 0, 1, 0}, kink, 2, SG_GRADCHECK_NONDIFFERENTIABLE);
  expect_map(c, (map_options){MAP_RELU, 0, 1, 0}, close, 1, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_ABS, 0, 1, 0}, close, 1, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_RELU, 0, 1, 1e-6}, close, 1, SG_GRADCHECK_FAIL);
  expect_map(c, (map_options){MAP_STEP_BACK, 0, 1, 0}, kink, 1, SG_GRADCHECK_FAIL);
  expect_map(c, (map_options){MAP_STEP_BACK, 0, 1, 0}, tensor(c, (sg_shape){1, {3}}, above), 1, SG_GRADCHECK_PASS);
}

// An output that is exactly 0 has no noise: however small the step, its difference is exact, and what the
// outputs that
// stay may hide grows without bound there. The coarser steps tell.
static void test_outputs_of_exactly_zero_are_judged(void **state) {
  sg_context *c = *state;
  const double values[] = {0, 1, 0, -2};
  sg_tensor *x = tensor(c, (sg_shape){1, {4}}, values);
  for (int i = 0; i < 3; i++) {
    const map_options wrong = {MAP_LINEAR, 0, 1, (double[]){-1, 1e-6, -2}[i]};
    subject s = {.op = &op_map, .options = &wrong};
    sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, NULL);
    assert_int_equal(report->inputs[0].failed, 4);
    sg_gradcheck_report_free(report);
  }
  expect_map(c, (map_options){MAP_LINEAR, 0, 1, 0}, x, 1, SG_GRADCHECK_PASS);
}

static void test_domain_edges(void **state) {
  sg_context *c = *state;
  const double edge[] = {0, 1, 2}, near[] = {1e-9, 1e-3, 1};
  sg_tensor *x = tensor(c, (sg_shape){1, {3}}, edge), *close = tensor(c, (sg_shape){1, {3}}, near);
  expect_map(c, (map_options){MAP_POWER_3_2, 0, 1, 0}, x, 1, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_SQRT, 0, 1, 0}, close, 1, SG_GRADCHECK_PASS);
  expect_map(c, (map_options){MAP_SQRT, 0, 1, 1e-6}, close, 1, SG_GRADCHECK_FAIL);
  expect_map(c, (map_options){MAP_SQRT, 0, 1, 0}, x, 1, SG_GRADCHECK_FAIL); // infinite at 0
  expect_map(c, (map_options){MAP_RECIPROCAL, 0, 1, 0}, close, 1, SG_GRADCHECK_PASS);
}

static void test_not_finite_fails(void **state) {
  sg_context *c = *state;
  const double values[] = {1, -1};
  const map_options root = {MAP_SQRT, 0, 1, 0};
  sg_tensor *x = tensor(c, (sg_shape){1, {2}}, values);
  subject s = {.op = &op_map, .options = &root};
  sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, NULL);
  assert_non_null(strstr(report->reason, "not finite"));
  expect(report, SG_GRADCHECK_FAIL, "sqrt of a negative number");
  expect_map(c, (map_options){MAP_SINE, 0, 1, (double)NAN}, x, 1, SG_GRADCHECK_FAIL);
}

// ---- Normalization ----

static void expect_norm(sg_context *c, norm_options options, double mean, double deviation, int64_t n,
                        sg_gradcheck_verdict verdict) {
  sg_tensor *x = normal(c, (sg_shape){2, {n, 3}}, mean, deviation);
  subject s = {.op = &op_norm, .options = &options};
  char what[96];
  snprintf(what, sizeof what, "norm, mistake %d, %g +- %g, n = %d", options.mistake, mean, deviation, (int)n);
  expect(check(c, apply_op, &s, 1, &x, NULL), verdict, what);
}

static void test_normalization(void **state) {
  sg_context *c = *state;
  for (int mistake = NORM_RIGHT; mistake <= NORM_ONE_DOUBLED; mistake++) {
    const sg_gradcheck_verdict verdict = mistake == NORM_RIGHT ? SG_GRADCHECK_PASS : SG_GRADCHECK_FAIL;
    expect_norm(c, (norm_options){mistake, 1e-5}, 0, 1, 16, verdict);
    expect_norm(c, (norm_options){mistake, 1e-5}, 0, 1, 128, verdict);
    expect_norm(c, (norm_options){mistake, 1e-5}, 1e4, 1, 16, verdict);
    if (mistake == NORM_NO_EPS) continue; // 1e-5 is nothing beside a variance of 1e12
    expect_norm(c, (norm_options){mistake, 1e-5}, 0, 1e6, 16, verdict);
  }
}

static void test_degenerate_probe_is_inconclusive(void **state) {
  sg_context *c = *state;
  const norm_options options = {NORM_RIGHT, 1e-5};
  sg_tensor *x = normal(c, (sg_shape){2, {16, 3}}, 0, 1);
  subject s = {.op = &op_norm, .options = &options, .total = true};
  sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, NULL);
  assert_non_null(strstr(report->inputs[0].reason, "lost in rounding noise"));
  expect(report, SG_GRADCHECK_INCONCLUSIVE, "sum of norm");
}

// What a cancellation leaves are multiples of a number far above eps |y|. Points at equal distances may fall
// between them alike, so that no noise shows in their differences.
static void test_hidden_noise_is_seen_in_the_last_bits(void **state) {
  sg_context *c = *state;
  const map_options cancelling = {MAP_CANCELLING, 0, 1, 0};
  for (int i = 0; i < 300; i++)
    expect_map(c, cancelling, normal(c, (sg_shape){1, {1}}, 0, 1), 1, SG_GRADCHECK_PASS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_smooth_functions_pass_at_every_scale),
      TEST(test_inputs_small_beside_the_functions_own_length),
      TEST(test_two_outputs_and_second_order),
      TEST(test_second_order_finds_its_own_mistakes),
      TEST(test_random_numbers_are_replayed),
      TEST(test_empty_and_scalar_inputs),
      TEST(test_constant_function_passes),
      TEST(test_f32_is_promoted_with_a_note),
      TEST(test_fast_oscillation_is_no_false_alarm),
      TEST(test_lost_digits_are_no_false_alarm),
      TEST(test_kinks),
      TEST(test_outputs_of_exactly_zero_are_judged),
      TEST(test_domain_edges),
      TEST(test_not_finite_fails),
      TEST(test_normalization),
      TEST(test_degenerate_probe_is_inconclusive),
      TEST(test_hidden_noise_is_seen_in_the_last_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
