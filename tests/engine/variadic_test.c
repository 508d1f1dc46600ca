// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops whose outputs are as many as their prepare says: applied, recorded, differentiated, prepared, refused, and
// without memory.
#include <math.h>

#include "autograd/prepared.h"
#include "tests/support/fixture.h"

enum { MANY = 1000 };

static sg_tensor *counted(sg_context *context, int64_t rows, int64_t columns) {
  sg_tensor *x = sg_tensor_new(context, SG_F64, &(sg_shape){2, {rows, columns}});
  double *values = sg_tensor_write(x, "test");
  for (int64_t i = 0; i < rows * columns; i++) values[i] = (double)i;
  sg_tensor_set_requires_grad(x, true);
  return x;
}

// Within some roundings of exp and of two products.
static void expect_near(const sg_tensor *tensor, int64_t i, double want) {
  assert_true(fabs(sg_tensor_value(tensor, i) - want) <= 1e-14 * fabs(want));
}

// ---- An op that copies x into many tensors and saves its outputs --------------------------------------

// y[i] = exp(i * x), and before them their number: the derivative reads the saved outputs by their position.
typedef struct fan_options {
  int64_t count;
} fan_options;

static sg_status fan_prepare(sg_plan *plan) {
  const fan_options *options = plan->options;
  if (sg_plan_outputs(plan, options->count)) return sg_error_status(plan->context);
  plan->output_shape[0] = (sg_shape)SG_SCALAR;
  for (int p = 1; p < plan->output_count; p++) {
    assert_int_equal(plan->output_dtype[p], SG_F64); // preset
    plan->output_shape[p] = *sg_plan_shape(plan, 0);
  }
  return SG_OK;
}

static void fan_forward(const sg_call *call) {
  *(double *)sg_output_data(call->outputs[0]) = call->output_count - 1;
  const double *x = sg_input_data(call, 0);
  for (int p = 1; p < call->output_count; p++) {
    double *y = sg_output_data(call->outputs[p]);
    for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) y[i] = exp((p - 1) * x[i]);
  }
}

static void fan_vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *sum = sg_tensor_full(c, SG_F64, &call->input_shapes[0], 0);
  for (int p = 1; p < call->output_count; p++) {
    if (!call->d_outputs[p]) continue;
    sum = sg_add(c, sum, sg_mul_scalar(c, sg_mul(c, call->d_outputs[p], call->outputs[p]), p - 1));
  }
  call->d_inputs[0] = sum;
}

static const sg_op op_fan = {
    .name = "fan",
    .summary = "exp(i * x) for i = 0, 1, ...",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"count", SG_STEP, "their number"}, {"y", SG_VARIADIC, "the shape of x"}),
    .attributes = SG_ATTRIBUTES({"count", SG_ATTRIBUTE_INT, offsetof(fan_options, count), "", 0, 0, 0, NULL}),
    .options_bytes = sizeof(fan_options),
    .defaults = &(const fan_options){3},
    .save_outputs = 1 << 1,
    .prepare = fan_prepare,
    .forward = fan_forward,
    .vjp = fan_vjp,
};

static sg_tensors fan(sg_context *context, sg_tensor *x, int64_t count) {
  sg_tensors all;
  sg_apply_list(context, &op_fan, 1, &x, &(fan_options){count}, &all);
  return all;
}

static void check_fan(sg_context *context, int64_t count) {
  sg_tensor *x = LEAF(context, 0.5, -0.25);
  sg_tensors all = fan(context, x, count);
  expect_ok(context);
  assert_int_equal(all.count, count + 1);
  EXPECT(all.tensor[0], (double)count);
  assert_false(sg_tensor_requires_grad(all.tensor[0]));
  sg_tensor *last = all.tensor[count], *gradient, *second;
  const double n = (double)(count - 1);
  expect_near(last, 0, exp(n * 0.5));
  sg_tensor *sum = total(context, last);
  sg_grad(context, 1, &sum, NULL, 1, &x, &(sg_backward_options){.create_graph = true}, &gradient);
  expect_ok(context);
  expect_near(gradient, 1, n * exp(n * -0.25));
  sum = total(context, gradient);
  sg_grad(context, 1, &sum, NULL, 1, &x, NULL, &second);
  expect_ok(context);
  expect_near(second, 0, n * n * exp(n * 0.5));
}

// On either side of what has room without memory of its own.
static void saved_outputs_keep_their_places(void **state) {
  for (int64_t count = 2; count <= 40; count += count < 18 ? 1 : 22) check_fan(*state, count);
}

static void a_saved_output_that_was_written_is_refused(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 0.5);
  sg_tensors all = fan(context, x, 30);
  sg_set_grad_enabled(context, false);
  sg_tensor_fill(all.tensor[20], 1);
  sg_set_grad_enabled(context, true);
  sg_backward(context, all.tensor[3], NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "y [1], which its derivative needs, was changed in place by fill_");
}

// ---- Many parts ---------------------------------------------------------------------------------------

static void every_row_has_its_gradient(void **state) {
  sg_context *context = *state;
  for (int create_graph = 0; create_graph < 2; create_graph++) {
    sg_tensor *x = counted(context, MANY, 2), *gradient;
    sg_tensors rows = sg_unbind(context, x, 0);
    assert_int_equal(rows.count, MANY);
    sg_tensor *sum = total(context, sg_mul(context, rows.tensor[3], rows.tensor[MANY - 1]));
    const sg_backward_options options = {.create_graph = create_graph};
    sg_grad(context, 1, &sum, NULL, 1, &x, &options, &gradient);
    expect_ok(context);
    for (int64_t i = 0; i < 2 * MANY; i++) {
      const int64_t row = i / 2, other = row == 3 ? MANY - 1 : 3;
      const double expected = row == 3 || row == MANY - 1 ? (double)(2 * other + i % 2) : 0;
      expect_near(gradient, i, expected);
    }
  }
}

static void all_rows_together_are_the_tensor(void **state) {
  sg_context *context = *state;
  sg_tensor *x = counted(context, 3, MANY), *gradient;
  sg_tensors columns = sg_unbind(context, x, 1);
  sg_tensor *y = sg_stack(context, columns.count, columns.tensor, 1);
  assert_int_equal(sg_tensor_elements(y), 3 * MANY);
  for (int64_t i = 0; i < 3 * MANY; i++) expect_near(y, i, (double)i);
  sg_tensor *weights = sg_tensor_copy(context, x);
  sg_grad(context, 1, &y, &weights, 1, &x, NULL, &gradient);
  expect_ok(context);
  for (int64_t i = 0; i < 3 * MANY; i++) expect_near(gradient, i, (double)i);
}

static void nothing_to_take_apart_is_an_empty_list(void **state) {
  sg_context *context = *state;
  sg_tensors none = sg_unbind(context, counted(context, 0, 2), 0);
  expect_ok(context);
  assert_int_equal(none.count, 0);
  assert_int_equal(sg_unbind(context, sg_tensor_full(context, SG_I64, &(sg_shape)SG_DIMS(2), 7), 0).count, 2);
}

// ---- Views and writes ---------------------------------------------------------------------------------

static void a_write_through_one_view_is_seen_by_all(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_copy(context, counted(context, 4, 2)), *w = LEAF(context, 1, 1);
  sg_tensors rows = sg_unbind(context, x, 0);
  sg_tensor_fill(rows.tensor[1], 9);
  expect_near(x, 2, 9);
  expect_near(x, 4, 4);
  sg_tensor *y = total(context, sg_mul(context, rows.tensor[2], w)); // saves one view, another one is written
  sg_tensor_fill(rows.tensor[3], 5);
  sg_backward(context, y, NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "was changed in place by fill_");
}

static void a_recorded_view_is_not_written(void **state) {
  sg_context *context = *state;
  sg_tensor *x = counted(context, 3, 2);
  sg_tensors rows = sg_unbind(context, x, 0);
  sg_tensor_fill(rows.tensor[1], 9);
  expect_error(context, SG_INVALID_STATE, "requires a gradient, so it cannot be written in place");
  // In no_grad it is, as any value; what saved a value of the memory is refused.
  sg_tensor *y = total(context, sg_mul(context, rows.tensor[0], rows.tensor[0]));
  sg_set_grad_enabled(context, false);
  sg_tensor_fill(rows.tensor[1], 9);
  sg_set_grad_enabled(context, true);
  sg_backward(context, y, NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "was changed in place by fill_");
}

// What would lose a gradient in a view of plain memory is refused like anywhere.
static void a_gradient_is_not_written_into_a_view(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_copy(context, counted(context, 2, 2)), *w = LEAF(context, 1, 2);
  sg_tensors rows = sg_unbind(context, x, 0);
  sg_tensor_assign(rows.tensor[0], sg_mul_scalar(context, w, 2));
  expect_error(context, SG_INVALID_STATE, "requires a gradient");
}

// ---- Other ways to apply ------------------------------------------------------------------------------

static void one_place_for_many_outputs_is_refused(void **state) {
  sg_context *context = *state;
  sg_tensor *x = counted(context, 2, 2), *outputs[1];
  sg_apply(context, sg_op_find(context, "unbind"), 1, &x, NULL, outputs);
  expect_error(context, SG_INVALID_ARGUMENT, "unbind: it gives a list of tensors; apply it with sg_apply_list");
  assert_null(sg_apply_one(context, sg_op_find(context, "unbind"), 1, &x, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "apply it with sg_apply_list");
  sg_tensors list;
  sg_apply_list(context, sg_op_find(context, "add"), 2, (sg_tensor *[]){x, x}, NULL, &list);
  expect_ok(context);
  assert_int_equal(list.count, 1);
  expect_near(list.tensor[0], 3, 6);
  // With inputs to be converted first.
  sg_tensor *one = sg_tensor_scalar(context, SG_I64, 1);
  sg_apply_list(context, sg_op_find(context, "add"), 2, (sg_tensor *[]){x, one}, NULL, &list);
  expect_ok(context);
  assert_int_equal(list.count, 1);
  expect_near(list.tensor[0], 3, 4);
}

static void a_prepared_call_has_them_too(void **state) {
  sg_context *context = *state;
  for (int64_t count = 2; count <= 40; count += 19) {
    sg_tensor *x = VECTOR(context, 0.5);
    const fan_options options = {count};
    sg_prepared prepared;
    assert_int_equal(sg_prepare(context, &op_fan, 1, &x, &options, &prepared), SG_OK);
    assert_int_equal(prepared.call.output_count, count + 1);
    for (double value = 1; value < 3; value++) {
      sg_tensor_fill(x, value);
      sg_compute(&prepared);
      expect_near(prepared.call.outputs[2], 0, exp(value));
      expect_near(prepared.call.outputs[count], 0, exp((double)(count - 1) * value));
    }
  }
}

static sg_status said_twice(sg_plan *plan) {
  sg_plan_outputs(plan, 3);
  return sg_plan_outputs(plan, 3);
}

static sg_status of_one(sg_plan *plan) { return sg_plan_outputs(plan, 2); }

static void a_prepare_that_is_wrong_is_told(void **state) {
  sg_context *context = *state;
  sg_tensor *x = counted(context, 2, 2);
  sg_tensors list;
  sg_op op = op_fan;
  op.prepare = said_twice;
  assert_int_equal(sg_apply_list(context, &op, 1, &x, NULL, &list), SG_INVALID_ARGUMENT);
  assert_int_equal(list.count, 0);
  expect_error(context, SG_INVALID_ARGUMENT, "fan: prepare says twice how many outputs it has");
  op.prepare = of_one;
  op.outputs = SG_PORTS({"y", 0, ""});
  sg_apply_list(context, &op, 1, &x, NULL, &list);
  expect_error(context, SG_INVALID_ARGUMENT, "fan: its last output is not SG_VARIADIC");
  sg_apply_list(context, &op_fan, 1, &x, &(fan_options){INT64_MAX}, &list);
  expect_error(context, SG_INVALID_ARGUMENT, "fan: the result would be 9223372036854775807 tensors");
  sg_apply_list(context, &op_fan, 1, &x, &(fan_options){-1}, &list);
  expect_error(context, SG_INVALID_ARGUMENT, "fan: the result would be -1 tensors");
}

// ---- Without memory -----------------------------------------------------------------------------------

static sg_status run_program(sg_context *context) {
  sg_tensor *x = sg_tensor_full(context, SG_F64, &(sg_shape)SG_DIMS(2, 20), 0.5), *gradient;
  if (!x) return sg_error_status(context);
  sg_tensor_set_requires_grad(x, true);
  sg_tensors columns = sg_unbind(context, x, 1);
  sg_tensors fans = columns.count ? fan(context, columns.tensor[19], 17) : (sg_tensors){0};
  sg_tensor *sum = fans.count ? sg_sum(context, fans.tensor[17], NULL) : NULL;
  if (!sum) return sg_error_status(context);
  sg_grad(context, 1, &sum, NULL, 1, &x, &(sg_backward_options){.create_graph = true}, &gradient);
  return sg_backward(context, sum, NULL, NULL);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  fail_every_allocation(run_program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(saved_outputs_keep_their_places),
      TEST_OF(a_saved_output_that_was_written_is_refused),
      TEST_OF(every_row_has_its_gradient),
      TEST_OF(all_rows_together_are_the_tensor),
      TEST_OF(nothing_to_take_apart_is_an_empty_list),
      TEST_OF(a_write_through_one_view_is_seen_by_all),
      TEST_OF(a_recorded_view_is_not_written),
      TEST_OF(a_gradient_is_not_written_into_a_view),
      TEST_OF(one_place_for_many_outputs_is_refused),
      TEST_OF(a_prepared_call_has_them_too),
      TEST_OF(a_prepare_that_is_wrong_is_told),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
