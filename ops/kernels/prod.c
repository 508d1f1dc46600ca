// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/prod.h"
#include "ops/kernels/scaled.h"

#include <stdbool.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- Factors, of which one can be taken out again -----------------------------------------------------

// A product, and apart from it how many factors are 0, infinite, NaN: these are in it as 1, an infinity as its
// sign.
typedef struct factors {
  scaled product;
  int64_t zeros, infinities, nans;
} factors;

_Static_assert(sizeof(factors) == PROD_FACTORS_BYTES, "scratch is sized by it");

static const factors no_factors = {.product = {1, 0}};

ALWAYS_INLINE bool is_ordinary(double x) { return fabs(x) > 0 && fabs(x) <= DBL_MAX; }

static double sign_of_infinity(double x) { return isinf(x) ? copysign(1, x) : 1; }

ALWAYS_INLINE void multiply(factors *f, double x) {
  if (is_ordinary(x)) {
    f->product = scaled_times(f->product, x);
  } else {
    f->product.m *= sign_of_infinity(x);
    f->zeros += x == 0;
    f->infinities += isinf(x) != 0;
    f->nans += x != x;
  }
}

static factors together(factors a, factors b) {
  return (factors){scaled_product(a.product, b.product), a.zeros + b.zeros, a.infinities + b.infinities,
                   a.nans + b.nans};
}

static double value_of(scaled product, int64_t zeros, int64_t infinities, int64_t nans) {
  if (nans > 0 || (zeros > 0 && infinities > 0)) return (double)NAN;
  if (infinities > 0) return copysign((double)INFINITY, product.m);
  return zeros > 0 ? 0 : scaled_value(product);
}

// The product without x, which is one of the factors.
ALWAYS_INLINE double without(const factors *f, double x) {
  scaled product = f->product;
  if (is_ordinary(x)) {
    const scaled factor =
        fabs(x) >= 0x1p-512 && fabs(x) <= 0x1p512 ? (scaled){x, 0} : scaled_normal((scaled){x, 0});
    product = (scaled){product.m / factor.m, product.exponent - factor.exponent};
    if (f->zeros + f->infinities + f->nans == 0) return scaled_value(product);
  } else {
    product.m *= sign_of_infinity(x);
  }
  return value_of(product, f->zeros - (x == 0), f->infinities - (isinf(x) != 0), f->nans - (x != x));
}

// ---- Many factors -------------------------------------------------------------------------------------

enum { LANES = 16, EACH = 32, BLOCK = LANES * EACH };

// BLOCK factors: EACH in a lane, which stay within 2^+-960 where all sizes lie within 2^+-30.
static void multiply_block(factors *f, const real *restrict x) {
  double lane[LANES], smallest[LANES], largest[LANES], low = HUGE_VAL, high = 0;
  bool numbers = true; // a NaN need be neither smallest nor largest
  for (int j = 0; j < LANES; j++) {
    lane[j] = (double)x[j];
    smallest[j] = largest[j] = fabs((double)x[j]);
  }
  for (int i = 1; i < EACH; i++) {
#pragma omp simd
    for (int j = 0; j < LANES; j++) {
      const double factor = (double)x[i * LANES + j], size = fabs(factor);
      lane[j] *= factor;
      smallest[j] = size < smallest[j] ? size : smallest[j];
      largest[j] = size > largest[j] ? size : largest[j];
    }
  }
  for (int j = 0; j < LANES; j++) {
    low = smallest[j] < low ? smallest[j] : low;
    high = largest[j] > high ? largest[j] : high;
    numbers = numbers && lane[j] == lane[j];
  }
  if (numbers && low > 0x1p-30 && high < 0x1p30) {
    for (int j = 0; j < LANES; j++) f->product = scaled_product(f->product, scaled_normal((scaled){lane[j], 0}));
  } else {
    for (int i = 0; i < BLOCK; i++) multiply(f, (double)x[i]);
  }
}

static void multiply_piece(factors *f, const real *x, int64_t count) {
  int64_t i = 0;
  for (; i + BLOCK <= count; i += BLOCK) multiply_block(f, x + i);
  for (; i < count; i++) multiply(f, (double)x[i]);
}

static void rows(const void *arguments, int64_t begin, int64_t end) {
  const prod_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t output = item / layout->chunks, chunk = item % layout->chunks;
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, output);
    const int64_t stop = least(layout->units, (chunk + 1) * layout->chunk_units);
    factors *f = (factors *)a->factors + chunk * layout->outputs + output;
    *f = no_factors;
    for (int64_t unit = chunk * layout->chunk_units; unit < stop; unit++) {
      const int64_t row = layout->pieces == 1 ? unit : unit / layout->pieces;
      const int64_t start = (unit - row * layout->pieces) * REDUCE_PIECE;
      multiply_piece(f, x + reduce_offset(&layout->reduced, row) + start, least(layout->row - start, REDUCE_PIECE));
    }
  }
}

static void columns(const void *arguments, int64_t begin, int64_t end) {
  const prod_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t chunk = item % layout->chunks, block = item / layout->chunks % layout->column_blocks;
    const int64_t kept = item / layout->chunks / layout->column_blocks, first_column = block * REDUCE_COLUMNS;
    const int64_t width = least(REDUCE_COLUMNS, layout->row - first_column);
    const real *x = (const real *)a->x + reduce_offset(&layout->kept, kept) + first_column;
    factors *f = (factors *)a->factors + chunk * layout->outputs + kept * layout->row + first_column;
    const int64_t row = chunk * layout->chunk_units, stop = least(layout->units, row + layout->chunk_units);
    for (int64_t j = 0; j < width; j++) f[j] = no_factors;
    for (int64_t r = row; r < stop; r++) {
      const real *factor = x + reduce_offset(&layout->reduced, r);
      for (int64_t j = 0; j < width; j++) multiply(&f[j], (double)factor[j]);
    }
  }
}

static void combine(const void *arguments, int64_t begin, int64_t end) {
  const prod_arguments *a = arguments;
  factors *all = a->factors;
  for (int64_t i = begin; i < end; i++) {
    factors f = all[i];
    for (int64_t chunk = 1; chunk < a->layout->chunks; chunk++)
      f = together(f, all[chunk * a->layout->outputs + i]);
    all[i] = f;
    if (a->out) ((real *)a->out)[i] = (real)value_of(f.product, f.zeros, f.infinities, f.nans);
  }
}

static void others(const void *arguments, int64_t begin, int64_t end) {
  const prod_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / a->pieces, start = item % a->pieces * REDUCE_PIECE;
    const int64_t kept = row / layout->reduced.count, reduced = row % layout->reduced.count;
    const int64_t offset = reduce_offset(&layout->kept, kept) + reduce_offset(&layout->reduced, reduced) + start;
    const int64_t count = least(layout->row - start, REDUCE_PIECE);
    const factors *f = (const factors *)a->factors + (layout->columns ? kept * layout->row + start : kept);
    const real *x = (const real *)a->x + offset;
    real *y = (real *)a->out + offset;
    for (int64_t j = 0; j < count; j++) y[j] = (real)without(layout->columns ? &f[j] : f, (double)x[j]);
  }
}

extern const prod_kernels VARIANT(prod);
const prod_kernels VARIANT(prod) = {.rows = rows, .columns = columns, .combine = combine, .others = others};
