// SPDX-License-Identifier: GPL-3.0-or-later
//
// What prepare puts into the op's own part of the plan reaches every later hook, in the call that was planned and
// in the node that recorded it; and what check refuses leaves nothing behind.
#include "autograd/prepared.h"
#include "tests/support/fixture.h"
#include <string.h>

// y = x * (the number of elements of x), and the same number is what the derivative multiplies by. Negative
// elements are refused by check.
typedef struct scaling {
  double factor;
  char padding[100];
  int last; // at the end, to see that all of it is kept
} scaling;

static sg_status prepare(sg_plan *plan) {
  scaling *own = plan->own;
  assert_int_equal(own->last, 0); // it comes zeroed
  own->factor = (double)sg_tensor_elements(plan->inputs[0]);
  own->last = 42;
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static sg_status check(const sg_call *call) {
  const scaling *plan = call->plan;
  assert_int_equal(plan->last, 42);
  for (int64_t i = 0; i < sg_tensor_elements(call->inputs[0]); i++) {
    double value = sg_tensor_value(call->inputs[0], i);
    if (value < 0) return sg_refuse(call, "x holds %g", value);
  }
  return SG_OK;
}

static void scale(const sg_call *call, const sg_tensor *from, sg_tensor *to) {
  const scaling *plan = call->plan;
  assert_int_equal(plan->last, 42);
  const double *source = sg_tensor_data(from);
  double *target = sg_output_data(to);
  for (int64_t i = 0; i < sg_tensor_elements(to); i++) target[i] = plan->factor * source[i];
}

static void forward(const sg_call *call) { scale(call, call->inputs[0], call->outputs[0]); }
static void backward(const sg_call *call) { scale(call, call->d_outputs[0], call->d_inputs[0]); }

static void vjp(const sg_call *call) {
  const scaling *plan = call->plan;
  call->d_inputs[0] = sg_mul_scalar(call->context, call->d_outputs[0], plan->factor);
}

static const sg_op op_scaling = {
    .name = "scaling",
    .summary = "x times the number of its elements.",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .plan_bytes = sizeof(scaling),
    .prepare = prepare,
    .check = check,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
};

// y = x, of which verify refuses what forward has noted in the scratch space: a first element above 9.
static sg_status plan_note(sg_plan *plan) {
  plan->scratch_bytes = sizeof(double);
  return prepare(plan);
}

static void forward_and_note(const sg_call *call) {
  *(double *)call->scratch = sg_tensor_value(call->inputs[0], 0);
  forward(call);
}

static sg_status verify(const sg_call *call) {
  const double *noted = call->scratch;
  return *noted > 9 ? sg_refuse(call, "x begins with %g", *noted) : SG_OK;
}

static const sg_op op_noting = {
    .name = "noting",
    .summary = "As scaling, up to 9.",
    .inputs = SG_PORTS({"x", 0, "any shape"}),
    .outputs = SG_PORTS({"y", 0, "the shape of x"}),
    .plan_bytes = sizeof(scaling),
    .prepare = plan_note,
    .forward = forward_and_note,
    .verify = verify,
    .vjp = vjp,
};

static sg_tensor *numbers(sg_context *context, double first) {
  const double values[] = {first, 2, 3};
  return sg_tensor_from(context, SG_F64, &(const sg_shape)SG_DIMS(3), values);
}

static void the_plan_reaches_every_hook(void **state) {
  sg_context *context = *state;
  sg_tensor *x = numbers(context, 1);
  sg_tensor_set_requires_grad(x, true);
  sg_tensor *y = sg_apply_one(context, &op_scaling, 1, &x, NULL);
  assert_float_equal(sg_tensor_value(y, 2), 9, 0);
  sg_tensor *total = sg_sum(context, y, NULL), *gradient = NULL;
  for (int create_graph = 0; create_graph < 2; create_graph++) { // the fused derivative and the recorded one
    const sg_backward_options options = {.retain_graph = true, .create_graph = create_graph};
    sg_grad(context, 1, &total, NULL, 1, &x, &options, &gradient);
    assert_int_equal(sg_error_status(context), SG_OK);
    assert_float_equal(sg_tensor_value(gradient, 0), 3, 0);
  }
}

static void check_refuses_before_anything_is_made(void **state) {
  sg_context *context = *state;
  sg_tensor *x = numbers(context, -1);
  sg_tensor_set_requires_grad(x, true);
  const sg_memory_usage before = sg_memory(context);
  assert_null(sg_apply_one(context, &op_scaling, 1, &x, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "scaling: x holds -1");
  const sg_memory_usage after = sg_memory(context);
  assert_int_equal(after.live_tensors, before.live_tensors);
  assert_int_equal(after.live_nodes, before.live_nodes);
}

static void a_prepared_call_is_checked_again(void **state) {
  sg_context *context = *state;
  sg_tensor *x = numbers(context, 1);
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, &op_scaling, 1, &x, NULL, &prepared), SG_OK);
  double *data = sg_tensor_write(x, "test");
  data[0] = 5;
  assert_int_equal(sg_prepared_check(&prepared), SG_OK);
  sg_compute(&prepared);
  assert_float_equal(sg_tensor_value(prepared.call.outputs[0], 0), 15, 0);
  data[0] = -5;
  assert_int_equal(sg_prepared_check(&prepared), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, "scaling: x holds -5");
}

static void verify_refuses_and_leaves_nothing(void **state) {
  sg_context *context = *state;
  sg_tensor *good = numbers(context, 1), *bad = numbers(context, 10);
  sg_tensor_set_requires_grad(bad, true);
  EXPECT(sg_apply_one(context, &op_noting, 1, &good, NULL), 3, 6, 9);
  const sg_memory_usage before = sg_memory(context);
  assert_null(sg_apply_one(context, &op_noting, 1, &bad, NULL));
  expect_error(context, SG_INVALID_ARGUMENT, "noting: x begins with 10");
  const sg_memory_usage after = sg_memory(context);
  assert_int_equal(after.live_tensors, before.live_tensors);
  assert_int_equal(after.live_nodes, before.live_nodes);
  sg_tensor_set_requires_grad(bad, false);
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, &op_noting, 1, &bad, NULL, &prepared), SG_OK);
  assert_int_equal(sg_compute(&prepared), SG_INVALID_ARGUMENT);
  expect_error(context, SG_INVALID_ARGUMENT, "noting: x begins with 10");
  ((double *)sg_tensor_write(bad, "test"))[0] = 9;
  assert_int_equal(sg_compute(&prepared), SG_OK);
  EXPECT(prepared.call.outputs[0], 27, 6, 9);
}

static sg_tensor *integers(sg_context *context, int64_t first) {
  const int64_t values[] = {first, 2, 3};
  return sg_tensor_from(context, SG_I64, &(const sg_shape)SG_DIMS(3), values);
}

// The integers are converted whenever it is computed, as they are then.
static void a_prepared_call_converts_each_time(void **state) {
  sg_context *context = *state;
  sg_tensor *inputs[] = {numbers(context, 1), integers(context, 1)};
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, sg_op_find(context, "add"), 2, inputs, NULL, &prepared), SG_OK);
  sg_compute(&prepared);
  EXPECT(prepared.call.outputs[0], 2, 4, 6);
  ((int64_t *)sg_tensor_write(inputs[1], "test"))[0] = 10;
  ((double *)sg_tensor_write(inputs[0], "test"))[2] = 30;
  sg_compute(&prepared);
  EXPECT(prepared.call.outputs[0], 11, 4, 33);
}

static void a_prepared_call_writes_each_time(void **state) {
  sg_context *context = *state;
  sg_tensor *inputs[] = {numbers(context, 1), integers(context, 1)};
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, sg_op_find(context, "add_"), 2, inputs, NULL, &prepared), SG_OK);
  EXPECT(inputs[0], 1, 2, 3);
  assert_ptr_equal(prepared.call.outputs[0], inputs[0]);
  const uint64_t version = sg_tensor_version(inputs[0]);
  for (int i = 0; i < 2; i++) sg_compute(&prepared);
  EXPECT(inputs[0], 3, 6, 9);
  assert_int_equal(sg_tensor_version(inputs[0]), version + 2);
}

// Rows that move down by one each time: what overlaps is copied before each write.
static void a_prepared_write_reads_what_overlaps_first(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2, 3, 4);
  sg_tensor *inputs[] = {sg_narrow(context, x, 0, 1, 3), sg_narrow(context, x, 0, 0, 3)};
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, sg_op_find(context, "copy_"), 2, inputs, NULL, &prepared), SG_OK);
  sg_compute(&prepared);
  EXPECT(x, 1, 1, 2, 3);
  sg_compute(&prepared);
  EXPECT(x, 1, 1, 1, 2);
}

// A saved value that a prepared call writes is missed, and a leaf is refused when it is asked for.
static void a_prepared_write_loses_no_gradient(void **state) {
  sg_context *context = *state;
  sg_tensor *weight = LEAF(context, 1, 1, 1), *x = numbers(context, 1),
            *sum = total(context, sg_mul(context, weight, x));
  sg_prepared prepared;
  assert_int_equal(sg_prepare(context, sg_op_find(context, "zero_"), 1, &x, NULL, &prepared), SG_OK);
  assert_int_equal(sg_prepared_check(&prepared), SG_OK);
  sg_compute(&prepared);
  sg_backward(context, sum, NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "was changed in place by zero_");
  sg_tensor_set_requires_grad(x, true);
  sg_prepared_check(&prepared);
  expect_error(context, SG_INVALID_STATE, "zero_: x [3] requires a gradient");
  sg_prepare(context, sg_op_find(context, "zero_"), 1, &x, NULL, &prepared);
  expect_error(context, SG_INVALID_STATE, "zero_: x [3] requires a gradient");
}

// An optional tensor that is absent is not written.
static void a_prepared_step_goes_on(void **state) {
  sg_context *context = *state;
  sg_tensor *inputs[] = {VECTOR(context, 1, 2), VECTOR(context, 10, 20), NULL};
  sg_prepared prepared;
  assert_int_equal(
      sg_prepare(context, sg_op_find(context, "sgd_step"), 3, inputs, &(sg_sgd_options){.lr = 0.1}, &prepared),
      SG_OK);
  for (int i = 0; i < 3; i++) sg_compute(&prepared);
  EXPECT(inputs[0], -2, -4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(the_plan_reaches_every_hook),        TEST_OF(check_refuses_before_anything_is_made),
      TEST_OF(a_prepared_call_is_checked_again),   TEST_OF(a_prepared_call_converts_each_time),
      TEST_OF(a_prepared_call_writes_each_time),   TEST_OF(a_prepared_write_reads_what_overlaps_first),
      TEST_OF(a_prepared_write_loses_no_gradient), TEST_OF(a_prepared_step_goes_on),
      TEST_OF(verify_refuses_and_leaves_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
