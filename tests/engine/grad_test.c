// SPDX-License-Identifier: GPL-3.0-or-later
//
// sg_grad: gradients of chosen inputs, and nothing else.
#include "tests/support/fixture.h"

static const sg_backward_options keep = {.retain_graph = true};

static void inner_results(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *square = sg_square(context, x), *cube = sg_mul(context, square, x);
  sg_tensor *y = total(context, sg_mul(context, cube, square)), *found[3];
  sg_grad(context, 1, &y, NULL, 3, (sg_tensor *[]){square, x, cube}, &keep, found);
  expect_ok(context);
  EXPECT(found[0], 16, 54);  // d(s^2 x)/ds = 2 s x
  EXPECT(found[1], 80, 405); // d x^5/dx
  EXPECT(found[2], 4, 9);
  assert_null(sg_tensor_grad(x));
}

static void output_is_input(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *y = sg_square(context, x), *found[2];
  sg_grad(context, 1, &y, NULL, 2, (sg_tensor *[]){y, x}, NULL, found);
  EXPECT(found[0], 1);
  EXPECT(found[1], 4);
  sg_grad(context, 1, &x, NULL, 1, &x, NULL, found);
  EXPECT(found[0], 1);
}

static void duplicates(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *square = sg_square(context, x),
            *y = sg_exp(context, sg_mul_scalar(context, square, 0));
  y = sg_mul(context, y, square);
  sg_tensor *found[4];
  sg_grad(context, 1, &y, NULL, 4, (sg_tensor *[]){x, square, x, square}, NULL, found);
  expect_ok(context);
  EXPECT(found[0], 4);
  EXPECT(found[1], 1);
  EXPECT(found[2], 4);
  EXPECT(found[3], 1);
}

static void several_outputs(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2, 3), *outputs[] = {sg_square(context, x), total(context, x), sg_neg(context, x)};
  sg_tensor *cotangents[] = {VECTOR(context, 1, 10), NULL, VECTOR(context, 1, 1)}, *found;
  sg_grad(context, 3, outputs, cotangents, 1, &x, NULL, &found);
  EXPECT(found, 4, 60);
}

static void unused(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *other = LEAF(context, 7, 7), *y = sg_square(context, x), *found[2];
  sg_tensor *inputs[] = {x, other};
  sg_grad(context, 1, &y, NULL, 2, inputs, &keep, found);
  expect_error(context, SG_INVALID_STATE,
               "the outputs do not depend on input 1, a tensor [2]; allow_unused = true");
  sg_grad(context, 1, &y, NULL, 2, inputs, &(sg_backward_options){.allow_unused = true}, found);
  expect_ok(context);
  EXPECT(found[0], 4);
  assert_null(found[1]);
}

// Found before anything is computed: the graph is whole, and serves the next call without retain_graph.
static void unused_is_found_first(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *other = LEAF(context, 7), *parts[2], *found[2];
  sg_tensor *square = sg_square(context, x), *y = sg_mul(context, square, x), *beside = sg_exp(context, square);
  sg_tensor *unused[] = {other, beside, sg_neg(context, y)};
  for (int i = 0; i < 3; i++) {
    sg_grad(context, 1, &y, NULL, 2, (sg_tensor *[]){x, unused[i]}, NULL, found);
    expect_error(context, SG_INVALID_STATE, "do not depend on input 1");
  }
  sg_grad(context, 1, &y, NULL, 2, (sg_tensor *[]){x, square}, NULL, found);
  EXPECT(found[0], 12);
  EXPECT(found[1], 2);
  // Another output of a node that is gone through.
  sg_tensors halves = sg_split(context, LEAF(context, 1, 2), 1, (int64_t[]){1}, 0);
  parts[0] = halves.tensor[0], parts[1] = halves.tensor[1];
  y = sg_square(context, parts[1]);
  sg_grad(context, 1, &y, NULL, 1, &parts[0], NULL, found);
  expect_error(context, SG_INVALID_STATE, "do not depend on input 0");
  sg_grad(context, 1, &y, NULL, 1, &parts[1], NULL, found);
  EXPECT(found[0], 4);
}

static void no_outputs(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *found;
  sg_grad(context, 0, NULL, NULL, 1, &x, NULL, &found);
  expect_error(context, SG_INVALID_STATE, "do not depend on input 0");
  sg_grad(context, 1, &x, NULL, 0, NULL, NULL, NULL);
  expect_ok(context);
}

static void newer_than_the_output(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *y = sg_square(context, x), *later = sg_square(context, y), *found;
  sg_grad(context, 1, &y, NULL, 1, &later, NULL, &found);
  expect_error(context, SG_INVALID_STATE, "do not depend on input 0");
}

static void not_requiring(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *plain = VECTOR(context, 1), *y = sg_mul(context, x, plain), *found;
  sg_grad(context, 1, &y, NULL, 1, &plain, NULL, &found);
  expect_error(context, SG_INVALID_ARGUMENT, "grad: input 0, a tensor [1], does not require a gradient");
  sg_grad(context, 1, &y, NULL, 1, (sg_tensor *[]){NULL}, NULL, &found);
  expect_error(context, SG_INVALID_ARGUMENT, "grad: input 0 is missing");
  sg_grad(context, 1, &plain, NULL, 1, &x, NULL, &found);
  expect_error(context, SG_INVALID_STATE, "grad: the tensor [1] has no graph");
  sg_grad(context, 1, &y, NULL, 1, &x, NULL, &found);
  EXPECT(found, 1);
}

// The gradients belong to the innermost scope, and .grad of nobody is touched.
static void ownership(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *w = LEAF(context, 5), *y = sg_mul(context, x, w), *found;
  uint64_t tensors = sg_memory(context).live_tensors;
  sg_scope scope = sg_scope_open(context);
  sg_grad(context, 1, &y, NULL, 1, &x, &keep, &found);
  assert_int_equal(sg_memory(context).live_tensors, tensors + 1);
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).live_tensors, tensors);
  assert_null(sg_tensor_grad(x));
  assert_null(sg_tensor_grad(w));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(inner_results),         TEST_OF(output_is_input), TEST_OF(duplicates),
      TEST_OF(several_outputs),       TEST_OF(unused),          TEST_OF(no_outputs),
      TEST_OF(newer_than_the_output), TEST_OF(not_requiring),   TEST_OF(ownership),
      TEST_OF(unused_is_found_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
