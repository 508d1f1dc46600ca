// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>

#include "tests/support/allocator.h"

bool test_allocator_refuses(test_allocator *allocator) {
  uint64_t number = ++allocator->allocations;
  bool refuse = allocator->fail_at &&
                (number == allocator->fail_at || (allocator->fail_after && number > allocator->fail_at));
  allocator->failures += refuse;
  return refuse;
}

void *test_allocate(void *user, size_t bytes) {
  test_allocator *allocator = user;
  if (test_allocator_refuses(allocator)) return NULL;
  void *block = NULL;
  if (posix_memalign(&block, 64, bytes)) return NULL;
  allocator->live_blocks++;
  allocator->live_bytes += bytes;
  return block;
}

void test_deallocate(void *user, void *block, size_t bytes) {
  test_allocator *allocator = user;
  allocator->live_blocks--;
  allocator->live_bytes -= bytes;
  free(block);
}
