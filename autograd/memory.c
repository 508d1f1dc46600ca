// SPDX-License-Identifier: GPL-3.0-or-later
//
// The block cache. Freed blocks wait in a list of their size class for the next request of that class; a request
// that the cache serves costs a few nanoseconds. Classes: multiples of 64 bytes up to 1024, then eight for every
// doubling, so at most an eighth of a block is lost.
//
// What is cached follows what is in use. Time is counted in bytes taken: a window lasts until several times the
// most that was in use has been taken, so that a training step is well inside one. Blocks that waited through a
// whole window were not needed and go back to the system; and within a window, no more is cached than was in use at
// once, lately, and a little.
#include <stdlib.h>

#include "autograd/context.h"

static const uint64_t least_cache_bytes = UINT64_C(64) << 20;
enum { WINDOW_PEAKS = 8, TAKE_TOLL = 16 << 10 }; // small blocks make time go by as well

// Without the cache every block goes back at once, for tools that watch the system's allocator.
#ifdef SELENOGRAD_NO_BLOCK_CACHE
enum { CACHING = 0 };
#else
enum { CACHING = 1 };
#endif

// The class a size falls into; *rounded is what blocks of that class measure.
static inline int size_class(size_t bytes, size_t *rounded) {
  if (bytes <= 1024) {
    int class = (int)((bytes - (bytes != 0)) >> 6);
    *rounded = ((size_t)class + 1) * 64;
    return class;
  }
  int exponent = 63 - __builtin_clzll(bytes - 1); // bytes lies in (2^exponent, 2^(exponent+1)]
  size_t part = (bytes - 1 - ((size_t)1 << exponent)) >> (exponent - 3);
  *rounded = ((size_t)1 << exponent) + ((part + 1) << (exponent - 3));
  return 16 + (exponent - 10) * 8 + (int)part;
}

static size_t class_bytes(int class) {
  if (class < 16) return (size_t)(class + 1) * 64;
  size_t base = (size_t)1 << ((class - 16) / 8 + 10);
  return base + (size_t)((class - 16) % 8 + 1) * (base >> 3);
}

static uint64_t cached_bytes(const sg_context *context) { return context->held_bytes - context->memory.live_bytes; }

static void return_block(sg_context *context, void *block, size_t bytes) {
  context->held_bytes -= bytes;
  context->release(context->allocator_user, block, bytes);
}

// Gives up to `most` cached blocks of a class back to the system.
static void give_back(sg_context *context, int class, uint64_t most) {
  sg_block_list *list = &context->free_blocks[class];
  for (; most > 0 && list->first; most--) {
    sg_free_block *block = list->first;
    list->first = block->next;
    list->count--;
    return_block(context, block, class_bytes(class));
  }
  list->fewest = list->count;
}

static void set_peaks(sg_context *context, uint64_t before, uint64_t recent) {
  const uint64_t limit = context->memory.limit_bytes;
  context->peak_before = before;
  context->recent_peak = recent;
  context->most_cached = (before > recent ? before : recent) + least_cache_bytes;
  context->usual_bytes = limit && limit < recent ? limit : recent;
}

static void next_window(sg_context *context) {
  for (int class = 0; class < SG_SIZE_CLASSES; class ++) {
    give_back(context, class, context->free_blocks[class].fewest);
  }
  set_peaks(context, context->recent_peak, context->memory.live_bytes);
  context->window_left = (int64_t)(WINDOW_PEAKS * context->most_cached);
}

static void see_peak(sg_context *context) {
  sg_memory_usage *memory = &context->memory;
  set_peaks(context, context->peak_before, memory->live_bytes);
  if (memory->live_bytes > memory->peak_bytes) memory->peak_bytes = memory->live_bytes;
}

// The system is asked for a new block; cached blocks are given up when they stand in its way.
static void *fresh_block(sg_context *context, size_t bytes) {
  const uint64_t limit = context->memory.limit_bytes;
  if (limit && context->held_bytes + bytes > limit) sg_memory_release_cache(context);
  void *block = context->allocate(context->allocator_user, bytes);
  if (!block && cached_bytes(context)) {
    sg_memory_release_cache(context);
    block = context->allocate(context->allocator_user, bytes);
  }
  if (block) context->held_bytes += bytes;
  return block;
}

static void *pop_block(sg_block_list *list) {
  sg_free_block *block = list->first;
  list->first = block->next;
  if (--list->count < list->fewest) list->fewest = list->count;
  return block;
}

// A block that is not in the cache, or that makes a new peak, or ends a window; or is one too many.
__attribute__((noinline)) static void *take_unusual(sg_context *context, size_t bytes) {
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
  sg_block_list *list = &context->free_blocks[class];
  void *block = list->first ? pop_block(list) : fresh_block(context, rounded);
  if (!block) {
    sg_error(context, SG_OUT_OF_MEMORY, "out of memory: the system refused %zu bytes, %llu are in use", bytes,
             (unsigned long long)memory->live_bytes);
    return NULL;
  }
  memory->live_bytes += rounded;
  if (memory->live_bytes > context->recent_peak) see_peak(context);
  context->window_left -= (int64_t)(rounded + TAKE_TOLL);
  if (context->window_left <= 0) next_window(context);
  return block;
}

void *sg_memory_take(sg_context *context, size_t bytes) {
  size_t rounded;
  sg_block_list *list = &context->free_blocks[size_class(bytes, &rounded)];
  uint64_t live = context->memory.live_bytes + rounded;
  if (!list->first || live > context->usual_bytes || context->window_left <= 0) return take_unusual(context, bytes);
  context->memory.live_bytes = live;
  context->window_left -= (int64_t)(rounded + TAKE_TOLL);
  return pop_block(list);
}

void sg_memory_give(sg_context *context, void *block, size_t bytes) {
  size_t rounded;
  sg_block_list *list = &context->free_blocks[size_class(bytes, &rounded)];
  context->memory.live_bytes -= rounded;
  if (!CACHING || cached_bytes(context) > context->most_cached) {
    return_block(context, block, rounded);
    return;
  }
  sg_free_block *freed = block;
  freed->next = list->first;
  list->first = freed;
  list->count++;
}

void sg_memory_release_cache(sg_context *context) {
  for (int class = 0; class < SG_SIZE_CLASSES; class ++) give_back(context, class, UINT64_MAX);
}

sg_memory_usage sg_memory(const sg_context *context) {
  sg_memory_usage usage = context->memory;
  usage.cached_bytes = cached_bytes(context);
  return usage;
}

// The recent peak is never above the peak.
void sg_memory_reset_peak(sg_context *context) {
  context->memory.peak_bytes = context->memory.live_bytes;
  set_peaks(context, context->peak_before, context->memory.live_bytes);
}

void sg_memory_set_limit(sg_context *context, uint64_t bytes) {
  context->memory.limit_bytes = bytes;
  set_peaks(context, context->peak_before, context->recent_peak);
}
