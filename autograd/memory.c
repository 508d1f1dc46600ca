// SPDX-License-Identifier: GPL-3.0-or-later
//
// The block cache. Freed blocks wait in a list of their size class for the next request of that class; a request
// that the cache serves costs a few nanoseconds. Classes: multiples of 64 bytes up to 1024, then eight for every
// doubling, so at most an eighth of a block is lost.
#include <stdlib.h>

#include "autograd/internal.h"

static const uint64_t least_cache_bytes = UINT64_C(64) << 20;


// The class a size falls into; *rounded is what blocks of that class measure.
static inline int size_class(size_t bytes, size_t *rounded) {
  if (bytes <= 1024) {
    size_t units = bytes ? (bytes + 63) / 64 : 1;
    *rounded = units * 64;
    return (int)units - 1;
  }
  int exponent = 63 - __builtin_clzll(bytes - 1); // bytes lies in (2^exponent, 2^(exponent+1)]
  size_t part = (bytes - 1 - ((size_t)1 << exponent)) >> (exponent - 3);
  *rounded = ((size_t)1 << exponent) + ((part + 1) << (exponent - 3));
  return 16 + (exponent - 10) * 8 + (int)part;
}

// The system is asked for a new block; cached blocks are given up when they stand in its way.
static void *fresh_block(sg_context *context, size_t bytes) {
  sg_memory_usage *memory = &context->memory;
  if (memory->limit_bytes && memory->live_bytes + memory->cached_bytes + bytes > memory->limit_bytes) {
    sg_memory_release_cache(context);
  }
  void *block = context->allocate(context->allocator_user, bytes);
  if (block || !memory->cached_bytes) return block;
  sg_memory_release_cache(context);
  return context->allocate(context->allocator_user, bytes);
}

void *sg_memory_take(sg_context *context, size_t bytes) {
  sg_memory_usage *memory = &context->memory;
  if (bytes > (size_t)1 << 62) {
    sg_error(context, SG_OUT_OF_MEMORY, "out of memory: %zu bytes asked for", bytes);
    return NULL;
  }
  size_t rounded;
  int class = size_class(bytes, &rounded);
  if (memory->limit_bytes && memory->live_bytes + rounded > memory->limit_bytes) {
    sg_error(context, SG_OUT_OF_MEMORY,
             "out of memory: %zu bytes asked for, %llu of the limit of %llu bytes are in use", bytes,
             (unsigned long long)memory->live_bytes, (unsigned long long)memory->limit_bytes);
    return NULL;
  }
  void *block = context->free_blocks[class];
  if (block) {
    context->free_blocks[class] = ((sg_free_block *)block)->next;
    memory->cached_bytes -= rounded;
  } else if (!(block = fresh_block(context, rounded))) {
    sg_error(context, SG_OUT_OF_MEMORY, "out of memory: the system refused %zu bytes, %llu are in use", bytes,
             (unsigned long long)memory->live_bytes);
    return NULL;
  }
  memory->live_bytes += rounded;
  if (memory->live_bytes > memory->peak_bytes) memory->peak_bytes = memory->live_bytes;
  return block;
}

void sg_memory_give(sg_context *context, void *block, size_t bytes) {
  sg_memory_usage *memory = &context->memory;
  size_t rounded;
  int class = size_class(bytes, &rounded);
  memory->live_bytes -= rounded;
  if (memory->cached_bytes + rounded > memory->peak_bytes + least_cache_bytes) {
    context->release(context->allocator_user, block, rounded);
    return;
  }
  sg_free_block *freed = block;
  freed->next = context->free_blocks[class];
  context->free_blocks[class] = freed;
  memory->cached_bytes += rounded;
}

static size_t class_bytes(int class) {
  if (class < 16) return (size_t)(class + 1) * 64;
  size_t base = (size_t)1 << ((class - 16) / 8 + 10);
  return base + (size_t)((class - 16) % 8 + 1) * (base >> 3);
}

void sg_memory_release_cache(sg_context *context) {
  for (int class = 0; class < SG_SIZE_CLASSES; class ++) {
    while (context->free_blocks[class]) {
      sg_free_block *block = context->free_blocks[class];
      context->free_blocks[class] = block->next;
      context->release(context->allocator_user, block, class_bytes(class));
    }
  }
  context->memory.cached_bytes = 0;
}

sg_memory_usage sg_memory(const sg_context *context) { return context->memory; }

void sg_memory_reset_peak(sg_context *context) { context->memory.peak_bytes = context->memory.live_bytes; }

void sg_memory_set_limit(sg_context *context, uint64_t bytes) { context->memory.limit_bytes = bytes; }
