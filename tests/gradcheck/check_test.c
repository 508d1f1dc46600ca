// SPDX-License-Identifier: GPL-3.0-or-later
//
// The checker on functions that are right, however awkward, and on functions that are wrong in known ways.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/gradcheck/subjects.h"

// ---- Fixture ------------------------------------------------------------------------------------------------

typedef struct allocator {
  int64_t countdown; // fails from here on; -1: never
  int64_t live;
} allocator;

static void *allocate(void *user, size_t bytes) {
  allocator *a = user;
  if (a->countdown == 0) return NULL;
  if (a->countdown > 0) a->countdown--;
  a->live++;
  return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

static void give_back(void *user, void *block, size_t bytes) {
  (void)bytes;
  ((allocator *)user)->live--;
  free(block);
}

static allocator memory;

static int set_up(void **state) {
  memory = (allocator){-1, 0};
  const sg_config config = {.ops = gradcheck_ops,
                            .threads = 1,
                            .seed = 7,
                            .allocate = allocate,
                            .release = give_back,
                            .allocator_user = &memory};
  *state = sg_open(&config);
  return *state ? 0 : -1;
}

static int tear_down(void **state) {
  sg_close(*state);
  return memory.live == 0 ? 0 : -1;
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

static void expect(sg_gradcheck_report *report, sg_gradcheck_verdict verdict, const char *what) {
  if (report->verdict != verdict) {
    char text[4096];
    sg_gradcheck_report_text(report, 0, text, sizeof text);
    print_error("%s: expected %s, got\n%s", what, sg_gradcheck_verdict_name(verdict), text);
    fail();
  }
  assert_int_equal(report->ok, verdict == SG_GRADCHECK_PASS || verdict == SG_GRADCHECK_NONDIFFERENTIABLE);
  sg_gradcheck_report_free(report);
}

static void expect_map(sg_context *c, map_options options, sg_tensor *x, int order, sg_gradcheck_verdict verdict) {
  subject s = {.op = &op_map, .options = &options};
  const sg_gradcheck_options o = {.order = order};
  char what[96];
  snprintf(what, sizeof what, "map %d, scale %g, mistake %g", options.function, options.scale, options.mistake);
  expect(check(c, apply_op, &s, 1, &x, &o), verdict, what);
}

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

// An output that is exactly 0 has no noise: however small the step, its difference is exact, and what the outputs that
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

// ---- Wrong functions ----

static void test_transposed(void **state) {
  sg_context *c = *state;
  sg_tensor *inputs[2] = {normal(c, (sg_shape){2, {4, 4}}, 0, 1), normal(c, (sg_shape){2, {4, 4}}, 0, 1)};
  const bool only_first[] = {true, false};
  const sg_gradcheck_options o = {.check = only_first};
  for (int transposed = 0; transposed < 2; transposed++) {
    const product_options options = {transposed};
    subject s = {.op = &op_product, .options = &options};
    sg_gradcheck_report *report = check(c, apply_op, &s, 2, inputs, &o);
    assert_int_equal(report->input_count, 1);
    expect(report, transposed ? SG_GRADCHECK_FAIL : SG_GRADCHECK_PASS, "product");
  }
}

static void expect_defect(sg_context *c, sg_gradcheck_function *function, subject s, const char *reason) {
  sg_tensor *x = normal(c, (sg_shape){1, {3}}, 0, 1);
  s.captured = s.captured ? x : NULL;
  sg_tensor *copy = sg_tensor_copy(c, x);
  sg_gradcheck_report *report = check(c, function, &s, 1, &x, NULL);
  if (!strstr(report->reason, reason)) print_error("reason: %s\n", report->reason);
  assert_non_null(strstr(report->reason, reason));
  assert_memory_equal(sg_tensor_data(x), sg_tensor_data(copy), sg_tensor_bytes(x));
  assert_null(sg_tensor_grad(x));
  expect(report, SG_GRADCHECK_FAIL, reason);
}

static void test_impure_functions_fail(void **state) {
  sg_context *c = *state;
  static sg_tensor *const some = (sg_tensor *)&memory;
  expect_defect(c, counting, (subject){0}, "not deterministic");
  expect_defect(c, writes_input, (subject){0}, "writes its input 0");
  expect_defect(c, writes_input, (subject){.captured = some}, "writes the tensor that was given as input 0");
  expect_defect(c, apply_op, (subject){.op = &op_wrong_shape}, "wrong_shape");
}

static void test_function_without_graph_fails(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {3}}, 0, 1);
  expect(check(c, unrecorded, NULL, 1, &x, NULL), SG_GRADCHECK_FAIL, "unrecorded");
}

// ---- Failures of the check itself ----

static void expect_error(sg_context *c, sg_gradcheck_function *function, subject s, sg_tensor *x,
                         sg_gradcheck_options o, const char *message) {
  sg_gradcheck_report *report = (sg_gradcheck_report *)&memory;
  const sg_random_state before = sg_random_get_state(c);
  assert_int_not_equal(sg_gradcheck(c, function, &s, 1, &x, &o, &report), SG_OK);
  assert_null(report);
  if (!strstr(sg_error_message(c), message)) print_error("message: %s\n", sg_error_message(c));
  assert_non_null(strstr(sg_error_message(c), message));
  sg_error_clear(c);
  const sg_random_state after = sg_random_get_state(c);
  assert_memory_equal(&before, &after, sizeof before);
  assert_true(sg_grad_enabled(c));
}

static void test_bad_calls_are_refused(void **state) {
  sg_context *c = *state;
  const map_options sine = {MAP_SINE, 0, 1, 0};
  const subject s = {.op = &op_map, .options = &sine};
  sg_tensor *x = normal(c, (sg_shape){1, {3}}, 0, 1), *plain = sg_tensor_copy(c, x);
  sg_tensor *index = sg_tensor_full(c, SG_I64, &(sg_shape){1, {3}}, 1);
  const bool all[] = {true};
  subject failing = s;
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.step = (double)NAN}, "step is nan");
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.step = -1}, "step is -1");
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.k = 0.5}, "k is 0.5");
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.order = 4}, "order is 4");
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.mode = SG_GRADCHECK_DIRECTIONAL}, "mode is 2");
  expect_error(c, apply_op, s, plain, (sg_gradcheck_options){0}, "nothing to check");
  expect_error(c, apply_op, s, index, (sg_gradcheck_options){.check = all}, "dtype i64");
  expect_error(c, growing, s, x, (sg_gradcheck_options){0}, "output 0 has shape [2], expected f64 [1]");
  expect_error(c, no_output, s, x, (sg_gradcheck_options){0}, "gives 0 outputs");
  for (failing.fail_at = 1; failing.fail_at < 30; failing.fail_at += 4)
    expect_error(c, apply_op, failing, x, (sg_gradcheck_options){.order = 2}, "failed on purpose");
}

static void test_second_order_without_vjp_is_an_error(void **state) {
  sg_context *c = *state;
  const norm_options options = {NORM_RIGHT, 1e-5};
  const subject s = {.op = &op_norm, .options = &options};
  expect_error(c, apply_op, s, normal(c, (sg_shape){2, {4, 2}}, 0, 1), (sg_gradcheck_options){.order = 2},
               "second derivative");
}

static void test_every_allocation_may_fail(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {3}}, 0, 1);
  const sg_gradcheck_options o = {.order = 2};
  bool succeeded = false;
  for (int n = 0; !succeeded; n++) {
    sg_memory_release_cache(c);
    const int64_t live = memory.live;
    sg_gradcheck_report *report = NULL;
    memory.countdown = n;
    succeeded = sg_gradcheck(c, two_outputs, NULL, 1, &x, &o, &report) == SG_OK;
    memory.countdown = -1;
    if (succeeded)
      expect(report, SG_GRADCHECK_PASS, "after failures");
    else
      assert_int_equal(sg_error_status(c), SG_OUT_OF_MEMORY);
    sg_error_clear(c);
    sg_memory_release_cache(c);
    assert_true(memory.live <= live + 1); // the scope's own list may have grown
  }
}

static void test_memory_does_not_grow(void **state) {
  sg_context *c = *state;
  sg_tensor *x = normal(c, (sg_shape){1, {200}}, 0, 1);
  sg_memory_reset_peak(c);
  expect(check(c, two_outputs, NULL, 1, &x, NULL), SG_GRADCHECK_PASS, "200 elements");
  assert_true(sg_memory(c).peak_bytes < 100 * sg_tensor_bytes(x));
  assert_int_equal(sg_memory(c).live_nodes, 0);
}

static void test_report_fits_80_columns(void **state) {
  sg_context *c = *state;
  char text[8192], small[40];
  sg_tensor *x = normal(c, (sg_shape){2, {4, 6}}, 0, 1);
  const char *const names[] = {"a name that is much longer than any column of the table"};
  const map_options wrong = {MAP_SINE, 0, 1, 1e-3};
  subject s = {.op = &op_map, .options = &wrong};
  const sg_gradcheck_options o = {.names = names};
  sg_gradcheck_report *report = check(c, apply_op, &s, 1, &x, &o);
  const size_t length = sg_gradcheck_report_text(report, 1, text, sizeof text);
  assert_int_equal(length, strlen(text));
  assert_int_equal(length, sg_gradcheck_report_text(report, 1, NULL, 0));
  assert_int_equal(length, sg_gradcheck_report_text(report, 1, small, sizeof small));
  assert_int_equal(strlen(small), sizeof small - 1);
  for (const char *line = text; *line; line += strcspn(line, "\n") + 1) assert_true(strcspn(line, "\n") <= 80);
  assert_non_null(strstr(text, "fail"));
  expect(report, SG_GRADCHECK_FAIL, "report");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_smooth_functions_pass_at_every_scale),
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
      TEST(test_transposed),
      TEST(test_impure_functions_fail),
      TEST(test_function_without_graph_fails),
      TEST(test_bad_calls_are_refused),
      TEST(test_second_order_without_vjp_is_an_error),
      TEST(test_every_allocation_may_fail),
      TEST(test_memory_does_not_grow),
      TEST(test_report_fits_80_columns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
