// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/fixture.h"

#include <stdlib.h>
#include <string.h>

typedef struct fixture {
  test_allocator allocator;
  sg_context *context;
} fixture;

static fixture current; // tests of one program run one after the other

int fixture_open(void **state) {
  current = (fixture){{0}, NULL};
  current.context = open_context(&current.allocator, 2, NULL);
  *state = current.context;
  return current.context ? 0 : -1;
}

int fixture_close(void **state) {
  assert_ptr_equal(*state, current.context);
  expect_ok(current.context);
  close_context(current.context, &current.allocator);
  return 0;
}

sg_tensor *vector(sg_context *context, int64_t count, const double *values) {
  return sg_tensor_from(context, SG_F64, &(sg_shape){1, {count}}, values);
}

sg_tensor *leaf(sg_context *context, int64_t count, const double *values) {
  sg_tensor *tensor = vector(context, count, values);
  expect_ok(context);
  sg_tensor_set_requires_grad(tensor, true);
  return tensor;
}

sg_tensor *total(sg_context *context, sg_tensor *x) { return sg_sum(context, x, NULL); }

void expect_ok(const sg_context *context) {
  if (sg_error_status(context)) fail_msg("unexpected error: %s", sg_error_message(context));
}

void expect_error(sg_context *context, sg_status status, const char *part) {
  if (sg_error_status(context) != status || !strstr(sg_error_message(context), part)) {
    fail_msg("expected status %d and '%s', got status %d and '%s'", (int)status, part,
             (int)sg_error_status(context), sg_error_message(context));
  }
  sg_error_clear(context);
}

void expect_elements(const sg_tensor *tensor, int64_t count, const double *values) {
  assert_non_null(tensor);
  assert_int_equal(sg_tensor_elements(tensor), count);
  for (int64_t i = 0; i < count; i++) {
    double value = sg_tensor_value(tensor, i);
    if (!(value == values[i])) fail_msg("element %lld is %.17g, expected %.17g", (long long)i, value, values[i]);
  }
}

void fail_every_allocation(sg_status (*program)(sg_context *context)) {
  for (uint64_t n = 1, failures = 1; failures > 0; n++) {
    test_allocator allocator = {.fail_at = n};
    sg_context *context = open_context(&allocator, 1, NULL);
    if (!context) continue;
    sg_scope scope = sg_scope_open(context);
    const sg_status status = program(context);
    failures = allocator.failures;
    assert_true(status == SG_OK || status == SG_OUT_OF_MEMORY);
    if (status) assert_true(failures > 0);
    sg_error_clear(context);
    sg_scope_close(context, scope);
    assert_int_equal(sg_memory(context).live_tensors, 0);
    assert_int_equal(sg_memory(context).live_nodes, 0);
    close_context(context, &allocator);
  }
}
