// SPDX-License-Identifier: GPL-3.0-or-later
//
// Gradients that share memory: with each other, with a cotangent, with what an in-place update reads. Each leaf
// must end up with its own sum, and nobody else's tensor may change.
#include "tests/support/fixture.h"

static const sg_backward_options recorded = {.create_graph = true};

// add hands one cotangent to both leaves; what is added to one gradient later must not reach the other.
static void recorded_gradients_are_apart(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4);
  sg_backward(context, total(context, sg_add(context, a, b)), NULL, &recorded);
  sg_backward(context, total(context, sg_add(context, a, b)), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(a), 2, 2);
  EXPECT(sg_tensor_grad(b), 2, 2);
}

static void recorded_gradient_leaves_the_cotangent(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4), *cotangent = VECTOR(context, 5, 6);
  sg_backward(context, sg_add(context, a, b), cotangent, &recorded);
  sg_backward(context, sg_add(context, a, b), cotangent, NULL);
  expect_ok(context);
  EXPECT(cotangent, 5, 6);
  EXPECT(sg_tensor_grad(a), 10, 12);
}

// A recorded gradient that is also the cotangent keeps its history through the copy.
static void recorded_copy_keeps_history(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4), *w = LEAF(context, 5, 6);
  sg_backward(context, sg_add(context, a, b), sg_mul(context, w, w), &recorded);
  sg_tensor *grad = sg_tensor_grad(a), *gradient = NULL;
  assert_true(sg_tensor_requires_grad(grad));
  assert_ptr_not_equal(sg_tensor_data(grad), sg_tensor_data(sg_tensor_grad(b)));
  sg_grad(context, 1, &(sg_tensor *){total(context, grad)}, NULL, 1, &w, NULL, &gradient);
  expect_ok(context);
  EXPECT(gradient, 10, 12);
  sg_tensor_set_grad(a, NULL);
  sg_tensor_set_grad(b, NULL);
}

// The gradient of one leaf as the cotangent: it is still read for the other leaf while its own sum is updated.
static void gradient_as_cotangent(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4);
  for (int swapped = 0; swapped < 2; swapped++) {
    sg_tensor_set_grad(a, VECTOR(context, 1, 2));
    sg_tensor_set_grad(b, VECTOR(context, 10, 20));
    sg_tensor *sum = swapped ? sg_add(context, b, a) : sg_add(context, a, b);
    sg_backward(context, sum, sg_tensor_grad(a), NULL);
    expect_ok(context);
    EXPECT(sg_tensor_grad(a), 2, 4);
    EXPECT(sg_tensor_grad(b), 11, 22);
  }
}

static void one_gradient_set_twice(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4), *given = VECTOR(context, 1, 1);
  sg_tensor_set_grad(a, given);
  sg_tensor_set_grad(b, sg_tensor_grad(a));
  sg_backward(context, total(context, sg_add(context, a, b)), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(a), 2, 2);
  EXPECT(sg_tensor_grad(b), 2, 2);
  EXPECT(given, 1, 1);
}

static void chosen_gradients_are_apart(void **state) {
  sg_context *context = *state;
  sg_tensor *a = LEAF(context, 1, 2), *b = LEAF(context, 3, 4), *cotangent = VECTOR(context, 5, 6);
  sg_tensor *sum = sg_add(context, a, b), *gradients[3];
  sg_grad(context, 1, &sum, &cotangent, 3, (sg_tensor *[]){a, b, a}, NULL, gradients);
  expect_ok(context);
  sg_mul_(context, gradients[0], sg_scalar_like(context, gradients[0], 2));
  EXPECT(gradients[0], 10, 12);
  EXPECT(gradients[1], 5, 6);
  EXPECT(gradients[2], 5, 6);
  EXPECT(cotangent, 5, 6);
}

// An in-place write cannot record what it reads, so it refuses what has a gradient to lose.
static void source_with_gradient(void **state) {
  sg_context *context = *state;
  sg_tensor *target = VECTOR(context, 1, 2), *source = LEAF(context, 3, 4);
  sg_add_(context, target, source, 1);
  expect_error(context, SG_INVALID_STATE, "add_: other requires a gradient");
  sg_mul_(context, target, source);
  expect_error(context, SG_INVALID_STATE, "mul_: other requires a gradient");
  EXPECT(target, 1, 2);
  sg_set_grad_enabled(context, false);
  sg_add_(context, target, source, 1);
  sg_set_grad_enabled(context, true);
  expect_ok(context);
  EXPECT(target, 4, 6);
}

// The state of an optimizer step is memory of its own, not the gradient's and not part of the parameter's.
static void optimizer_state_apart(void **state) {
  sg_context *context = *state;
  sg_tensor *parameter = VECTOR(context, 1, 2), *gradient = VECTOR(context, 3, 4);
  sg_sgd_step(context, parameter, gradient, gradient, &(sg_sgd_options){.lr = 0.1, .momentum = 0.9, .first = true});
  expect_ok(context); // the gradient is read as it was
  EXPECT(parameter, 0.7, 1.6);
  parameter = VECTOR(context, 1, 2);
  sg_sgd_step(context, parameter, gradient, sg_tensor_detach(context, parameter),
              &(sg_sgd_options){.lr = 0.1, .momentum = 0.9});
  expect_error(context, SG_INVALID_ARGUMENT, "sgd_step: parameter and momentum_buffer share memory");
  sg_adam_options adam = {.lr = 0.1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .step = 1};
  sg_tensor *m = VECTOR(context, 0, 0);
  sg_adam_step(context, parameter, gradient, m, sg_tensor_detach(context, m), &adam);
  expect_error(context, SG_INVALID_ARGUMENT, "adam_step: exp_avg and exp_avg_sq share memory");
  EXPECT(parameter, 1, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(recorded_gradients_are_apart), TEST_OF(recorded_gradient_leaves_the_cotangent),
      TEST_OF(recorded_copy_keeps_history),  TEST_OF(gradient_as_cotangent),
      TEST_OF(chosen_gradients_are_apart),   TEST_OF(source_with_gradient),
      TEST_OF(optimizer_state_apart),        TEST_OF(one_gradient_set_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
