// SPDX-License-Identifier: GPL-3.0-or-later
//
// The checker on functions that are wrong in known ways, and its own failures.
#include <math.h>
#include <string.h>

#include "tests/gradcheck/fixture.h"

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
  expect_defect(c, other_while_recorded, (subject){0}, "something else while it is recorded: element 0");
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
  expect_error(c, apply_op, s, x, (sg_gradcheck_options){.mode = (sg_gradcheck_mode)3}, "mode is 3");
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
