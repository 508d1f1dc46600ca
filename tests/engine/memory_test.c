// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bytes are counted, limited, cached and given back.
#include "tests/support/fixture.h"

static const sg_shape megabyte = {1, {1 << 17}}; // in f64

static void counting(void **state) {
  sg_context *context = *state;
  uint64_t live = sg_memory(context).live_bytes, tensors = sg_memory(context).live_tensors;
  sg_scope scope = sg_scope_open(context);
  sg_tensor_new(context, SG_F64, &megabyte);
  sg_memory_usage usage = sg_memory(context);
  assert_int_equal(usage.live_tensors, tensors + 1);
  assert_true(usage.live_bytes >= live + (1 << 20));
  assert_true(usage.live_bytes < live + (1 << 20) + (1 << 20) / 8 + 8192);
  assert_int_equal(usage.peak_bytes, usage.live_bytes);
  sg_scope_close(context, scope);
  assert_true(sg_memory(context).live_bytes <= live + 1024); // the list of the scopes' tensors has grown
  assert_int_equal(sg_memory(context).peak_bytes, usage.peak_bytes);
  sg_memory_reset_peak(context);
  assert_int_equal(sg_memory(context).peak_bytes, sg_memory(context).live_bytes);
}

// A tensor and its data are one block, which a view keeps when the tensor itself is gone.
static void view_outlives_its_source(void **state) {
  sg_context *context = *state;
  sg_scope outer = sg_scope_open(context);
  sg_memory_usage before = sg_memory(context);
  sg_scope scope = sg_scope_open(context);
  sg_tensor *source = sg_tensor_full(context, SG_F64, &(sg_shape){1, {1000}}, 3);
  sg_tensor *view = sg_retain(sg_tensor_detach(context, source));
  sg_tensor *of_view = sg_retain(sg_tensor_detach(context, view));
  sg_scope_close(context, scope);
  sg_memory_usage usage = sg_memory(context);
  assert_int_equal(usage.live_tensors, before.live_tensors + 2);
  assert_true(usage.live_bytes >= before.live_bytes + 8000);
  sg_release(view);
  assert_true(sg_memory(context).live_bytes >= before.live_bytes + 8000);
  assert_true(sg_tensor_value(of_view, 999) == 3);
  assert_non_null(sg_tensor_write(of_view, "a test")); // the count of writes is there too
  assert_int_equal(sg_tensor_version(of_view), 1);
  sg_release(of_view);
  usage = sg_memory(context);
  assert_int_equal(usage.live_tensors, before.live_tensors);
  assert_true(usage.live_bytes <= before.live_bytes + 1024); // the list of the scopes' tensors has grown
  sg_scope_close(context, outer);
}

static void limit(void **state) {
  sg_context *context = *state;
  sg_memory_set_limit(context, (uint64_t)4 << 20);
  sg_scope scope = sg_scope_open(context);
  int made = 0;
  while (sg_tensor_new(context, SG_F64, &megabyte)) made++;
  assert_in_range(made, 3, 3); // each with its header, so a fourth one is too much
  expect_error(context, SG_OUT_OF_MEMORY, "of the limit of 4194304 bytes are in use");
  assert_true(sg_memory(context).peak_bytes <= (uint64_t)4 << 20);
  sg_scope_close(context, scope);
  assert_non_null(sg_tensor_new(context, SG_F64, &megabyte));
  sg_tensor_new(context, SG_F64, &(sg_shape){1, {1 << 20}});
  expect_error(context, SG_OUT_OF_MEMORY, "out of memory: 8388864 bytes asked for");
  sg_memory_set_limit(context, 0);
  assert_non_null(sg_tensor_new(context, SG_F64, &(sg_shape){1, {1 << 20}}));
}

// Cached blocks never stand in the way of a limit.
static void limit_with_a_full_cache(void **state) {
  sg_context *context = *state;
  sg_memory_set_limit(context, (uint64_t)4 << 20);
  for (int64_t elements = 1000; elements < 400000; elements += 10007) {
    sg_scope scope = sg_scope_open(context);
    assert_non_null(sg_tensor_new(context, SG_F64, &(sg_shape){1, {elements}}));
    sg_scope_close(context, scope);
    sg_memory_usage usage = sg_memory(context);
    assert_true(usage.live_bytes + usage.cached_bytes <= (uint64_t)4 << 20);
  }
}

static void limit_during_an_op(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_full(context, SG_F64, &megabyte, 0.5);
  sg_tensor_set_requires_grad(x, true);
  sg_memory_usage before = sg_memory(context);
  sg_memory_set_limit(context, before.live_bytes + 1000);
  assert_null(sg_exp(context, x));
  expect_error(context, SG_OUT_OF_MEMORY, "exp: a tensor f64 [131072]: out of memory: ");
  assert_int_equal(sg_memory(context).live_nodes, 0);
  assert_int_equal(sg_memory(context).live_tensors, before.live_tensors);
  assert_int_equal(sg_memory(context).live_bytes, before.live_bytes);
  sg_memory_set_limit(context, 0);
  assert_non_null(sg_exp(context, x));
}

// All or nothing: a pass that runs out of memory leaves every .grad as it was.
static void limit_during_backward(void **state) {
  sg_context *context = *state;
  sg_tensor *x = sg_tensor_full(context, SG_F64, &megabyte, 0.5), *w = LEAF(context, 3);
  sg_tensor_set_requires_grad(x, true);
  int failures = 0;
  for (uint64_t room = 1024;; room += (uint64_t)1 << 19) {
    sg_scope scope = sg_scope_open(context);
    sg_tensor *y = total(context, sg_mul(context, sg_square(context, sg_exp(context, x)), w));
    sg_memory_set_limit(context, sg_memory(context).live_bytes + room);
    sg_backward(context, y, NULL, NULL);
    sg_memory_set_limit(context, 0);
    bool failed = sg_error_status(context) != SG_OK;
    if (failed) {
      expect_error(context, SG_OUT_OF_MEMORY, "out of memory");
      assert_null(sg_tensor_grad(x));
      assert_null(sg_tensor_grad(w));
      failures++;
    }
    sg_scope_close(context, scope);
    if (!failed) break;
  }
  assert_true(failures > 2);
  assert_non_null(sg_tensor_grad(x));
  assert_non_null(sg_tensor_grad(w));
}

#ifdef SELENOGRAD_NO_BLOCK_CACHE
static void cache(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  sg_tensor_new(context, SG_F64, &megabyte);
  sg_scope_close(context, scope);
  assert_int_equal(sg_memory(context).cached_bytes, 0);
}
#else
static void cache(void **state) {
  sg_context *context = *state;
  sg_scope scope = sg_scope_open(context);
  const void *data = sg_tensor_data(sg_tensor_new(context, SG_F64, &megabyte));
  sg_scope_close(context, scope);
  assert_true(sg_memory(context).cached_bytes >= 1 << 20);
  assert_ptr_equal(sg_tensor_data(sg_tensor_new(context, SG_F64, &megabyte)), data); // the same block again
  sg_memory_release_cache(context);
  assert_int_equal(sg_memory(context).cached_bytes, 0);
}
#endif

static void make_and_free(sg_context *context, int64_t elements) {
  sg_scope scope = sg_scope_open(context);
  assert_non_null(sg_tensor_new(context, SG_F64, &(sg_shape){1, {elements}}));
  sg_scope_close(context, scope);
}

// What was in use once is not kept for ever, whatever comes after it: large blocks, small ones, or the same again.
static void cache_follows_use(void **state) {
  sg_context *context = *state;
  const int64_t then[] = {1 << 17, 100};
  for (size_t k = 0; k < sizeof then / sizeof *then; k++) {
    make_and_free(context, 1 << 26);
    for (int i = 0; i < 1000000 && sg_memory(context).cached_bytes > (uint64_t)16 << 20; i++) {
      make_and_free(context, then[k]);
    }
    assert_in_range(sg_memory(context).cached_bytes, 0, (uint64_t)16 << 20);
  }
}

// What is in use again and again is not asked from the system again, though much else goes by.
static void cache_keeps_what_is_used(void **state) {
#ifndef SELENOGRAD_NO_BLOCK_CACHE
  sg_context *context = *state;
  for (int step = 0; step < 3000; step++) {
    sg_scope scope = sg_scope_open(context);
    for (int i = 0; i < 20; i++) sg_tensor_new(context, SG_F64, &(sg_shape){1, {i << 12}});
    uint64_t in_use = sg_memory(context).live_bytes;
    sg_scope_close(context, scope);
    assert_true(sg_memory(context).cached_bytes + sg_memory(context).live_bytes >= in_use);
  }
#endif
  (void)state;
}

// A cache full of sizes that are not asked for any more stays bounded, and gives way to those that are.
static void cache_is_bounded(void **state) {
  sg_context *context = *state;
  for (int64_t elements = 1 << 10; elements < 1 << 22; elements += 12345) {
    make_and_free(context, elements);
    assert_in_range(sg_memory(context).cached_bytes, 0, sg_memory(context).peak_bytes + ((uint64_t)64 << 20));
  }
}

static void alignment(void **state) {
  sg_context *context = *state;
  for (int64_t elements = 0; elements < 3000; elements = elements * 2 + 1) {
    sg_tensor *x = sg_tensor_new(context, SG_F32, &(sg_shape){1, {elements}});
    assert_int_equal((uintptr_t)sg_tensor_data(x) % 64, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST_OF(counting),
      TEST_OF(view_outlives_its_source),
      TEST_OF(limit),
      TEST_OF(limit_with_a_full_cache),
      TEST_OF(limit_during_an_op),
      TEST_OF(limit_during_backward),
      TEST_OF(cache),
      TEST_OF(cache_follows_use),
      TEST_OF(cache_keeps_what_is_used),
      TEST_OF(cache_is_bounded),
      TEST_OF(alignment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
