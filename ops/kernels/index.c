// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/index.h"
#include "ops/kernels/real.h"
#include <string.h>

#if defined(SG_KERNEL_F32)
typedef uint32_t word;
#else
typedef uint64_t word;
#endif

static void select_rows(const void *arguments, int64_t begin, int64_t end) {
  const index_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    int64_t o = item / a->count, i = item % a->count;
    const word *source = (const word *)a->source + (o * a->extent + a->index[i] - a->base) * a->inner;
    memcpy((word *)a->target + item * a->inner, source, (size_t)a->inner * sizeof(word));
  }
}

static void add_rows(const void *arguments, int64_t begin, int64_t end) {
  const index_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    int64_t o = item / a->blocks, first = item % a->blocks * INDEX_COLUMNS;
    int64_t width = a->inner - first < INDEX_COLUMNS ? a->inner - first : INDEX_COLUMNS;
    for (int64_t i = 0; i < a->count; i++) {
      const real *restrict source = (const real *)a->source + (o * a->count + i) * a->inner + first;
      real *restrict target = (real *)a->target + (o * a->extent + a->index[i] - a->base) * a->inner + first;
#pragma omp simd
      for (int64_t j = 0; j < width; j++) target[j] += source[j];
    }
  }
}

static void line_offsets(const line_arguments *a, int64_t line, int64_t *in_lines, int64_t *in_grid) {
  *in_lines = *in_grid = 0;
  for (int d = a->rank - 1; d >= 0; d--) {
    *in_lines += line % a->size[d] * a->line_stride[d];
    *in_grid += line % a->size[d] * a->grid_stride[d];
    line /= a->size[d];
  }
}

static void gather(const void *arguments, int64_t begin, int64_t end) {
  const line_arguments *a = arguments;
  for (int64_t line = begin; line < end; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    for (int64_t i = 0; i < a->count; i++, in_lines += a->line_step)
      ((word *)a->target)[in_lines] =
          ((const word *)a->source)[in_grid + (a->index[in_lines] - a->base) * a->grid_step];
  }
}

static void scatter_add(const void *arguments, int64_t begin, int64_t end) {
  const line_arguments *a = arguments;
  for (int64_t line = begin; line < end; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    for (int64_t i = 0; i < a->count; i++, in_lines += a->line_step)
      ((real *)a->target)[in_grid + (a->index[in_lines] - a->base) * a->grid_step] +=
          ((const real *)a->source)[in_lines];
  }
}

extern const index_kernels VARIANT(index);
const index_kernels VARIANT(index) = {
    .select = select_rows, .add = add_rows, .gather = gather, .scatter_add = scatter_add};
