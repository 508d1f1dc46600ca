// SPDX-License-Identifier: GPL-3.0-or-later
//
// Groups of short runs, also (N,C) where a run is one element, as panels: neighbouring groups side by side, with an
// accumulator for each column. `real` takes the terms of at most NORM_STRETCH rows, then double.
#ifndef SELENOGRAD_NORM_PANELS_H
#define SELENOGRAD_NORM_PANELS_H

#include "ops/kernels/norm_backward.h"
#include "ops/kernels/norm_forward.h"
#include "ops/kernels/real.h"

// `rows` rows of `width` neighbouring elements, `stride` elements apart, the first at `offset`: those of one share
// of a block, that is of `groups` groups from `first` on.
typedef struct panel {
  int64_t offset, rows, width, stride, first, groups;
} panel;

static inline panel panel_of(const norm_plan *p, int64_t block, int64_t share) {
  const norm_geometry *g = &p->geometry;
  const norm_cut *cut = &p->cut;
  int64_t across = cut->blocks / g->outer, outer = block / across, group = block % across * cut->together;
  int64_t run = norm_run(g), stride = g->groups * run;
  int64_t begin = cut->units * share / cut->shares, end = cut->units * (share + 1) / cut->shares;
  int64_t groups = g->groups - group < cut->together ? g->groups - group : cut->together;
  return (panel){.offset = (outer * g->segments + begin) * stride + group * run,
                 .rows = end - begin,
                 .width = groups * run,
                 .stride = stride,
                 .first = outer * g->groups + group,
                 .groups = groups};
}

// One value for every column of a panel from one for every group.
static inline void spread_columns(const double *restrict values, int64_t groups, int64_t run,
                                  real *restrict columns) {
  if (run == 1) {
#pragma omp simd
    for (int64_t c = 0; c < groups; c++) columns[c] = (real)values[c];
    return;
  }
  for (int64_t c = 0; c < groups; c++) {
    for (int64_t s = 0; s < run; s++) columns[c * run + s] = (real)values[c];
  }
}

static inline void clear_columns(real *lanes, int64_t width) {
  for (int64_t j = 0; j < width; j++) lanes[j] = 0;
}

static inline void flush_columns(double *restrict sums, const real *restrict lanes, int64_t width) {
  for (int64_t j = 0; j < width; j++) sums[j] += (double)lanes[j];
}

// ---- Moments ------------------------------------------------------------------------------------------

// Adds the moments of `count` elements in every column, whose mean is shift + mean.
static inline void merge_columns(norm_panel_sums *restrict m, double count, const double *restrict shift,
                                 const double *restrict mean, const double *restrict square, int64_t width) {
  double part = count / (m->count + count), weight = part * m->count;
  if (m->count == 0) {
    for (int64_t j = 0; j < width; j++) m->shift[j] = shift[j], m->mean[j] = m->square[j] = 0;
  }
#pragma omp simd
  for (int64_t j = 0; j < width; j++) {
    double delta = (shift[j] - m->shift[j]) + mean[j] - m->mean[j];
    m->mean[j] += delta * part;
    m->square[j] += square[j] + delta * delta * weight;
  }
  m->count += count;
}

// Adds the moments of at most NORM_STRETCH rows: around their own mean, or, without one, around 0.
static inline void merge_stretch(norm_panel_sums *restrict m, const real *restrict x, int64_t rows, int64_t width,
                                 int64_t stride, bool centred) {
  real s[NORM_COLUMNS], q[NORM_COLUMNS], shift[NORM_COLUMNS];
  double from[NORM_COLUMNS], mean[NORM_COLUMNS], square[NORM_COLUMNS], count = (double)rows;
  clear_columns(shift, width);
  for (int64_t n = 0; centred && n < rows; n++) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) shift[j] += x[n * stride + j];
  }
  for (int64_t j = 0; j < width; j++) shift[j] *= (real)(1 / count), s[j] = q[j] = 0;
  for (int64_t n = 0; n < rows; n++) {
#pragma omp simd
    for (int64_t j = 0; j < width; j++) {
      real d = x[n * stride + j] - shift[j];
      s[j] += d;
      q[j] += d * d;
    }
  }
#pragma omp simd
  for (int64_t j = 0; j < width; j++) {
    double sum = centred ? (double)s[j] : 0;
    from[j] = (double)shift[j];
    mean[j] = sum / count;
    square[j] = (double)q[j] - sum * mean[j];
  }
  merge_columns(m, count, from, mean, square, width);
}

// ---- Products -----------------------------------------------------------------------------------------

// The sums of e, e d and d in every column, e = dy - pivot, d = x - mean. `pivot` may be the constant NULL: all are
// 0, at no cost.
ALWAYS_INLINE void panel_products(panel p, const real *restrict x, const real *restrict dy,
                                  const real *restrict mean, const real *restrict pivot,
                                  norm_panel_products *restrict sums) {
  real s[NORM_COLUMNS], t[NORM_COLUMNS], q[NORM_COLUMNS];
  for (int64_t j = 0; j < p.width; j++) sums->e[j] = sums->e_d[j] = sums->d[j] = 0;
  for (int64_t begin = 0; begin < p.rows; begin += NORM_STRETCH) {
    int64_t end = p.rows - begin < NORM_STRETCH ? p.rows : begin + NORM_STRETCH;
    clear_columns(s, p.width);
    clear_columns(t, p.width);
    clear_columns(q, p.width);
    for (int64_t n = begin; n < end; n++) {
      const real *row = x + n * p.stride, *d_row = dy + n * p.stride;
#pragma omp simd
      for (int64_t j = 0; j < p.width; j++) {
        real d = row[j] - mean[j], e = d_row[j] - (pivot ? pivot[j] : 0);
        s[j] += e;
        t[j] += e * d;
        q[j] += d;
      }
    }
    flush_columns(sums->e, s, p.width);
    flush_columns(sums->e_d, t, p.width);
    flush_columns(sums->d, q, p.width);
  }
}

#endif
