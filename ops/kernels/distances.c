// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/distances.h"

#include <float.h>

#include "ops/kernels/norm_slope_rows.h"

enum { LANES = 16, TILE = 256 };

// ---- One distance -----------------------------------------------------------------------------------

typedef double term_function(double difference);

ALWAYS_INLINE double square(double d) { return d * d; }
ALWAYS_INLINE double cube(double d) { return fabs(d) * (d * d); }
ALWAYS_INLINE double size(double d) { return fabs(d); }
ALWAYS_INLINE double differs(double d) { return d != 0; }

ALWAYS_INLINE double sum_of(term_function *term, const real *a, const real *b, int64_t width) {
  double lanes[LANES] = {0}, sum = 0;
  int64_t m = 0;
  for (; m + LANES <= width; m += LANES)
    for (int k = 0; k < LANES; k++) lanes[k] += term((double)(a[m + k] - b[m + k]));
  for (; m < width; m++) lanes[m % LANES] += term((double)(a[m] - b[m]));
  for (int k = 0; k < LANES; k++) sum += lanes[k];
  return sum;
}

// NaN where a difference is: a sum of 0 times each says so, and of infinite ones as well, which are the largest.
static double largest(const real *a, const real *b, int64_t width) {
  vreal high = {0}, odd = {0};
  for (int64_t m = 0; m < width; m += VECTOR_LANES) {
    const int64_t left = width - m;
    const vreal d = left < VECTOR_LANES ? vector_load_part(a + m, left, 0) - vector_load_part(b + m, left, 0)
                                        : vector_load(a + m) - vector_load(b + m);
    const vreal size = vector_abs(d);
    high = vector_select((vmask)(size > high), size, high);
    odd += d * 0;
  }
  real lanes[VECTOR_LANES], odd_lanes[VECTOR_LANES], result = 0;
  bool is_nan = false;
  vector_store(lanes, high);
  vector_store(odd_lanes, odd);
  for (int k = 0; k < VECTOR_LANES; k++) {
    is_nan |= odd_lanes[k] != odd_lanes[k];
    result = lanes[k] > result ? lanes[k] : result;
  }
  if (!is_nan) return (double)result;
  for (int64_t m = 0; m < width; m++)
    if (a[m] - b[m] != a[m] - b[m]) return (double)NAN;
  return (double)result;
}

// Times the largest difference s, which keeps powers within the range; 0, infinite or NaN, that is the distance.
static double by_powers(const real *a, const real *b, int64_t width, double p) {
  const double s = largest(a, b, width);
  if (!(s > 0 && isfinite(s))) return s;
  const real exponent = (real)p;
  real ratio[TILE], power[TILE];
  double sum = 0;
  for (int64_t from = 0; from < width; from += TILE) {
    const int64_t count = width - from < TILE ? width - from : TILE;
    for (int64_t m = 0; m < count; m++) ratio[m] = (real)(fabs((double)(a[from + m] - b[from + m])) / s);
    vector_map_2(vector_pow, ratio, 1, &exponent, 0, power, count);
    for (int64_t m = 0; m < count; m++) sum += (double)power[m];
  }
  return s * pow(sum, 1 / p);
}

// A sum of powers that is infinite, or may have lost digits to underflow.
static bool is_in_doubt(double sum) { return isinf(sum) || sum < DBL_MIN / DBL_EPSILON; }

static double length(const real *a, const real *b, int64_t width) {
  const double squares = sum_of(square, a, b, width);
  if (sizeof(real) < sizeof(double) || !is_in_doubt(squares)) return sqrt(squares);
  const double s = largest(a, b, width);
  if (!(s > 0 && isfinite(s))) return s;
  double sum = 0;
  for (int64_t m = 0; m < width; m++) sum += square((double)(a[m] - b[m]) / s);
  return s * sqrt(sum);
}

static double by_cubes(const real *a, const real *b, int64_t width) {
  const double cubes = sum_of(cube, a, b, width);
  return is_in_doubt(cubes) ? by_powers(a, b, width, 3) : cbrt(cubes);
}

static double distance(const real *a, const real *b, int64_t width, double p) {
  if (p == 2) return length(a, b, width);
  if (p == 1) return sum_of(size, a, b, width);
  if (p == 0) return sum_of(differs, a, b, width);
  if (isinf(p)) return largest(a, b, width);
  if (p == 3) return by_cubes(a, b, width);
  return by_powers(a, b, width, p);
}

static void forward(const void *arguments, int64_t begin, int64_t end) {
  const distance_arguments *d = arguments;
  for (int64_t item = begin; item < end; item++) {
    const real *a = (const real *)d->x[0] + item * d->width;
    const real *b = (const real *)d->x[1] + item / d->rows[0] * d->rows[1] * d->width;
    real *y = (real *)d->y + item * d->rows[1];
    for (int64_t j = 0; j < d->rows[1]; j++) y[j] = (real)distance(a, b + j * d->width, d->width, d->p);
  }
}

// ---- The sum of the slopes of many ------------------------------------------------------------------

// A distance and the rows it is of.
typedef struct pair {
  const real *a, *b;
  double y, d_y;
} pair;

// The distance as it was before it was rounded to where digits are lost, or out of the range.
static double unrounded(const distance_arguments *d, const pair *p) {
  const bool whole = p->y > (sizeof(real) == sizeof(float) ? 0x1p-100 : 0x1p-960) && isfinite(p->y);
  return whole || isinf(d->p) ? p->y : distance(p->a, p->b, d->width, d->p);
}

// Of a length, in double: sum += d_y (a - b) / y, where d_y / y is 0 or a number that has all its digits.
ALWAYS_INLINE bool add_length(const pair *p, double y, int64_t from, int64_t count, double *restrict sum) {
  const double factor = p->d_y / y;
  const bool whole = fabs(factor) > DBL_MIN && fabs(factor) < DBL_MAX;
  if (!whole && !(p->d_y == 0 && y > 0)) return false;
  const real *restrict a = p->a + from, *restrict b = p->b + from;
  for (int64_t m = 0; m < count; m++) sum[m] += factor * (double)(a[m] - b[m]);
  return true;
}

// The elements that are the distance share its gradient.
static double share(const distance_arguments *d, const pair *p) {
  if (!isinf(d->p) || d->width == 1) return p->d_y;
  int64_t count = 0;
  for (int64_t m = 0; m < d->width; m++) count += fabs((double)(p->a[m] - p->b[m])) == p->y;
  return p->d_y / (double)count;
}

static void add_slopes(const distance_arguments *d, const pair *p, int64_t from, int64_t count, double *sum) {
  const double order = d->width == 1 ? 1 : d->p, y = unrounded(d, p), d_y = share(d, p);
  if (order == 2 && add_length(p, y, from, count, sum)) return;
  real difference[TILE], slope[TILE];
  for (int64_t m = 0; m < count; m++) difference[m] = p->a[from + m] - p->b[from + m];
  piece(order, false, (stretch){difference, &y, &d_y, slope, count});
  for (int64_t m = 0; m < count; m++) sum[m] += (double)slope[m];
}

// d_x of the row `item` of one side: over the rows of the other.
static void add_all(const distance_arguments *d, int64_t item, int64_t from, int64_t count, double *sum) {
  const int side = d->side, other = 1 - side;
  const int64_t batch = item / d->rows[side], row = item % d->rows[side];
  const real *own = (const real *)d->x[side] + item * d->width;
  const real *others = (const real *)d->x[other] + batch * d->rows[other] * d->width;
  for (int64_t j = 0; j < d->rows[other]; j++) {
    const int64_t at = (batch * d->rows[0] + (side ? j : row)) * d->rows[1] + (side ? row : j);
    const pair p = {own, others + j * d->width, (double)((const real *)d->y)[at],
                    (double)((const real *)d->d_y)[at]};
    add_slopes(d, &p, from, count, sum);
  }
}

static void backward(const void *arguments, int64_t begin, int64_t end) {
  const distance_arguments *d = arguments;
  for (int64_t item = begin; item < end; item++) {
    real *d_x = (real *)d->d_x + item * d->width;
    for (int64_t from = 0; from < d->width; from += TILE) {
      const int64_t count = d->width - from < TILE ? d->width - from : TILE;
      double sum[TILE] = {0};
      if (d->p != 0) add_all(d, item, from, count, sum);
      for (int64_t m = 0; m < count; m++) d_x[from + m] = (real)sum[m];
    }
  }
}

extern const distances_kernels VARIANT(distances);
const distances_kernels VARIANT(distances) = {.forward = forward, .backward = backward};
