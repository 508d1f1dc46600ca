// SPDX-License-Identifier: GPL-3.0-or-later
//
// The elements that a mask marks. How many there are depends on values, so this is no op by itself: the positions
// of what is marked are found first, which is a constant to derivatives, and index_select takes what is there.
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

// The positions, in row-major order, of what is marked in a tensor of bools.
static sg_tensor *marked_positions(sg_context *context, const sg_tensor *mask) {
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

// x with the dimensions that the mask has as one; false where they differ.
static bool fold_shape(const sg_shape *x, const sg_shape *mask, sg_shape *folded) {
  *folded = (sg_shape){.rank = 1, .size = {sg_shape_elements(mask)}};
  if (mask->rank > x->rank || x->rank - mask->rank >= SG_MAX_RANK) return false;
  for (int d = 0; d < mask->rank; d++)
    if (mask->size[d] != x->size[d]) return false;
  for (int d = mask->rank; d < x->rank; d++) folded->size[folded->rank++] = x->size[d];
  return true;
}

sg_tensor *sg_masked_select(sg_context *context, sg_tensor *x, sg_tensor *mask) {
  if (sg_error_status(context)) return NULL;
  if (!x || !mask) {
    sg_error(context, SG_INVALID_ARGUMENT, "masked_select: %s is missing", x ? "mask" : "x");
    return NULL;
  }
  sg_shape folded;
  if (!fold_shape(sg_tensor_shape(x), sg_tensor_shape(mask), &folded)) {
    sg_error(context, SG_INVALID_ARGUMENT,
             "masked_select: mask has shape %s, expected the first dimensions of x %s",
             sg_shape_text(sg_tensor_shape(mask)).text, sg_shape_text(sg_tensor_shape(x)).text);
    return NULL;
  }
  sg_scope scope = sg_scope_open(context);
  sg_tensor *marks = sg_tensor_dtype(mask) == SG_BOOL ? mask : sg_tensor_to(context, mask, SG_BOOL);
  sg_tensor *positions = marks ? marked_positions(context, marks) : NULL;
  sg_tensor *chosen = sg_index_select(context, sg_reshape(context, x, &folded), positions, 0);
  return sg_scope_return(context, scope, chosen);
}
