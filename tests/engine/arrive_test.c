// SPDX-License-Identifier: GPL-3.0-or-later
//
// Many cotangents that arrive at one tensor, in more than one stretch: their sum, recorded and not, and what
// remains when memory runs out on the way.
#include "tests/support/fixture.h"

enum { USES = 200 }; // six finished stretches of 32, and a rest

static sg_tensor *used_often(sg_context *context, sg_tensor *x) {
  sg_tensor *uses[USES];
  for (int i = 0; i < USES; i++) uses[i] = x;
  return total(context, sg_square(context, sg_stack(context, USES, uses, 0)));
}

// y = 200 x^2 for whole numbers: exact in any order.
static void derivatives(void **state) {
  sg_context *context = *state;
  const sg_backward_options recorded = {.create_graph = true};
  sg_tensor *x = LEAF(context, 3, -1), *inner = sg_neg(context, x), *gradients[2];
  sg_tensor *y = used_often(context, inner), *targets[] = {x, inner};
  sg_grad(context, 1, &y, NULL, 2, targets, &recorded, gradients);
  expect_ok(context);
  EXPECT(gradients[0], 1200, -400);
  EXPECT(gradients[1], -1200, 400);
  sg_tensor *sum = total(context, sg_square(context, gradients[0])), *second;
  sg_grad(context, 1, &sum, NULL, 1, &x, NULL, &second);
  expect_ok(context);
  EXPECT(second, 960000, -320000);
  sg_backward(context, used_often(context, x), NULL, NULL);
  expect_ok(context);
  EXPECT(sg_tensor_grad(x), 1200, -400);
}

// With every allocation of the pass and all that follow refused in turn, nothing is left behind and no .grad has
// changed.
static void without_memory(void **state) {
  (void)state;
  test_allocator allocator = {0};
  sg_context *context = open_context(&allocator, 1, NULL);
  for (int create_graph = 0; create_graph < 2; create_graph++) {
    const sg_backward_options options = {.create_graph = create_graph};
    int refused = 0;
    for (bool done = false; !done; refused++) {
      sg_scope scope = sg_scope_open(context);
      sg_tensor *x = LEAF(context, 3, -1), *y = used_often(context, sg_neg(context, x));
      expect_ok(context);
      sg_memory_release_cache(context); // so that every block of the pass is asked for
      allocator.fail_at = allocator.allocations + 1 + (uint64_t)refused;
      allocator.fail_after = true;
      uint64_t failures = allocator.failures;
      sg_backward(context, y, NULL, &options);
      done = allocator.failures == failures;
      allocator.fail_at = 0;
      if (!done) {
        expect_error(context, SG_OUT_OF_MEMORY, "out of memory");
        assert_null(sg_tensor_grad(x));
      } else {
        expect_ok(context);
        EXPECT(sg_tensor_grad(x), 1200, -400);
      }
      sg_tensor_set_grad(x, NULL);
      sg_scope_close(context, scope);
    }
    assert_true(refused > 10);
  }
  close_context(context, &allocator);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {TEST_OF(derivatives), cmocka_unit_test(without_memory)};
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
