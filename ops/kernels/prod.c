// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/prod.h"
#include "ops/kernels/scaled.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

// ---- Factors, of which one can be taken out again -----------------------------------------------------

// A product, and apart from it how many factors are 0, infinite, NaN: these are in it as 1, an infinity as its
// sign. `plain` is what it comes to where there are none of these, and it may be divided by any of its factors
// without leaving the range of double; else NaN.
typedef struct factors {
  scaled product;
  int64_t zeros, infinities, nans;
  double plain;
} factors;

_Static_assert(sizeof(factors) == PROD_FACTORS_BYTES, "scratch is sized by it");

static const factors no_factors = {.product = {1, 0}, .plain = 1};

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
                   a.nans + b.nans, (double)NAN};
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

enum { LANES = 16, EACH = 32 };

// The products of `each` factors x[offset[i] + j] in every lane j, which stay within 2^+-960 where all sizes lie
// within 2^+-30; false where they do not.
ALWAYS_INLINE bool multiply_lanes(const real *x, const int64_t *offset, int64_t each, double *restrict lane) {
  real smallest[LANES], largest[LANES];
  bool within = true; // a NaN need be neither smallest nor largest
  for (int j = 0; j < LANES; j++) {
    lane[j] = (double)x[offset[0] + j];
    smallest[j] = largest[j] = x[offset[0] + j] < 0 ? -x[offset[0] + j] : x[offset[0] + j];
  }
  for (int64_t i = 1; i < each; i++) {
    const real *row = x + offset[i];
#pragma omp simd
    for (int j = 0; j < LANES; j++) {
      const real size = row[j] < 0 ? -row[j] : row[j];
      lane[j] *= (double)row[j];
      smallest[j] = size < smallest[j] ? size : smallest[j];
      largest[j] = size > largest[j] ? size : largest[j];
    }
  }
  for (int j = 0; j < LANES; j++)
    within = within & (lane[j] == lane[j]) & (smallest[j] > (real)0x1p-30) & (largest[j] < (real)0x1p30);
  return within;
}

// A number that is neither 0 nor subnormal nor infinite, as m 2^exponent with 1 <= |m| < 2.
ALWAYS_INLINE scaled split(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const int64_t exponent = (int64_t)(bits >> 52 & 0x7ff) - 1023;
  bits = (bits & ~((uint64_t)0x7ff << 52)) | (uint64_t)1023 << 52;
  memcpy(&x, &bits, sizeof bits);
  return (scaled){x, exponent};
}

// All lanes into one product.
ALWAYS_INLINE void fold(factors *f, const double *lane) {
  scaled all = {1, 0};
  for (int j = 0; j < LANES; j++) {
    const scaled one = split(lane[j]);
    all = (scaled){all.m * one.m, all.exponent + one.exponent};
  }
  f->product = scaled_product(f->product, all);
}

static void multiply_piece(factors *f, const real *x, int64_t count) {
  int64_t offset[EACH], i = 0;
  double lane[LANES];
  for (int64_t k = 0; k < EACH; k++) offset[k] = k * LANES;
  while (i + LANES <= count) {
    const int64_t each = least(EACH, (count - i) / LANES), stop = i + each * LANES;
    if (multiply_lanes(x + i, offset, each, lane))
      fold(f, lane);
    else
      for (int64_t k = i; k < stop; k++) multiply(f, (double)x[k]);
    i = stop;
  }
  for (; i < count; i++) multiply(f, (double)x[i]);
}

// Each column's factors, of `each` rows, into its product.
static void multiply_columns(factors *f, const real *x, const int64_t *offset, int64_t each, int64_t width) {
  double lane[LANES];
  int64_t j = 0;
  for (; j + LANES <= width; j += LANES) {
    if (!multiply_lanes(x + j, offset, each, lane)) {
      for (int64_t i = 0; i < each; i++)
        for (int64_t k = j; k < j + LANES; k++) multiply(&f[k], (double)x[offset[i] + k]);
      continue;
    }
    for (int64_t k = 0; k < LANES; k++) f[j + k].product = scaled_product(f[j + k].product, split(lane[k]));
  }
  for (int64_t i = 0; i < each; i++)
    for (int64_t k = j; k < width; k++) multiply(&f[k], (double)x[offset[i] + k]);
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
    for (int64_t r = row; r < stop; r += EACH) {
      int64_t offset[EACH];
      const int64_t each = least(EACH, stop - r);
      for (int64_t i = 0; i < each; i++) offset[i] = reduce_offset(&layout->reduced, r + i);
      multiply_columns(f, x, offset, each, width);
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
    const double value = value_of(f.product, f.zeros, f.infinities, f.nans), size = fabs(value);
    const bool plain = f.infinities + f.nans == 0 && size > 0x1p-500 && size < 0x1p500;
    f.plain = plain ? value : (double)NAN;
    all[i] = f;
    if (a->out) ((real *)a->out)[i] = (real)value;
  }
}

// ---- All but one --------------------------------------------------------------------------------------

// Whether quotients of plain products are what `without` gives, bit by bit; the same for all of these elements.
ALWAYS_INLINE bool is_plain(bool columns, const factors *f, const real *x, int64_t count) {
  int others = !(f->plain == f->plain);
  for (int64_t j = 1; columns && j < count; j++) others |= !(f[j].plain == f[j].plain);
#if defined(SG_KERNEL_F64)
  for (int64_t j = 0; j < count; j++) others |= !(fabs(x[j]) > 0x1p-400 && fabs(x[j]) < 0x1p400);
#else
  (void)x;
#endif
  return !others;
}

ALWAYS_INLINE void others_along(bool columns, const factors *f, const real *x, const real *d_y, int64_t count,
                                real *restrict y) {
  static const real one = 1;
  const int64_t next = columns && d_y ? 1 : 0;
  if (!d_y) d_y = &one;
  if (is_plain(columns, f, x, count)) {
    for (int64_t j = 0; j < count; j++) y[j] = d_y[j * next] * (real)(f[columns ? j : 0].plain / (double)x[j]);
  } else {
    for (int64_t j = 0; j < count; j++) y[j] = d_y[j * next] * (real)without(&f[columns ? j : 0], (double)x[j]);
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
    const int64_t output = layout->columns ? kept * layout->row + start : kept;
    const factors *f = (const factors *)a->factors + output;
    const real *x = (const real *)a->x + offset, *d_y = a->d_y ? (const real *)a->d_y + output : NULL;
    real *y = (real *)a->out + offset;
    if (layout->columns)
      others_along(true, f, x, d_y, count, y);
    else
      others_along(false, f, x, d_y, count, y);
  }
}

extern const prod_kernels VARIANT(prod);
const prod_kernels VARIANT(prod) = {.rows = rows, .columns = columns, .combine = combine, .others = others};
