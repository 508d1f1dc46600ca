// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sums that normalizations need, along rows and down the columns of a panel. `real` accumulates at most SUM_BLOCK
// terms in a lane before the lanes go into a double, so that the error does not grow with the length.
#ifndef SELENOGRAD_PANEL_H
#define SELENOGRAD_PANEL_H

#include "ops/kernels/real.h"

#define SUM_BLOCK 512   // elements of a row summed in `real`
#define PANEL_WIDTH 128 // columns walked side by side
#define PANEL_ROWS 128  // rows a column is summed in `real`

// `rows` rows of `width` <= PANEL_WIDTH neighbouring elements, `stride` elements apart.
typedef struct panel {
  int64_t rows, width, stride;
} panel;

static inline int64_t block_end(int64_t begin, int64_t count, int64_t block) {
  return count - begin < block ? count : begin + block;
}

// ---- Along a row --------------------------------------------------------------------------------------

static inline double row_sum(const real *restrict x, int64_t count) {
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += SUM_BLOCK) {
    int64_t end = block_end(begin, count, SUM_BLOCK);
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = begin; i < end; i++) sum += x[i];
    total += (double)sum;
  }
  return total;
}

// Adds the sums of d and d^2, d = x - shift.
static inline void row_deviations(const real *restrict x, int64_t count, real shift, double *sum, double *square) {
  for (int64_t begin = 0; begin < count; begin += SUM_BLOCK) {
    int64_t end = block_end(begin, count, SUM_BLOCK);
    real s = 0, q = 0;
#pragma omp simd reduction(+ : s, q)
    for (int64_t i = begin; i < end; i++) {
      real d = x[i] - shift;
      s += d;
      q += d * d;
    }
    *sum += (double)s;
    *square += (double)q;
  }
}

// The three sums of a backward pass: e, e d and d, where e = dy - pivot, d = x - mean.
typedef struct products {
  double e, e_d, d;
} products;

// Only what dy varies by has a part in the gradients of x and gamma, and beside a large mean its digits would be
// lost. The pivot takes that mean away, nearly: an element of the channel, if three are close to each other, else
// 0. So it is never a lone large one, beside which the others would lose their digits. NaN and infinities are close
// to none.
static inline real pivot_of(const real *dy, int64_t batch, int64_t stride, int64_t spatial) {
  real first = dy[0], middle = dy[batch / 2 * stride + spatial / 2], last = dy[(batch - 1) * stride + spatial - 1];
  real room = (middle < 0 ? -middle : middle) / 64, before = first - middle, after = last - middle;
  return before >= -room && before <= room && after >= -room && after <= room ? middle : 0;
}

static inline void row_products(const real *restrict x, const real *restrict dy, int64_t count, real mean,
                                real pivot, products *sums) {
  for (int64_t begin = 0; begin < count; begin += SUM_BLOCK) {
    int64_t end = block_end(begin, count, SUM_BLOCK);
    real s = 0, p = 0, q = 0;
#pragma omp simd reduction(+ : s, p, q)
    for (int64_t i = begin; i < end; i++) {
      real d = x[i] - mean, e = dy[i] - pivot;
      s += e;
      p += e * d;
      q += d;
    }
    sums->e += (double)s;
    sums->e_d += (double)p;
    sums->d += (double)q;
  }
}

// ---- Down the columns of a panel ------------------------------------------------------------------------

static inline void panel_clear(real *lanes, int64_t width) {
  for (int64_t j = 0; j < width; j++) lanes[j] = 0;
}

static inline void panel_flush(double *restrict sum, const real *restrict lanes, int64_t width) {
  for (int64_t j = 0; j < width; j++) sum[j] += (double)lanes[j];
}

static inline void panel_sum(panel p, const real *restrict x, double *restrict sum) {
  real lanes[PANEL_WIDTH];
  for (int64_t j = 0; j < p.width; j++) sum[j] = 0;
  for (int64_t begin = 0; begin < p.rows; begin += PANEL_ROWS) {
    int64_t end = block_end(begin, p.rows, PANEL_ROWS);
    panel_clear(lanes, p.width);
    for (int64_t n = begin; n < end; n++) {
      const real *row = x + n * p.stride;
#pragma omp simd
      for (int64_t j = 0; j < p.width; j++) lanes[j] += row[j];
    }
    panel_flush(sum, lanes, p.width);
  }
}

// The sums of d and d^2 in every column, d = x - shift.
static inline void panel_deviations(panel p, const real *restrict x, const real *restrict shift,
                                    double *restrict sum, double *restrict square) {
  real s[PANEL_WIDTH], q[PANEL_WIDTH];
  for (int64_t j = 0; j < p.width; j++) sum[j] = square[j] = 0;
  for (int64_t begin = 0; begin < p.rows; begin += PANEL_ROWS) {
    int64_t end = block_end(begin, p.rows, PANEL_ROWS);
    panel_clear(s, p.width);
    panel_clear(q, p.width);
    for (int64_t n = begin; n < end; n++) {
      const real *row = x + n * p.stride;
#pragma omp simd
      for (int64_t j = 0; j < p.width; j++) {
        real d = row[j] - shift[j];
        s[j] += d;
        q[j] += d * d;
      }
    }
    panel_flush(sum, s, p.width);
    panel_flush(square, q, p.width);
  }
}

// The sums of e, e d and d in every column, e = dy - pivot, d = x - mean. `pivot` may be the constant NULL: all are
// 0, at no cost.
ALWAYS_INLINE void panel_products(panel p, const real *restrict x, const real *restrict dy,
                                  const real *restrict mean, const real *restrict pivot, double *restrict sum_e,
                                  double *restrict sum_e_d, double *restrict sum_d) {
  real s[PANEL_WIDTH], t[PANEL_WIDTH], q[PANEL_WIDTH];
  for (int64_t j = 0; j < p.width; j++) sum_e[j] = sum_e_d[j] = sum_d[j] = 0;
  for (int64_t begin = 0; begin < p.rows; begin += PANEL_ROWS) {
    int64_t end = block_end(begin, p.rows, PANEL_ROWS);
    panel_clear(s, p.width);
    panel_clear(t, p.width);
    panel_clear(q, p.width);
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
    panel_flush(sum_e, s, p.width);
    panel_flush(sum_e_d, t, p.width);
    panel_flush(sum_d, q, p.width);
  }
}

// Column sums to channel sums: every `spatial` neighbouring columns are one channel. In place.
static inline void panel_fold(double *sum, int64_t channels, int64_t spatial) {
  for (int64_t c = 0; c < channels; c++) {
    double total = 0;
    for (int64_t s = 0; s < spatial; s++) total += sum[c * spatial + s];
    sum[c] = total;
  }
}

#endif
