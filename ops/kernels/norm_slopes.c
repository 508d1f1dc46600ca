// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/norm_slopes.h"

#include <float.h>
#include <math.h>

#include "ops/kernels/vector_math.h"

ALWAYS_INLINE double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

typedef double slope_function(double x, double norm, double d_y);

ALWAYS_INLINE double by_sign(double x, double norm, double d_y) { return (void)norm, d_y * sign_of(x); }
ALWAYS_INLINE double by_length(double x, double norm, double d_y) { return norm == 0 ? 0 : d_y * (x / norm); }
ALWAYS_INLINE double by_extreme(double x, double norm, double d_y) {
  return (fabs(x) == norm ? d_y : d_y * 0) * sign_of(x);
}
ALWAYS_INLINE double by_square(double x, double norm, double d_y) {
  return x == 0 || norm == 0 ? 0 : d_y * sign_of(x) * (x / norm * (x / norm));
}

// One piece of a row, with a norm of its own for every element or for all of them.
typedef struct stretch {
  const real *x;
  const double *norm, *d_y;
  real *d_x;
  int64_t count;
} stretch;

ALWAYS_INLINE void along(slope_function *slope, bool each, stretch s) {
  const real *restrict x = s.x;
  const double *restrict norm = s.norm, *restrict d_y = s.d_y;
  real *restrict d_x = s.d_x;
  for (int64_t j = 0; j < s.count; j++) {
    const int64_t k = each ? j : 0;
    d_x[j] = (real)slope((double)x[j], norm[k], d_y[k]);
  }
}

ALWAYS_INLINE void choose(slope_function *slope, bool each, stretch s) {
  each ? along(slope, true, s) : along(slope, false, s);
}

#if defined(SG_KERNEL_F32)
#define LEAST_WHOLE 0x1p-100 // of which no digit is lost
#else
#define LEAST_WHOLE 0x1p-960
#endif

// Any other power: vectors of `real`, and where that would lose digits, one by one in double.
static void by_power(bool each, stretch s, double exponent) {
  enum { BLOCK = 256 };
  real ratio[BLOCK], power[BLOCK];
  const real one = (real)exponent;
  for (int64_t from = 0; from < s.count; from += BLOCK) {
    const int64_t width = s.count - from < BLOCK ? s.count - from : BLOCK;
    const real *x = s.x + from;
    const double *norm = s.norm + (each ? from : 0), *d_y = s.d_y + (each ? from : 0);
    for (int64_t j = 0; j < width; j++) ratio[j] = (real)(fabs((double)x[j]) / norm[each ? j : 0]);
    vector_map_2(vector_pow, ratio, 1, &one, 0, power, width);
    for (int64_t j = 0; j < width; j++) {
      const double n = norm[each ? j : 0], own = d_y[each ? j : 0], x_j = (double)x[j];
      const bool whole = (double)ratio[j] > LEAST_WHOLE && (double)ratio[j] < 1 / LEAST_WHOLE &&
                         (double)power[j] > LEAST_WHOLE && (double)power[j] < 1 / LEAST_WHOLE;
      const double factor = whole ? (double)power[j] : pow(fabs(x_j) / n, exponent);
      s.d_x[from + j] = (real)(x_j == 0 || n == 0 ? 0 : own * sign_of(x_j) * factor);
    }
  }
}

static void piece(const norm_slope_arguments *a, stretch s) {
  const bool each = a->layout->columns;
  if (a->order == 1)
    choose(by_sign, each, s);
  else if (a->order == 2)
    choose(by_length, each, s);
  else if (a->order == 3)
    choose(by_square, each, s);
  else if (isinf(a->order))
    choose(by_extreme, each, s);
  else
    by_power(each, s, a->order - 1);
}

static void apply(const void *arguments, int64_t begin, int64_t end) {
  const norm_slope_arguments *a = arguments;
  const reduce_layout *layout = a->layout;
  for (int64_t item = begin; item < end; item++) {
    const int64_t row = item / a->pieces, start = item % a->pieces * REDUCE_PIECE, rest = layout->row - start;
    const int64_t kept = row / layout->reduced.count, reduced = row % layout->reduced.count;
    const int64_t offset = reduce_offset(&layout->kept, kept) + reduce_offset(&layout->reduced, reduced) + start;
    const int64_t output = layout->columns ? kept * layout->row + start : kept;
    piece(a, (stretch){(const real *)a->x + offset, a->norm + output, a->d_y + output, (real *)a->d_x + offset,
                       rest < REDUCE_PIECE ? rest : REDUCE_PIECE});
  }
}

extern const norm_slopes_kernels VARIANT(norm_slopes);
const norm_slopes_kernels VARIANT(norm_slopes) = {.apply = apply};
