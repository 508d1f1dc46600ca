// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tape: nodes live as long as something needs them, and any number of them builds, differentiates and is freed
// on a small stack (CTest runs this program with 256 KB).
#include "tests/support/fixture.h"

enum { million = 1000000 };

static sg_tensor *chain(sg_context *context, sg_tensor *x, sg_tensor *step, int length) {
  for (int i = 0; i < length; i++) {
    sg_scope scope = sg_scope_open(context);
    x = sg_scope_return(context, scope, sg_add(context, x, step));
    expect_ok(context);
  }
  return x;
}

static void million_nodes(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = LEAF(context, 1), *step = VECTOR(context, 1);
  sg_tensor *y = chain(context, x, step, million);
  assert_int_equal(sg_memory(context).live_nodes, million);
  EXPECT(y, million + 1);
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 1);
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).live_nodes, 0);
  assert_int_equal(sg_memory(context).live_tensors, 0);
}

static void million_nodes_dropped_undifferentiated(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  chain(context, LEAF(context, 1), VECTOR(context, 1), million);
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).live_nodes, 0);
}

static void wide_node(void **state) {
  sg_context *context = *state;
  enum { width = 20000 };
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = LEAF(context, 3), **copies = test_calloc(width, sizeof *copies);
  for (int i = 0; i < width; i++) copies[i] = x;
  sg_backward(context, total(context, sg_cat(context, width, copies, 0)), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), width);
  test_free(copies);
  sg_scope_close(context, scope);
}

static void unrecorded(void **state) {
  sg_context *context = *state;
  sg_tensor *x = VECTOR(context, 1, 2), *w = LEAF(context, 3, 4);
  assert_false(sg_tensor_requires_grad(sg_mul(context, x, x)));
  assert_true(sg_set_grad_enabled(context, false));
  sg_tensor *y = sg_mul(context, w, w);
  assert_false(sg_tensor_requires_grad(y));
  assert_true(sg_tensor_is_leaf(y));
  assert_false(sg_set_grad_enabled(context, true));
  assert_int_equal(sg_memory(context).live_nodes, 0);
}

static void dropped_results_free_their_nodes(void **state) {
  sg_context *context = *state;
  sg_tensor *w = LEAF(context, 3, 4);
  uint64_t before = sg_memory(context).live_bytes;
  sg_scope scope = sg_scope_open(context);
  total(context, sg_exp(context, sg_mul(context, w, w)));
  assert_int_equal(sg_memory(context).live_nodes, 3);
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).live_nodes, 0);
  assert_int_equal(sg_memory(context).live_bytes, before);
}

static void result_keeps_its_graph(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = sg_retain(LEAF(context, 2, 3));
  sg_tensor *y = sg_retain(total(context, sg_exp(context, sg_square(context, x))));
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).live_nodes, 3);
  sg_backward(context, y, NULL, NULL);
  expect_ok(context);
  assert_non_null(sg_tensor_grad(x));
  sg_release(y);
  assert_int_equal(sg_memory(context).live_nodes, 0);
  sg_release(x);
}

static void producers(void **state) {
  sg_context *context = *state;
  sg_tensor *x = LEAF(context, 2), *y = sg_exp(context, x);
  assert_null(sg_tensor_producer(x));
  assert_true(sg_tensor_is_leaf(x));
  assert_string_equal(sg_tensor_producer(y)->name, "exp");
  assert_false(sg_tensor_is_leaf(y));
  sg_tensor_set_requires_grad(y, false);
  expect_error(context, SG_INVALID_STATE, "the result of exp; detach it first");
  sg_tensor *detached = sg_tensor_detach(context, y);
  assert_true(sg_tensor_is_leaf(detached));
  assert_false(sg_tensor_requires_grad(detached));
  assert_ptr_equal(sg_tensor_data(detached), sg_tensor_data(y));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(million_nodes),
      TEST_OF(million_nodes_dropped_undifferentiated),
      TEST_OF(wide_node),
      TEST_OF(unrecorded),
      TEST_OF(result_keeps_its_graph),
      TEST_OF(dropped_results_free_their_nodes),
      TEST_OF(producers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
