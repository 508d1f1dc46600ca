// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg_backward: what it computes, what it refuses, what it leaves behind.
#include "tests/support/fixture.h"

static const sg_backward_options keep = {.retain_graph = true};
static const sg_backward_options recorded = {.create_graph = true};

static sg_tensor *derivative(sg_context *context, sg_tensor *y, sg_tensor *x, const sg_backward_options *options) {
  sg_tensor *gradient = NULL;
  sg_grad(context, 1, &y, NULL, 1, &x, options, &gradient);
  expect_ok(context);
  return gradient;
}

// d/dx x^4 = 4 x^3, 12 x^2, 24 x, exact in binary for a small whole x.
static void orders(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 3);
  sg_tensor *y = total(context, sg_square(context, sg_mul(context, x, x)));
  sg_tensor *first = derivative(context, y, x, &recorded);
  sg_tensor *second = derivative(context, first, x, &recorded);
  sg_tensor *third = derivative(context, second, x, &recorded);
  sg_tensor *fourth = derivative(context, third, x, NULL);
  EXPECT(first, 108);
  EXPECT(second, 108);
  EXPECT(third, 72);
  EXPECT(fourth, 24);
  assert_true(sg_tensor_requires_grad(third));
  assert_false(sg_tensor_requires_grad(fourth));
  assert_null(sg_tensor_grad(x));
}

static void create_graph_through_grad(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 5);
  sg_backward(context, total(context, sg_mul(context, sg_square(context, x), x)), NULL, &recorded);
  sg_tensor *grad = sg_retain(sg_tensor_grad(x));
  EXPECT(grad, 12, 75);
  assert_true(sg_tensor_requires_grad(grad));
  sg_tensor_set_grad(x, NULL);
  sg_backward(context, total(context, grad), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 12, 30);
  sg_release(grad);
}

static void twice(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = total(context, sg_square(context, x));
  sg_backward(context, y, NULL, &keep);
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 8, 12);
  sg_backward(context, y, NULL, NULL);
  expect_error(
      context, SG_INVALID_STATE,
      "differentiated already and its saved values are freed; give the first backward retain_graph = true");
  EXPECT(sg_tensor_grad(x), 8, 12);
}

static void seeds(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = sg_square(context, x);
  sg_backward(context, y, NULL, NULL);
  expect_error(context, SG_INVALID_ARGUMENT,
               "backward: the tensor has shape [2]; only one of a single element can do without a cotangent");
  sg_backward(context, y, VECTOR(context, 1, 2, 3), NULL);
  expect_error(context, SG_INVALID_ARGUMENT,
               "backward: the cotangent has shape [3] and dtype f64, expected [2] and f64");
  sg_backward(context, y, sg_tensor_to(context, VECTOR(context, 1, 2), SG_F32), NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "shape [2] and dtype f32, expected [2] and f64");
  sg_backward(context, VECTOR(context, 1), NULL, NULL);
  expect_error(context, SG_INVALID_STATE, "the tensor [1] has no graph");
  sg_backward(context, NULL, NULL, NULL);
  expect_error(context, SG_INVALID_ARGUMENT, "backward: a tensor is missing");
  assert_null(sg_tensor_grad(x));
  sg_backward(context, y, VECTOR(context, 10, 100), NULL); // the refusals have consumed nothing
  EXPECT(sg_tensor_grad(x), 40, 600);
}

static void leaf_as_root(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2);
  sg_backward(context, x, NULL, NULL);
  sg_backward(context, x, NULL, NULL);
  EXPECT(sg_tensor_grad(x), 2);
  EXPECT(x, 2);
}

static void stale_input(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *w = VECTOR(context, 5, 7);
  sg_tensor *y = total(context, sg_mul(context, x, w));
  sg_tensor_fill(w, 0);
  sg_backward(context, y, NULL, NULL);
  expect_error(context, SG_INVALID_STATE,
               "backward of mul: b [2], which its derivative needs, was changed in place by fill_ after mul ran");
  assert_null(sg_tensor_grad(x));
}

static void stale_output(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = sg_exp(context, x);
  double *data = sg_tensor_write(sg_tensor_detach(context, y), "the test");
  data[0] = 0;
  sg_backward(context, total(context, y), NULL, NULL);
  expect_error(context, SG_INVALID_STATE,
               "backward of exp: y [2], which its derivative needs, was changed in place by the test");
}

static void unneeded_value_may_change(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *w = VECTOR(context, 5, 7);
  sg_tensor *y = total(context, sg_add(context, x, w));
  sg_tensor_fill(w, 0);
  sg_backward(context, y, NULL, NULL);
  EXPECT(sg_tensor_grad(x), 1, 1);
}

static void writing_a_recorded_tensor(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  sg_tensor_fill(x, 1);
  expect_error(context, SG_INVALID_STATE, "fill_: the tensor [2] requires a gradient");
  sg_set_grad_enabled(context, false);
  sg_tensor_fill(x, 1);
  sg_set_grad_enabled(context, true);
  EXPECT(x, 1, 1);
}

static void used_twice(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  sg_tensor *y = sg_add(context, sg_mul(context, x, x), sg_add(context, x, x));
  sg_backward(context, total(context, sg_add(context, y, x)), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 7, 9);
}

static void accumulation(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  sg_backward(context, total(context, sg_square(context, x)), NULL, NULL);
  sg_tensor *view = sg_tensor_detach(context, sg_tensor_grad(x)); // now the storage of .grad is shared
  sg_backward(context, total(context, x), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 5, 7);
  EXPECT(view, 4, 6);
}

// Two leaves that receive the very same tensor as gradient must not share it.
static void gradients_are_separate(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *w = LEAF(context, 2, 3);
  sg_tensor *cotangent = VECTOR(context, 1, 10);
  sg_backward(context, sg_add(context, x, w), cotangent, NULL);
  sg_backward(context, x, cotangent, NULL);
  EXPECT(sg_tensor_grad(x), 2, 20);
  EXPECT(sg_tensor_grad(w), 1, 10);
  EXPECT(cotangent, 1, 10);
}

static void gradient_in_use(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3);
  sg_backward(context, total(context, sg_square(context, x)), NULL, NULL);
  sg_tensor *w = LEAF(context, 1, 1), *y = total(context, sg_mul(context, w, sg_tensor_grad(x)));
  sg_backward(context, total(context, sg_square(context, x)), NULL, NULL);
  EXPECT(sg_tensor_grad(x), 8, 12);
  sg_backward(context, y, NULL, NULL); // a saved .grad that has grown since is not silently used
  expect_error(context, SG_INVALID_STATE, "was changed in place by accumulating gradients after mul ran");
}

static void history_of_cotangents(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *u = LEAF(context, 5, 7), *y = sg_square(context, x);
  sg_backward(context, y, sg_mul(context, u, u), &keep);
  EXPECT(sg_tensor_grad(x), 100, 294);
  assert_false(sg_tensor_requires_grad(sg_tensor_grad(x)));
  sg_tensor *gradient = NULL;
  sg_grad(context, 1, &y, &u, 1, &x, &recorded, &gradient);
  EXPECT(derivative(context, total(context, gradient), u, NULL), 4, 6);
}

static void recording_is_as_before(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *y = total(context, sg_square(context, x));
  sg_set_grad_enabled(context, false);
  sg_backward(context, y, NULL, &recorded);
  assert_true(sg_tensor_requires_grad(sg_tensor_grad(x)));
  assert_false(sg_grad_enabled(context));
  sg_set_grad_enabled(context, true);
  sg_tensor_set_grad(x, NULL); // a gradient with a graph of its own leaf would keep itself alive
  sg_backward(context, y, NULL, NULL);
  assert_true(sg_grad_enabled(context));
}

// Each node's saved values go as soon as its derivative has been taken.
static void memory_falls(void **state) {
  sg_context *context = *state;
  enum { elements = 100000, length = 20 };
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = sg_tensor_full(context, SG_F64, &(sg_shape){1, {elements}}, 0.5);
  sg_tensor_set_requires_grad(x, true);
  sg_scope inner = sg_scope_open(context);
  sg_tensor *y = x;
  for (int i = 0; i < length; i++) y = sg_tanh(context, y);
  y = sg_scope_return(context, inner, total(context, y));
  const uint64_t array = elements * sizeof(double), before = sg_memory(context).live_bytes;
  assert_true(before > (length + 1) * array);
  sg_memory_reset_peak(context);
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  assert_true(sg_memory(context).peak_bytes < before + 4 * array);
  assert_true(sg_memory(context).live_bytes < 3 * array);
  sg_scope_close(context, scope);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(orders),
      TEST_OF(create_graph_through_grad),
      TEST_OF(twice),
      TEST_OF(seeds),
      TEST_OF(leaf_as_root),
      TEST_OF(stale_input),
      TEST_OF(stale_output),
      TEST_OF(unneeded_value_may_change),
      TEST_OF(writing_a_recorded_tensor),
      TEST_OF(used_twice),
      TEST_OF(accumulation),
      TEST_OF(gradients_are_separate),
      TEST_OF(gradient_in_use),
      TEST_OF(history_of_cotangents),
      TEST_OF(recording_is_as_before),
      TEST_OF(memory_falls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
