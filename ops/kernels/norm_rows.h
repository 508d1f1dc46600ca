// SPDX-License-Identifier: GPL-3.0-or-later
//
// Groups as rows: where their units lie, and the sums along them, which go from lanes of `real` to double after
// LANE_TERMS terms, so that the error does not grow with the length.
#ifndef SELENOGRAD_NORM_ROWS_H
#define SELENOGRAD_NORM_ROWS_H

#include "ops/kernels/norm_backward.h"
#include "ops/kernels/real.h"

#define LANES(vectors) ((vectors) * (16 << SG_KERNEL_ISA_LEVEL) / (int)sizeof(real))

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

enum { LANE_TERMS = 64 }; // of a lane of `real`, but in the first guess of a mean

// ---- Units --------------------------------------------------------------------------------------------

// `count` elements of each of `segments` runs, `stride` apart; `start` is the first one's place in the run.
typedef struct row_unit {
  int64_t offset, start, segments, stride, count;
} row_unit;

// Short rows are many: there are no divisions where there is nothing to divide.
static inline int64_t group_offset(const norm_geometry *g, int64_t group) {
  if (g->segments == 1 || g->outer == 1) return group * norm_run(g);
  return group / g->groups * g->segments * g->groups * norm_run(g) + group % g->groups * norm_run(g);
}

// The group's first gamma.
static inline int64_t group_parameter(const norm_geometry *g, int64_t group) {
  return g->groups == 1 ? 0 : group % g->groups * g->parts;
}

static inline row_unit unit_at(const norm_plan *p, int64_t group, int64_t unit) {
  const norm_geometry *g = &p->geometry;
  const norm_cut *cut = &p->cut;
  int64_t run = norm_run(g), stride = g->groups * run;
  if (cut->units == 1) return (row_unit){group_offset(g, group), 0, g->segments, stride, run};
  int64_t segment = unit / cut->pieces * cut->bundle, start = unit % cut->pieces * cut->piece;
  return (row_unit){.offset = group_offset(g, group) + segment * stride + start,
                    .start = start,
                    .segments = least(cut->bundle, g->segments - segment),
                    .stride = stride,
                    .count = least(cut->piece, run - start)};
}

static inline int64_t share_begin(const norm_cut *cut, int64_t share) {
  return cut->shares == 1 ? share * cut->units : cut->units * share / cut->shares;
}

// ---- Sums ---------------------------------------------------------------------------------------------
//
// Over `rows` rows of `count` elements, `stride` apart. What is left of a row beside whole widths has lanes of its
// own, so that those of the loop stay in registers, and short rows share them: lanes are added up once in
// LANE_TERMS terms.

static inline double lane_sum(const real *lanes, const real *rest, int width) {
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int j = 0; j < width; j++) sum += lanes[j] + rest[j];
  return (double)sum;
}

// Rows, or pieces of one, that a set of lanes takes.
static inline int64_t rows_together(int64_t count, int width) {
  int64_t rows = LANE_TERMS * width / count;
  return rows > 1 ? rows : 1;
}

// One row that lanes are not worth their cost for.
static inline bool is_short(int64_t rows, int64_t count, int width) { return rows == 1 && count <= 2 * width; }

static inline double rows_sum(const real *restrict x, int64_t rows, int64_t stride, int64_t count) {
  enum { WIDTH = LANES(4) };
  double total = 0;
  if (is_short(rows, count, WIDTH)) {
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) sum += x[i];
    return (double)sum;
  }
  int64_t together = rows_together(count, WIDTH), whole = count - count % WIDTH;
  for (int64_t n = 0, next = 0; n < rows; n = next) {
    real s[WIDTH] = {0}, rest[WIDTH] = {0};
    for (next = least(rows, n + together); n < next; n++) {
      const real *row = x + n * stride;
      for (int64_t i = 0; i < whole; i += WIDTH) {
#pragma omp simd
        for (int j = 0; j < WIDTH; j++) s[j] += row[i + j];
      }
#pragma omp simd
      for (int64_t j = 0; j < count - whole; j++) rest[j] += row[whole + j];
    }
    total += lane_sum(s, rest, WIDTH);
  }
  return total;
}

static inline void stretch_deviations(const real *restrict x, int64_t rows, int64_t stride, int64_t count,
                                      real shift, double *sum, double *square) {
  enum { WIDTH = LANES(4) };
  if (is_short(rows, count, WIDTH)) {
    real s = 0, q = 0;
#pragma omp simd reduction(+ : s, q)
    for (int64_t i = 0; i < count; i++) {
      real d = x[i] - shift;
      s += d;
      q += d * d;
    }
    *sum += (double)s;
    *square += (double)q;
    return;
  }
  int64_t together = rows_together(count, WIDTH), whole = count - count % WIDTH;
  for (int64_t n = 0, next = 0; n < rows; n = next) {
    real s[WIDTH] = {0}, q[WIDTH] = {0}, s_rest[WIDTH] = {0}, q_rest[WIDTH] = {0};
    for (next = least(rows, n + together); n < next; n++) {
      const real *row = x + n * stride;
      for (int64_t i = 0; i < whole; i += WIDTH) {
#pragma omp simd
        for (int j = 0; j < WIDTH; j++) {
          real d = row[i + j] - shift;
          s[j] += d;
          q[j] += d * d;
        }
      }
#pragma omp simd
      for (int64_t j = 0; j < count - whole; j++) {
        real d = row[whole + j] - shift;
        s_rest[j] += d;
        q_rest[j] += d * d;
      }
    }
    *sum += lane_sum(s, s_rest, WIDTH);
    *square += lane_sum(q, q_rest, WIDTH);
  }
}

// Adds the sums of d and d^2, d = x - shift.
static inline void rows_deviations(const real *restrict x, int64_t rows, int64_t stride, int64_t count, real shift,
                                   double *sum, double *square) {
  const int64_t stretch = LANE_TERMS * LANES(4);
  for (int64_t start = 0; start < count; start += stretch) {
    stretch_deviations(x + start, rows, stride, least(stretch, count - start), shift, sum, square);
  }
}

ALWAYS_INLINE void stretch_products(const real *restrict x, const real *restrict dy, const real *restrict gamma,
                                    int64_t rows, int64_t stride, int64_t count, real mean, real pivot,
                                    norm_products *sums) {
  enum { WIDTH = LANES(2) };
  if (is_short(rows, count, WIDTH)) {
    real s = 0, p = 0, q = 0;
#pragma omp simd reduction(+ : s, p, q)
    for (int64_t i = 0; i < count; i++) {
      real d = x[i] - mean, e = (gamma ? gamma[i] * dy[i] : dy[i]) - pivot;
      s += e;
      p += e * d;
      q += d;
    }
    sums->e += (double)s;
    sums->e_d += (double)p;
    sums->d += (double)q;
    return;
  }
  int64_t together = rows_together(count, WIDTH), whole = count - count % WIDTH;
  for (int64_t n = 0, next = 0; n < rows; n = next) {
    real s[WIDTH] = {0}, p[WIDTH] = {0}, q[WIDTH] = {0};
    real s_rest[WIDTH] = {0}, p_rest[WIDTH] = {0}, q_rest[WIDTH] = {0};
    for (next = least(rows, n + together); n < next; n++) {
      const real *row = x + n * stride, *d_row = dy + n * stride;
      for (int64_t i = 0; i < whole; i += WIDTH) {
#pragma omp simd
        for (int j = 0; j < WIDTH; j++) {
          real d = row[i + j] - mean, e = (gamma ? gamma[i + j] * d_row[i + j] : d_row[i + j]) - pivot;
          s[j] += e;
          p[j] += e * d;
          q[j] += d;
        }
      }
#pragma omp simd
      for (int64_t j = 0; j < count - whole; j++) {
        int64_t i = whole + j;
        real d = row[i] - mean, e = (gamma ? gamma[i] * d_row[i] : d_row[i]) - pivot;
        s_rest[j] += e;
        p_rest[j] += e * d;
        q_rest[j] += d;
      }
    }
    sums->e += lane_sum(s, s_rest, WIDTH);
    sums->e_d += lane_sum(p, p_rest, WIDTH);
    sums->d += lane_sum(q, q_rest, WIDTH);
  }
}

// Adds the sums of e, e d and d, where d = x - mean, e = gamma dy - pivot. gamma, that of every row, may be the
// constant NULL: it is 1.
ALWAYS_INLINE void rows_products(const real *restrict x, const real *restrict dy, const real *restrict gamma,
                                 int64_t rows, int64_t stride, int64_t count, real mean, real pivot,
                                 norm_products *sums) {
  const int64_t stretch = LANE_TERMS * LANES(2);
  for (int64_t start = 0; start < count; start += stretch) {
    stretch_products(x + start, dy + start, gamma ? gamma + start : NULL, rows, stride,
                     least(stretch, count - start), mean, pivot, sums);
  }
}

// ---- The pivot ----------------------------------------------------------------------------------------

// Only what dy varies by has a part in the gradients of x and of a gamma that the group has in common, and beside a
// large mean its digits would be lost. The pivot takes that mean away, nearly: an element of the group, if three
// are close to each other, else 0. So it is never a lone large one, beside which the others would lose their
// digits. NaN and infinities are close to none.
static inline real pivot_among(real first, real middle, real last) {
  real room = (middle < 0 ? -middle : middle) / 64, before = first - middle, after = last - middle;
  return before >= -room && before <= room && after >= -room && after <= room ? middle : 0;
}

// dy at the first element of the group.
static inline real pivot_of(const norm_geometry *g, const real *dy) {
  int64_t run = norm_run(g), stride = g->groups * run;
  return pivot_among(dy[0], dy[g->segments / 2 * stride + run / 2], dy[(g->segments - 1) * stride + run - 1]);
}

#endif
