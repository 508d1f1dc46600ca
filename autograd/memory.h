// SPDX-License-Identifier: GPL-3.0-or-later
//
// Blocks of memory and the cache of those that were freed (memory.c).
#ifndef SELENOGRAD_MEMORY_H
#define SELENOGRAD_MEMORY_H

#include "autograd/selenograd.h"

#define SG_SIZE_CLASSES 448

typedef struct sg_free_block {
  struct sg_free_block *next;
} sg_free_block;

typedef struct sg_block_list {
  sg_free_block *first;
  uint64_t count, fewest; // the fewest there were since the window began, see memory.c
} sg_block_list;

// A block of at least `bytes` bytes, aligned to 64; NULL with the error set. Give back with the same size.
void *sg_memory_take(sg_context *context, size_t bytes);
void sg_memory_give(sg_context *context, void *block, size_t bytes);

#endif
