// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the engine does with the derivative hooks of an op: when it calls them, and what it takes from them.
#include <string.h>

#include "tests/support/fixture.h"

// y = x under many names: what differs is the derivative.
static sg_status prepare(sg_plan *plan) {
  plan->output_shape[0] = *sg_plan_shape(plan, 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  memcpy(sg_output_data(call->outputs[0]), sg_input_data(call, 0), sg_tensor_bytes(call->outputs[0]));
}

static int calls; // of the hooks below; set to 0 by each test that counts

static void vjp_identity(const sg_call *call) {
  calls++;
  call->d_inputs[0] = call->d_outputs[0];
}
static void vjp_nothing(const sg_call *call) { (void)call; }
static void vjp_shape(const sg_call *call) { call->d_inputs[0] = total(call->context, call->d_outputs[0]); }
static void vjp_dtype(const sg_call *call) {
  call->d_inputs[0] = sg_tensor_to(call->context, call->d_outputs[0], SG_F32);
}
static void vjp_fails(const sg_call *call) { sg_error(call->context, SG_CALLBACK_FAILED, "the user's reason"); }

// 2 dy, by differentiating u^2 at u = 1 within the hook.
static void vjp_nested(const sg_call *call) {
  sg_context *c = call->context;
  bool recording = sg_set_grad_enabled(c, true);
  sg_tensor *u = sg_tensor_full(c, SG_F64, &call->input_shapes[0], 1), *gradient = NULL;
  sg_tensor_set_requires_grad(u, true);
  sg_backward(c, total(c, sg_square(c, u)), NULL, NULL);
  sg_tensor *v = sg_square(c, u);
  sg_grad(c, 1, &v, &call->d_outputs[0], 1, &u, NULL, &gradient);
  sg_set_grad_enabled(c, recording);
  call->d_inputs[0] = gradient;
}

static sg_tensor *outer; // the graph whose backward pass is running
static void vjp_reenters(const sg_call *call) {
  call->d_inputs[0] = call->d_outputs[0];
  sg_backward(call->context, outer, NULL, NULL);
}

// Lets go of what the caller had: the outer graph's root.
static void vjp_releases(const sg_call *call) {
  call->d_inputs[0] = call->d_outputs[0];
  sg_release(outer);
  outer = NULL;
}

static void backward_doubles(const sg_call *call) {
  const double *d_y = sg_tensor_data(call->d_outputs[0]);
  double *d_x = sg_gradient_data(call, 0);
  for (int64_t i = 0; i < sg_tensor_elements(call->d_outputs[0]); i++) d_x[i] = 2 * d_y[i];
}

#define TEST_OP(text, derivative, fused)                                                                           \
  {                                                                                                                \
    .name = text, .inputs = SG_PORTS({.name = "x"}), .outputs = SG_PORTS({.name = "y"}), .prepare = prepare,       \
    .forward = forward, .vjp = derivative, .backward = fused                                                       \
  }
static const sg_op op_counting = TEST_OP("counting", vjp_identity, NULL),
                   op_nothing = TEST_OP("nothing", vjp_nothing, NULL), op_shape = TEST_OP("shape", vjp_shape, NULL),
                   op_dtype = TEST_OP("dtype", vjp_dtype, NULL), op_fails = TEST_OP("fails", vjp_fails, NULL),
                   op_nested = TEST_OP("nested", vjp_nested, NULL),
                   op_reenters = TEST_OP("reenters", vjp_reenters, NULL), op_bare = TEST_OP("bare", NULL, NULL),
                   op_once = TEST_OP("once", NULL, backward_doubles);

static const sg_op op_releases = TEST_OP("releases", vjp_releases, NULL);

static sg_tensor *apply(sg_context *context, const sg_op *op, sg_tensor *x) {
  return sg_apply_one(context, op, 1, &x, NULL);
}

// A graph with a good part and the op under test; backward must fail and leave both gradients as they were.
static void expect_refusal(sg_context *context, const sg_op *op, sg_status status, const char *message) {
  sg_tensor *x = LEAF(context, 2, 3), *w = LEAF(context, 5, 7);
  sg_backward(context, total(context, sg_mul(context, x, w)), NULL, NULL);
  sg_tensor *last = sg_square(context, w), *y = sg_mul(context, apply(context, op, sg_exp(context, x)), last);
  sg_backward(context, total(context, y), NULL, NULL);
  expect_error(context, status, message);
  EXPECT(sg_tensor_grad(x), 5, 7);
  EXPECT(sg_tensor_grad(w), 2, 3);
  sg_backward(context, total(context, sg_mul(context, x, w)), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 10, 14);
}

static void wrong_gradients(void **state) {
  sg_context *context = *state;
  expect_refusal(context, &op_nothing, SG_INVALID_STATE,
                 "backward of nothing: its derivative gave no gradient for x");
  expect_refusal(context, &op_shape, SG_INVALID_STATE,
                 "backward of shape: its derivative gave a gradient of shape [] and dtype f64 for x, expected [2]");
  expect_refusal(context, &op_dtype, SG_INVALID_STATE,
                 "gradient of shape [2] and dtype f32 for x, expected [2] and f64");
  expect_refusal(context, &op_fails, SG_CALLBACK_FAILED, "backward of fails: the user's reason");
  expect_refusal(context, &op_bare, SG_INVALID_STATE, "backward of bare: this op has no derivative");
}

static void no_second_derivative(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = total(context, apply(context, &op_once, x));
  sg_backward(context, y, NULL, &(sg_backward_options){.create_graph = true});
  expect_error(context, SG_INVALID_STATE,
               "backward of once: create_graph is not possible, the op has no second derivative");
  sg_backward(context, y, NULL, NULL);
  EXPECT(sg_tensor_grad(x), 2, 2);
}

static void only_what_is_wanted(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *w = LEAF(context, 5, 7), *gradient;
  sg_tensor *branch = apply(context, &op_counting, w);
  sg_tensor *y = total(context, sg_mul(context, x, branch));
  calls = 0;
  sg_grad(context, 1, &y, NULL, 1, &x, &(sg_backward_options){.retain_graph = true}, &gradient);
  EXPECT(gradient, 5, 7);
  assert_int_equal(calls, 0);
  sg_grad(context, 1, &y, NULL, 1, &branch, &(sg_backward_options){.retain_graph = true}, &gradient);
  EXPECT(gradient, 2, 3);
  assert_int_equal(calls, 0);
  sg_grad(context, 1, &y, NULL, 1, &w, NULL, &gradient);
  EXPECT(gradient, 2, 3);
  assert_int_equal(calls, 1);
}

// The gradient of a result asks nothing of the op that produced it, and takes nothing from its node.
static void producer_of_a_target(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *bare = apply(context, &op_bare, x), *square = sg_square(context, x);
  sg_tensor *y = total(context, sg_mul(context, bare, square)), *gradients[2];
  sg_grad(context, 1, &y, NULL, 2, (sg_tensor *[]){bare, square}, NULL, gradients);
  expect_ok(context);
  EXPECT(gradients[0], 4, 9);
  EXPECT(gradients[1], 2, 3);
  sg_backward(context, total(context, square), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 4, 6);
}

// A result nobody used in the end costs nothing.
static void dead_ends(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  calls = 0;
  apply(context, &op_counting, x);
  sg_backward(context, total(context, sg_square(context, x)), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 4, 6);
  assert_int_equal(calls, 0);
}

// However often its result is used, a node's derivative is taken once.
static void once_per_node(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = apply(context, &op_counting, x);
  for (int i = 0; i < 20; i++) y = sg_add(context, y, y);
  calls = 0;
  sg_backward(context, total(context, y), NULL, NULL);
  assert_int_equal(calls, 1);
  EXPECT(sg_tensor_grad(x), 1 << 20, 1 << 20);
}

static void nested(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  sg_tensor *y = sg_add(context, apply(context, &op_nested, sg_square(context, x)), x);
  sg_backward(context, total(context, y), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 9, 13);
  assert_true(sg_grad_enabled(context));
}

static void reentering(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  outer = total(context, apply(context, &op_reenters, sg_square(context, x)));
  sg_backward(context, outer, NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "belongs to a backward pass that is still running");
  assert_null(sg_tensor_grad(x));
}

static void root_released_on_the_way(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *gradient;
  for (int pass = 0; pass < 2; pass++) {
    sg_scope scope = sg_scope_open(context);
    outer = sg_retain(total(context, apply(context, &op_releases, sg_square(context, x))));
    sg_scope_close(context, scope);
    if (pass == 0) {
      sg_backward(context, outer, NULL, NULL);
      gradient = sg_tensor_grad(x);
    } else {
      sg_grad(context, 1, (sg_tensor *[]){outer}, NULL, 1, &x, NULL, &gradient);
    }
    expect_ok(context);
    EXPECT(gradient, 4, 6);
    assert_int_equal(sg_memory(context).live_nodes, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(wrong_gradients), TEST_OF(no_second_derivative), TEST_OF(only_what_is_wanted),
      TEST_OF(dead_ends),       TEST_OF(once_per_node),        TEST_OF(producer_of_a_target),
      TEST_OF(nested),          TEST_OF(reentering),           TEST_OF(root_released_on_the_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
