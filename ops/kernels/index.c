// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/index.h"
#include "ops/kernels/real.h"
#include "ops/kernels/scaled.h"
#include <string.h>

// One row added to another: where its position has a seat, in double.
static void add_row(const real *restrict source, real *restrict target, int64_t width) {
#pragma omp simd
  for (int64_t j = 0; j < width; j++) target[j] += source[j];
}

static void add_wide_row(const real *restrict source, double *restrict sum, int64_t width) {
#pragma omp simd
  for (int64_t j = 0; j < width; j++) sum[j] += (double)source[j];
}

// The rows of crowded positions go to the seats and come back, from column `first` on.
static void take_seats(const index_arguments *a, const real *target, double *sums, int64_t width) {
  for (int64_t s = 0; s < a->seats; s++) {
    const real *row = target + a->crowd.place[s] * a->inner;
    for (int64_t j = 0; j < width; j++) sums[s * a->inner + j] = (double)row[j];
  }
}

static void leave_seats(const index_arguments *a, real *target, const double *sums, int64_t width) {
  for (int64_t s = 0; s < a->seats; s++) {
    real *row = target + a->crowd.place[s] * a->inner;
    for (int64_t j = 0; j < width; j++) row[j] = (real)sums[s * a->inner + j];
  }
}

static void add_rows(const void *arguments, int64_t begin, int64_t end) {
  const index_arguments *a = arguments;
  for (int64_t item = begin; item < end; item++) {
    int64_t o = item / a->blocks, first = item % a->blocks * INDEX_COLUMNS;
    int64_t width = a->inner - first < INDEX_COLUMNS ? a->inner - first : INDEX_COLUMNS;
    const real *source = (const real *)a->source + o * a->count * a->inner + first;
    real *target = (real *)a->target + o * a->extent * a->inner + first;
    if (a->seats == 0) {
      for (int64_t i = 0; i < a->count; i++)
        add_row(source + i * a->inner, target + (a->index[i] - a->base) * a->inner, width);
      continue;
    }
    double *sums = a->sums + o * a->seats * a->inner + first;
    take_seats(a, target, sums, width);
    for (int64_t i = 0; i < a->count; i++) {
      int64_t position = a->index[i] - a->base, seat = a->crowd.seat[position];
      if (seat < 0)
        add_row(source + i * a->inner, target + position * a->inner, width);
      else
        add_wide_row(source + i * a->inner, sums + seat * a->inner, width);
    }
    leave_seats(a, target, sums, width);
  }
}

static void scatter_line(const line_arguments *a, const int64_t *index, const real *source, real *target) {
  if (a->clear) memset(target, 0, (size_t)a->extent * sizeof(real));
  if (a->line_step == 1 && a->grid_step == 1) {
    for (int64_t i = 0; i < a->count; i++) target[index[i] - a->base] += source[i];
  } else {
    for (int64_t i = 0; i < a->count; i++)
      target[(index[i * a->line_step] - a->base) * a->grid_step] += source[i * a->line_step];
  }
}

// Every position of the line has a sum in double.
static void scatter_wide_line(const line_arguments *a, const int64_t *index, const real *source, real *target,
                              double *sums) {
  if (a->clear)
    memset(sums, 0, (size_t)a->extent * sizeof(double));
  else
    for (int64_t i = 0; i < a->extent; i++) sums[i] = (double)target[i * a->grid_step];
  for (int64_t i = 0; i < a->count; i++)
    sums[index[i * a->line_step] - a->base] += (double)source[i * a->line_step];
  for (int64_t i = 0; i < a->extent; i++) target[i * a->grid_step] = (real)sums[i];
}

static void scatter_crowd(const line_arguments *a, const int64_t *index, const real *source, real *target,
                          char *space) {
  if (crowd_is_dense(a->extent, a->count)) {
    scatter_wide_line(a, index, source, target, (double *)(void *)space);
    return;
  }
  crowd c = crowd_at(space, a->extent, a->seats);
  double *sums = (double *)(void *)(space + crowd_bytes(a->extent, a->count, a->seats));
  int64_t seats = crowd_take_seats(&c, index, a->line_step, a->count, a->base);
  if (seats == 0) {
    scatter_line(a, index, source, target);
    return;
  }
  if (a->clear) memset(target, 0, (size_t)a->extent * sizeof(real));
  for (int64_t s = 0; s < seats; s++) sums[s] = (double)target[c.place[s] * a->grid_step];
  for (int64_t i = 0; i < a->count; i++) {
    int64_t position = index[i * a->line_step] - a->base, seat = c.seat[position];
    real value = source[i * a->line_step];
    if (seat < 0)
      target[position * a->grid_step] += value;
    else
      sums[seat] += (double)value;
  }
  for (int64_t s = 0; s < seats; s++) target[c.place[s] * a->grid_step] = (real)sums[s];
}

static void scatter_add(const void *arguments, int64_t begin, int64_t end) {
  const line_arguments *a = arguments;
  for (int64_t line = begin; line < end; line++) {
    int64_t in_lines, in_grid;
    line_offsets(a, line, &in_lines, &in_grid);
    scatter_line(a, a->index + in_lines, (const real *)a->source + in_lines, (real *)a->target + in_grid);
  }
}

static void scatter_crowds(const void *arguments, int64_t begin, int64_t end) {
  const line_arguments *a = arguments;
  for (int64_t block = begin; block < end; block++) {
    int64_t stop = (block + 1) * a->lines / a->blocks;
    for (int64_t line = block * a->lines / a->blocks; line < stop; line++) {
      int64_t in_lines, in_grid;
      line_offsets(a, line, &in_lines, &in_grid);
      scatter_crowd(a, a->index + in_lines, (const real *)a->source + in_lines, (real *)a->target + in_grid,
                    a->space + (size_t)block * a->block_bytes);
    }
  }
}

// ---- Elements of one position together ----------------------------------------------------------------

#if defined(SG_KERNEL_I64)

typedef struct gathered {
  int64_t value, unused, count;
} gathered;

ALWAYS_INLINE void gather_first(merge_kind kind, gathered *g, real x) {
  (void)kind;
  g->value = x;
}

// Modulo 2^64.
ALWAYS_INLINE void gather_next(merge_kind kind, gathered *g, real x) {
  if (kind == MERGE_PRODUCT)
    g->value = (int64_t)((uint64_t)g->value * (uint64_t)x);
  else if (kind == MERGE_SUM || kind == MERGE_MEAN)
    g->value = (int64_t)((uint64_t)g->value + (uint64_t)x);
  else if (kind == MERGE_LARGEST ? x > g->value : x < g->value)
    g->value = x;
}

ALWAYS_INLINE real gathered_value(merge_kind kind, const gathered *g) {
  if (kind != MERGE_MEAN) return g->value;
  return g->value / g->count - (g->value % g->count < 0);
}

#else

typedef struct gathered {
  scaled value; // all but a product: m
  int64_t count;
} gathered;

ALWAYS_INLINE void gather_first(merge_kind kind, gathered *g, real x) {
  const double value = (double)x;
  g->value = kind == MERGE_PRODUCT ? scaled_times((scaled){1, 0}, value) : (scaled){value, 0};
}

// NaN is larger and smaller than everything.
ALWAYS_INLINE void gather_next(merge_kind kind, gathered *g, real x) {
  const double value = (double)x;
  if (kind == MERGE_PRODUCT)
    g->value = scaled_times(g->value, value);
  else if (kind == MERGE_SUM || kind == MERGE_MEAN)
    g->value.m += value;
  else if ((kind == MERGE_LARGEST ? value > g->value.m : value < g->value.m) || value != value)
    g->value.m = value;
}

ALWAYS_INLINE real gathered_value(merge_kind kind, const gathered *g) {
  if (kind == MERGE_PRODUCT) return (real)scaled_value(g->value);
  return (real)(kind == MERGE_MEAN ? g->value.m / (double)g->count : g->value.m);
}

#endif

_Static_assert(sizeof(gathered) == MERGE_PLACE_BYTES, "the room of a position");

ALWAYS_INLINE void merge_line(const merge_arguments *c, merge_kind kind, const int64_t *index, const real *source,
                              real *target, gathered *places) {
  const line_arguments *a = &c->lines;
  const int64_t step = c->single ? 0 : a->line_step;
  for (int64_t p = 0; p < a->extent; p++) places[p].count = 0;
  for (int64_t i = 0; i < a->count; i++) {
    const int64_t position = index[i * a->line_step] - a->base;
    gathered *g = &places[position];
    if (g->count == 0 && c->with_target) {
      gather_first(kind, g, target[position * a->grid_step]);
      g->count = 1;
    }
    if (g->count == 0)
      gather_first(kind, g, source[i * step]);
    else
      gather_next(kind, g, source[i * step]);
    g->count++;
  }
  for (int64_t p = 0; p < a->extent; p++)
    if (places[p].count > 0) target[p * a->grid_step] = gathered_value(kind, &places[p]);
}

static void merge(const void *arguments, int64_t begin, int64_t end) {
  const merge_arguments *c = arguments;
  const line_arguments *a = &c->lines;
  for (int64_t block = begin; block < end; block++) {
    gathered *places = (gathered *)(void *)(a->space + (size_t)block * a->block_bytes);
    const int64_t stop = (block + 1) * a->lines / a->blocks;
    for (int64_t line = block * a->lines / a->blocks; line < stop; line++) {
      int64_t in_lines, in_grid;
      line_offsets(a, line, &in_lines, &in_grid);
      merge_line(c, c->kind, a->index + in_lines, (const real *)a->source + (c->single ? 0 : in_lines),
                 (real *)a->target + in_grid, places);
    }
  }
}

extern const index_kernels VARIANT(index);
const index_kernels VARIANT(index) = {
    .add = add_rows, .scatter_add = scatter_add, .scatter_crowds = scatter_crowds, .merge = merge};
