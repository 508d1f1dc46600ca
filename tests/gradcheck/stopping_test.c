// SPDX-License-Identifier: GPL-3.0-or-later
//
// Checks that are stopped: by their caller, or by an error of the function that comes once. Whatever was being
// tried then, the check ends with it and leaves nothing behind.
#include "tests/gradcheck/fixture.h"

// Once: a check that took it for something else would go on to its end.
static sg_status stop_at_zero(sg_context *c, void *user) {
  (void)c;
  return (*(int *)user)-- == 0 ? SG_CALLBACK_FAILED : SG_OK;
}

// At whatever call of poll, the check ends with its status and leaves nothing behind.
static void test_poll_ends_the_check(void **state) {
  sg_context *c = *state;
  const map_options sine = {MAP_SINE, 0, 1, 0};
  // Of two inputs some checks try what a function may refuse, and of a function some ask whether it reads them.
  for (int mode = SG_GRADCHECK_FULL; mode <= SG_GRADCHECK_DIRECTIONAL + 1; mode++) {
    const bool pair = mode > SG_GRADCHECK_DIRECTIONAL;
    sg_status status = SG_CALLBACK_FAILED;
    int calls = 0;
    for (; status == SG_CALLBACK_FAILED; calls += pair ? 1 : 1 + calls / 4) {
      int left = calls;
      const sg_scope scope = sg_scope_open(c);
      sg_tensor *x = normal(c, (sg_shape){1, {70}}, 0, 1);
      const sg_gradcheck_options o = {.mode = pair ? SG_GRADCHECK_FULL : (sg_gradcheck_mode)mode,
                                      .jacobian = !pair,
                                      .poll = stop_at_zero,
                                      .poll_user = &left};
      sg_gradcheck_report *report;
      if (pair) {
        sg_tensor *inputs[] = {normal(c, (sg_shape){1, {2}}, 0, 1), normal(c, (sg_shape){1, {2}}, 0, 1)};
        subject product = {.op = sg_op_find(c, "mul")};
        status = sg_gradcheck(c, apply_op, &product, 2, inputs, &o, &report);
      } else {
        status = sg_gradcheck_op(c, &op_map, &sine, 1, &x, &o, &report);
      }
      assert_true((status == SG_OK) == (report != NULL));
      assert_true((status == SG_OK) == (left >= 0));
      sg_gradcheck_report_free(report);
      sg_error_clear(c);
      sg_scope_close(c, scope);
    }
    assert_int_equal(status, SG_OK);
    assert_true(calls > 20);
  }
}

// The second input is idle, so it is asked whether the function reads it behind its arguments.
static sg_status square_first(sg_context *c, void *user, int count, sg_tensor *const *inputs, int *output_count,
                              sg_tensor **outputs) {
  return apply_op(c, user, count, (sg_tensor *[]){inputs[0], inputs[0]}, output_count, outputs);
}

// An error that comes once, as an interrupt does, is no refusal of the function's, in whichever call it comes.
static void test_an_error_that_comes_once_ends_the_check(void **state) {
  sg_context *c = *state;
  sg_gradcheck_function *const functions[] = {apply_op, square_first};
  for (int k = 0; k < 2; k++) {
    sg_status status = SG_CALLBACK_FAILED;
    for (int at = 1; status != SG_OK; at++) {
      const sg_scope scope = sg_scope_open(c);
      sg_tensor *inputs[] = {normal(c, (sg_shape){1, {2}}, 0, 1), normal(c, (sg_shape){1, {2}}, 0, 1)};
      subject product = {.op = sg_op_find(c, "mul"), .fail_at = at};
      sg_gradcheck_report *report;
      status = sg_gradcheck(c, functions[k], &product, 2, inputs, NULL, &report);
      assert_true((status == SG_OK) == (report != NULL));
      assert_true((status == SG_OK) == (product.calls < at));
      if (status != SG_OK) assert_string_equal(sg_error_message(c), "subject: failed on purpose");
      else assert_true(at > 20);
      sg_gradcheck_report_free(report);
      sg_error_clear(c);
      sg_scope_close(c, scope);
    }
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_poll_ends_the_check),
      TEST(test_an_error_that_comes_once_ends_the_check),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
