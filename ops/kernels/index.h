// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elements chosen by an index tensor, all indices checked before: their sums here, their moves in move.h.
#ifndef SELENOGRAD_KERNELS_INDEX_H
#define SELENOGRAD_KERNELS_INDEX_H

#include "ops/kernels/crowd.h"
#include "ops/kernels/kernels.h"

#define INDEX_COLUMNS 256

// select: (of move.h) target (outer, count, inner)[o, i, j] = source (outer, extent, inner)[o, index[i] - base, j];
// the items
//         are the pairs (o, i).
// add:    target (outer, extent, inner)[o, index[i] - base, j] += source (outer, count, inner)[o, i, j]; the items
//         are the pairs (o, block of INDEX_COLUMNS columns j).
typedef struct index_arguments {
  const int64_t *index;
  int64_t base, outer, count, extent, inner, blocks;
  const void *source;
  void *target;
  int64_t seats; // of crowded positions (crowd.h); 0: there are none
  crowd crowd;
  double *sums; // (outer, seats, inner)
} index_arguments;

// Along lines of one dimension; size, line_stride and grid_stride are those of all others.
// gather:      (of move.h) target[line, i] = source[grid(line) + (index[line, i] - base) * grid_step]
// scatter_add: target[grid(line) + (index[line, i] - base) * grid_step] += source[line, i]
// The items are the lines; those of scatter_crowds are `blocks` blocks of lines with room for a crowd each.
typedef struct line_arguments {
  const int64_t *index;
  int64_t base;
  int rank;
  int64_t size[8], line_stride[8], grid_stride[8];
  int64_t count, line_step, grid_step;
  int64_t extent; // positions that the index may name
  bool clear;     // scatter_add: fills them with zeros first; grid_step must be 1
  const void *source;
  void *target;
  int64_t lines, blocks, seats; // seats that a line may need
  size_t block_bytes;
  char *space; // blocks x block_bytes
} line_arguments;

// Where a line begins in the source and in the target.
static inline void line_offsets(const line_arguments *a, int64_t line, int64_t *in_lines, int64_t *in_grid) {
  *in_lines = *in_grid = 0;
  for (int d = a->rank - 1; d >= 0; d--) {
    *in_lines += line % a->size[d] * a->line_stride[d];
    *in_grid += line % a->size[d] * a->grid_stride[d];
    line /= a->size[d];
  }
}

// What a block of lines needs: a sum in double for every position, or a crowd and then its sums.
static inline size_t index_block_bytes(int64_t extent, int64_t count, int64_t seats) {
  if (crowd_is_dense(extent, count)) return crowd_whole_lines((size_t)extent * sizeof(double));
  return crowd_bytes(extent, count, seats) + crowd_whole_lines((size_t)seats * sizeof(double));
}

// What several elements at one position make together. A mean of integers is rounded down.
typedef enum merge_kind { MERGE_SUM, MERGE_PRODUCT, MERGE_MEAN, MERGE_LARGEST, MERGE_SMALLEST } merge_kind;

enum { MERGE_PLACE_BYTES = 24 };

// target[position] = the elements of the source whose index names it, and with_target also what is there, together;
// as it is where none does. The items are the blocks of lines, with MERGE_PLACE_BYTES for each position.
typedef struct merge_arguments {
  line_arguments lines;
  merge_kind kind;
  bool with_target;
  bool single; // the source is one number
} merge_arguments;

struct index_kernels {
  sg_kernel *add, *scatter_add, *scatter_crowds, *merge;
};

#endif
