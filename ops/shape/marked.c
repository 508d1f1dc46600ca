// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/marked.h"
#include "ops/ops.h"

enum { BLOCK = 4096 }; // elements of a mask that are dealt with at once

typedef struct search {
  const uint8_t *mask;
  int64_t elements, base;
  int64_t *count;     // of every block, then of those before it
  int64_t *positions; // NULL: only count
} search;

static int64_t end_of(const search *s, int64_t block) {
  const int64_t end = (block + 1) * BLOCK;
  return end < s->elements ? end : s->elements;
}

static void count_marked(const void *arguments, int64_t begin, int64_t end) {
  const search *s = arguments;
  for (int64_t block = begin; block < end; block++) {
    int count = 0;
    for (int64_t i = block * BLOCK; i < end_of(s, block); i++) count += s->mask[i] != 0;
    s->count[block] = count;
  }
}

// Every position is written, and the next one over it where it is not marked: a mask is nothing that could be
// predicted.
static void find_marked(const void *arguments, int64_t begin, int64_t end) {
  const search *s = arguments;
  int64_t found[BLOCK + 1];
  for (int64_t block = begin; block < end; block++) {
    int64_t count = 0;
    for (int64_t i = block * BLOCK; i < end_of(s, block); i++) {
      found[count] = i + s->base;
      count += s->mask[i] != 0;
    }
    int64_t *positions = s->positions + s->count[block];
    for (int64_t k = 0; k < count; k++) positions[k] = found[k];
  }
}

sg_tensor *sg_marked_positions(sg_context *context, sg_tensor *t) {
  sg_tensor *mask = t && sg_tensor_dtype(t) != SG_BOOL ? sg_tensor_to(context, t, SG_BOOL) : t;
  if (!mask) return NULL;
  const int64_t elements = sg_tensor_elements(mask), blocks = (elements + BLOCK - 1) / BLOCK;
  sg_tensor *counts = sg_tensor_full(context, SG_I64, &(sg_shape){1, {blocks}}, 0);
  if (!counts) return NULL;
  search s = {.mask = sg_tensor_data(mask),
              .elements = elements,
              .base = sg_index_base(context),
              .count = sg_output_data(counts)};
  sg_parallel(context, blocks, 1, count_marked, &s);
  int64_t total = 0;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t count = s.count[block];
    s.count[block] = total;
    total += count;
  }
  sg_tensor *positions = sg_tensor_full(context, SG_I64, &(sg_shape){1, {total}}, 0);
  if (!positions) return NULL;
  s.positions = sg_output_data(positions);
  sg_parallel(context, blocks, 1, find_marked, &s);
  return positions;
}
