// SPDX-License-Identifier: GPL-3.0-or-later
//
// An allocator for contexts under test: it counts, notices what is not given back, and fails on command.
#ifndef SELENOGRAD_TEST_ALLOCATOR_H
#define SELENOGRAD_TEST_ALLOCATOR_H

#include "autograd/selenograd.h"

typedef struct test_allocator {
  uint64_t allocations; // asked for so far
  uint64_t fail_at;     // the number of the allocation to refuse, counted from 1; 0: none
  bool fail_after;      // refuse every later one too
  uint64_t failures;
  uint64_t live_blocks;
  uint64_t live_bytes;
} test_allocator;

// Whether the next allocation is one to refuse; counts it. Shared with allocators that are not the engine's.
bool test_allocator_refuses(test_allocator *allocator);

void *test_allocate(void *allocator, size_t bytes);
void test_deallocate(void *allocator, void *block, size_t bytes);

#endif
