// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that write into their inputs: they return the tensor itself, count the write, refuse what would lose a
// gradient before anything is written, and read what overlaps as it was.
#include "tests/support/fixture.h"

static sg_tensor *row_of(sg_context *c, int64_t count, const double *values) {
  return sg_tensor_from(c, SG_F64, &(const sg_shape){1, {count}}, values);
}

static const double ones[] = {1, 1, 1}, counted[] = {1, 2, 3, 4};

static void the_result_is_the_tensor(void **state) {
  sg_context *c = *state;
  sg_tensor *x = row_of(c, 3, ones);
  uint64_t version = sg_tensor_version(x);
  sg_tensor *result = sg_apply_one(c, sg_op_find(c, "copy_"), 2, (sg_tensor *[]){x, row_of(c, 3, counted)}, NULL);
  assert_ptr_equal(result, x);
  assert_float_equal(sg_tensor_value(x, 2), 3, 0);
  assert_int_equal(sg_tensor_version(x), version + 1);
}

static void a_saved_value_that_is_written_is_noticed(void **state) {
  sg_context *c = *state;
  sg_tensor *w = row_of(c, 3, ones), *x = row_of(c, 3, counted);
  sg_tensor_set_requires_grad(w, true);
  sg_tensor *total = sg_sum(c, sg_mul(c, w, x), NULL);
  sg_zero_(c, x);
  sg_backward(c, total, NULL, NULL);
  expect_error(c, SG_INVALID_STATE, "was changed in place by zero_");
}

static void gradients_are_not_lost(void **state) {
  sg_context *c = *state;
  sg_tensor *w = row_of(c, 3, ones), *x = row_of(c, 3, counted);
  sg_tensor_set_requires_grad(w, true);
  sg_copy_(c, w, x);
  expect_error(c, SG_INVALID_STATE, "copy_: x [3] requires a gradient, so it cannot be written in place");
  sg_copy_(c, x, w);
  expect_error(c, SG_INVALID_STATE, "copy_: source requires a gradient, which a write in place would lose");
  assert_float_equal(sg_tensor_value(w, 1), 1, 0);
  assert_float_equal(sg_tensor_value(x, 1), 2, 0);
  bool recording = sg_set_grad_enabled(c, false);
  assert_int_equal(sg_copy_(c, w, x), SG_OK);
  sg_set_grad_enabled(c, recording);
  assert_float_equal(sg_tensor_value(w, 1), 2, 0);
}

// What is written keeps its dtype, though what is only read need not be converted to it.
static void integers_do_not_become_floats(void **state) {
  sg_context *c = *state;
  sg_tensor *x = sg_tensor_full_integer(c, SG_I64, &(const sg_shape){1, {3}}, 7), *y = row_of(c, 3, ones);
  sg_apply_one(c, sg_op_written_form(c, sg_op_find(c, "maximum")), 2, (sg_tensor *[]){x, y}, NULL);
  expect_error(c, SG_INVALID_ARGUMENT, "maximum_: a has dtype i64, which cannot hold the result's f64");
  sg_add_(c, x, y, 1);
  expect_error(c, SG_INVALID_ARGUMENT, "add_: x has dtype i64, which cannot hold the result's f64");
  assert_int_equal(sg_tensor_integer(x, 2), 7);
  sg_mul_(c, y, x);
  assert_float_equal(sg_tensor_value(y, 2), 7, 0);
}

// A source that is copied because it overlaps has its gradient all the same.
static void overlapping_gradients_are_not_lost(void **state) {
  sg_context *c = *state;
  sg_tensor *w = row_of(c, 4, counted);
  sg_tensor_set_requires_grad(w, true);
  sg_tensor *head = sg_narrow(c, w, 0, 0, 3), *tail = sg_narrow(c, sg_tensor_detach(c, w), 0, 1, 3);
  sg_copy_(c, tail, head);
  expect_error(c, SG_INVALID_STATE, "copy_: source requires a gradient, which a write in place would lose");
  sg_mul_(c, tail, head);
  expect_error(c, SG_INVALID_STATE, "mul_: other requires a gradient, which a write in place would lose");
  for (int i = 0; i < 4; i++) assert_float_equal(sg_tensor_value(w, i), counted[i], 0);
}

// Rows 1 to 3 of a matrix from its rows 0 to 2: read as they were before.
static void overlapping_memory_is_read_first(void **state) {
  sg_context *c = *state;
  sg_tensor *x = row_of(c, 4, counted);
  sg_tensor *head = sg_narrow(c, x, 0, 0, 3);
  sg_tensor *tail = sg_narrow(c, x, 0, 1, 3);
  assert_int_equal(sg_copy_(c, tail, head), SG_OK);
  const double expected[] = {1, 1, 2, 3};
  for (int i = 0; i < 4; i++) assert_float_equal(sg_tensor_value(x, i), expected[i], 0);
}

static void what_does_not_fit_changes_nothing(void **state) {
  sg_context *c = *state;
  const int64_t numbers[] = {5, 6, 7};
  sg_tensor *x = sg_tensor_from(c, SG_I64, &(const sg_shape){1, {3}}, numbers);
  uint64_t version = sg_tensor_version(x);
  const double wrong[] = {1, 1e30, 2};
  sg_copy_(c, x, row_of(c, 3, wrong));
  expect_error(c, SG_INVALID_ARGUMENT, "copy_: source holds 1e+30 (element 1), which no i64 can be");
  assert_int_equal(sg_tensor_integer(x, 0), 5);
  assert_int_equal(sg_tensor_version(x), version);
}

// Of a value its shape is nothing to fill_; copy_ broadcasts it.
static void a_single_element_fills_in_any_shape(void **state) {
  sg_context *c = *state;
  static const double seven = 7;
  sg_tensor *x = row_of(c, 3, ones), *value = sg_tensor_from(c, SG_F64, &(sg_shape){2, {1, 1}}, &seven);
  assert_int_equal(sg_fill_(c, x, value), SG_OK);
  EXPECT(x, 7, 7, 7);
  sg_tensor *scalar = sg_tensor_scalar(c, SG_I64, 0);
  assert_int_equal(sg_fill_(c, scalar, value), SG_OK);
  assert_int_equal(sg_tensor_integer(scalar, 0), 7);
  assert_int_equal(sg_fill_(c, value, sg_reshape(c, value, &(sg_shape){0})), SG_OK);
  EXPECT(value, 7);
  sg_copy_(c, x, value);
  expect_error(c, SG_INVALID_ARGUMENT, "copy_: source has shape [1, 1], which does not broadcast to x's [3]");
}

// ---- Descriptors ------------------------------------------------------------------------------------

static sg_status prepare(sg_plan *plan) {
  (void)plan;
  return SG_OK;
}
static void forward(const sg_call *call) { (void)call; }

static void descriptors_are_checked(void **state) {
  sg_context *c = *state;
  sg_op op = {.name = "stir_",
              .inputs = SG_PORTS({"x", 0, ""}),
              .outputs = SG_PORTS({"y", SG_WRITTEN, ""}),
              .prepare = prepare,
              .forward = forward};
  sg_op_register(c, &op);
  expect_error(c, SG_INVALID_ARGUMENT, "op stir_: output 'y' is SG_WRITTEN and no input has its name");
  op.outputs = SG_PORTS({"y", SG_STEP, ""}, {"x", SG_WRITTEN, ""});
  op.name = "stir";
  sg_op_register(c, &op);
  expect_error(c, SG_INVALID_ARGUMENT, "op stir: output 'x' is SG_WRITTEN behind one that is not");
  op.outputs = SG_PORTS({"y", SG_STEP, ""});
  op.name = "stir_";
  sg_op_register(c, &op);
  expect_error(c, SG_INVALID_ARGUMENT, "an op cannot be named 'stir_'");
  const sg_op family = {
      .inputs = SG_PORTS({"x", 0, ""}), .prepare = prepare, .forward = forward, .save_outputs = 1};
  const sg_op member = {.name = "stir_", .family = &family, .outputs = SG_PORTS({"x", SG_WRITTEN, ""})};
  sg_op_register(c, &member);
  expect_error(c, SG_INVALID_ARGUMENT, "op stir_: output 'x' is SG_WRITTEN and saved");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(the_result_is_the_tensor),
      TEST_OF(a_saved_value_that_is_written_is_noticed),
      TEST_OF(gradients_are_not_lost),
      TEST_OF(integers_do_not_become_floats),
      TEST_OF(overlapping_memory_is_read_first),
      TEST_OF(overlapping_gradients_are_not_lost),
      TEST_OF(what_does_not_fit_changes_nothing),
      TEST_OF(a_single_element_fills_in_any_shape),
      TEST_OF(descriptors_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
