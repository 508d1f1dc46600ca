// SPDX-License-Identifier: GPL-3.0-or-later
//
// A leaf in another dtype that takes the place of the one it was made from: what goes over to it, what is refused,
// and that a gradient of the old one is not lost without a word.
#include "tests/support/fixture.h"

static void keeps_values_and_gradient(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2.5);
  sg_backward(context, total(context, sg_mul(context, x, x)), NULL, NULL);
  sg_tensor *converted = sg_leaf_convert(x, SG_F32);
  assert_int_equal(sg_tensor_dtype(converted), SG_F32);
  assert_true(sg_tensor_requires_grad(converted) && sg_tensor_is_leaf(converted));
  EXPECT(converted, 1, 2.5);
  assert_int_equal(sg_tensor_dtype(sg_tensor_grad(converted)), SG_F32);
  EXPECT(sg_tensor_grad(converted), 2, 5);
  EXPECT(sg_tensor_grad(x), 2, 5);
  assert_false(sg_tensor_requires_grad(sg_leaf_convert(VECTOR(context, 1), SG_I64)));
  expect_ok(context);
}

static void refuses_what_is_no_leaf(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2);
  assert_null(sg_leaf_convert(sg_mul(context, x, x), SG_F32));
  expect_error(context, SG_INVALID_STATE, "to_: the tensor [2] is the result of mul, expected a leaf");
  assert_null(sg_leaf_convert(x, SG_I64));
  expect_error(context, SG_INVALID_ARGUMENT, "to_: the tensor [2] requires a gradient");
}

// A graph recorded before leads to the old leaf: its gradient would reach nobody. That is found before
// anything is computed, so that others of the graph are reached still.
static void old_graphs_refuse(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2), *y = LEAF(context, 3, 4), *gradient;
  sg_tensor *loss = total(context, sg_add(context, x, y));
  sg_leaf_convert(x, SG_F32);
  assert_int_not_equal(sg_backward(context, loss, NULL, NULL), SG_OK);
  expect_error(context, SG_INVALID_STATE, "the leaf [2] was converted to another dtype");
  assert_null(sg_tensor_grad(x));
  assert_null(sg_tensor_grad(y));
  assert_int_equal(sg_grad(context, 1, &loss, NULL, 1, &y, NULL, &gradient), SG_OK);
  EXPECT(gradient, 1, 1);
}

// Without memory nothing has changed, and the old leaf goes on.
static void without_memory(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 1, 2);
  sg_backward(context, total(context, x), NULL, NULL);
  sg_tensor *loss = total(context, sg_mul(context, x, x));
  sg_memory_release_cache(context);
  sg_memory_set_limit(context, sg_memory(context).live_bytes + 256); // room for one of two tensors at most
  assert_null(sg_leaf_convert(x, SG_F32));
  expect_error(context, SG_OUT_OF_MEMORY, "out of memory");
  sg_memory_set_limit(context, 0);
  sg_backward(context, loss, NULL, NULL);
  EXPECT(sg_tensor_grad(x), 3, 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(keeps_values_and_gradient),
      TEST_OF(refuses_what_is_no_leaf),
      TEST_OF(old_graphs_refuse),
      TEST_OF(without_memory),
  };
  return cmocka_run_group_tests_name("convert_leaf", tests, NULL, NULL);
}
