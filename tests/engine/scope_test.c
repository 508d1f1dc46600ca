// SPDX-License-Identifier: GPL-3.0-or-later
//
// Scopes own what functions return, retained tensors outlive them.
#include "tests/support/fixture.h"

static uint64_t alive(const sg_context *context) { return sg_memory(context).live_tensors; }

static void nesting(void **state) {
  sg_context *context = *state;
  sg_scope outer = sg_scope_open(context);
  VECTOR(context, 1);
  sg_scope inner = sg_scope_open(context);
  for (int i = 0; i < 1000; i++) VECTOR(context, 1);
  assert_int_equal(alive(context), 1001);
  sg_scope_close(context, inner);
  assert_int_equal(alive(context), 1);
  sg_scope_close(context, outer);
  assert_int_equal(alive(context), 0);
}

static void returning(void **state) {
  sg_context *context = *state;
  sg_scope outer = sg_scope_open(context), inner = sg_scope_open(context);
  sg_tensor *x = VECTOR(context, 1), *y = sg_exp(context, sg_exp(context, x));
  assert_ptr_equal(sg_scope_return(context, inner, y), y);
  assert_int_equal(alive(context), 1);
  inner = sg_scope_open(context);
  assert_ptr_equal(sg_scope_return(context, inner, y), y); // of the scope outside: it is owned twice now
  assert_null(sg_scope_return(context, sg_scope_open(context), NULL));
  assert_int_equal(alive(context), 1);
  sg_scope_close(context, outer);
  assert_int_equal(alive(context), 0);
}

// Closing an outer scope closes those inside it.
static void forgotten_inner_scope(void **state) {
  sg_context *context = *state;
  sg_scope outer = sg_scope_open(context);
  VECTOR(context, 1);
  sg_scope_open(context);
  VECTOR(context, 2);
  sg_scope_close(context, outer);
  assert_int_equal(alive(context), 0);
}

static void with_an_error_pending(void **state) {
  sg_context *context = *state;
  sg_scope outer = sg_scope_open(context), inner = sg_scope_open(context);
  sg_tensor *x = VECTOR(context, 1), *y = VECTOR(context, 1, 2);
  sg_mul(context, VECTOR(context, 1, 2, 3), y);
  assert_ptr_equal(sg_scope_return(context, inner, x), x);
  assert_int_equal(alive(context), 1);
  sg_scope_close(context, outer);
  assert_int_equal(alive(context), 0);
  expect_error(context, SG_INVALID_ARGUMENT, "do not broadcast");
}

static void retaining(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  sg_tensor *x = sg_retain(sg_retain(VECTOR(context, 1, 2)));
  sg_scope_close(context, scope);
  EXPECT(x, 1, 2);
  sg_release(x);
  EXPECT(x, 1, 2);
  sg_release(x);
  assert_int_equal(alive(context), 0);
  assert_null(sg_retain(NULL));
  sg_release(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(nesting),   TEST_OF(returning), TEST_OF(forgotten_inner_scope), TEST_OF(with_an_error_pending),
      TEST_OF(retaining),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
