// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/kernels/scan.h"
#include "ops/kernels/scaled.h"

#include <stddef.h>

// ---- Where an item walks ------------------------------------------------------------------------------

typedef struct walk {
  int64_t start, step; // of the first line, in elements
  int64_t width;       // lines side by side
} walk;

ALWAYS_INLINE walk walk_of(int64_t item, int64_t count, int64_t inner, bool reverse) {
  const int64_t strips = (inner + SCAN_STRIP - 1) / SCAN_STRIP, column = item % strips * SCAN_STRIP;
  const int64_t first = reverse ? count - 1 : 0, rest = inner - column;
  return (walk){(item / strips * count + first) * inner + column, reverse ? -inner : inner,
                rest < SCAN_STRIP ? rest : SCAN_STRIP};
}

#if defined(SG_KERNEL_F32) || defined(SG_KERNEL_F64)

// ---- States -------------------------------------------------------------------------------------------

typedef struct state {
  double sum, rest; // what the additions have rounded away is in the rest
  double largest;   // that the exponentials in a sum are divided by, as exp(largest)
  scaled product;
} state;

static const state beginning = {.largest = -(double)INFINITY, .product = {1, 0}};

// In f64 an error that does not grow with the number of terms (Knuth, The Art of Computer Programming 2, 4.2.2,
// theorem B); in f32 double is enough.
ALWAYS_INLINE void add(state *s, double x) {
#if defined(SG_KERNEL_F64)
  const double before = s->sum, sum = before + x, added = sum - before;
  s->rest += (before - (sum - added)) + (x - added);
#endif
  s->sum += x;
}

ALWAYS_INLINE double sum_of(const state *s) {
#if defined(SG_KERNEL_F64)
  return fabs(s->sum) <= DBL_MAX ? s->sum + s->rest : s->sum;
#else
  return s->sum;
#endif
}

// What x adds to sum of exp(x - largest); `before` is what was there.
ALWAYS_INLINE double add_exponential(state *s, double x, double *before) {
  double term = 1;
  if (x > s->largest) {
    const double shrunk = exp(s->largest - x);
    s->sum *= shrunk;
    s->rest *= shrunk;
    s->largest = x;
  } else if (x != s->largest) {
    term = exp(x - s->largest);
  }
  *before = sum_of(s);
  add(s, term);
  return term;
}

typedef void step(state *s, const real *x, real *y, real *y2);

ALWAYS_INLINE void step_sum(state *s, const real *x, real *y, real *y2) {
  (void)y2;
  add(s, (double)*x);
  *y = (real)sum_of(s);
}

ALWAYS_INLINE void step_product(state *s, const real *x, real *y, real *y2) {
  (void)y2;
  s->product = scaled_times(s->product, (double)*x);
  *y = (real)scaled_value(s->product);
}

ALWAYS_INLINE void step_log_sum(state *s, const real *x, real *y, real *y2) {
  double before;
  (void)y2;
  add_exponential(s, (double)*x, &before);
  *y = (real)(s->largest + log(sum_of(s)));
}

// Where all x so far are -infinity, both are 0.
ALWAYS_INLINE void step_log_sum_slopes(state *s, const real *x, real *y, real *y2) {
  double before;
  const double term = add_exponential(s, (double)*x, &before), sum = sum_of(s);
  const bool none = s->largest == -(double)INFINITY && sum == sum;
  *y = (real)(none ? 0 : term / sum);
  *y2 = (real)(none ? 0 : before / sum);
}

// ---- Walking ------------------------------------------------------------------------------------------

ALWAYS_INLINE void scan(step *take, const scan_arguments *a, walk w, state *states) {
  const real *x = (const real *)a->x + w.start;
  real *y = (real *)a->y + w.start, *y2 = a->y2 ? (real *)a->y2 + w.start : NULL;
  if (w.width == 1) {
    state s = beginning;
    for (int64_t k = 0, at = 0; k < a->count; k++, at += w.step) take(&s, x + at, y + at, y2 ? y2 + at : NULL);
    states[0] = s;
    return;
  }
  for (int64_t i = 0; i < w.width; i++) states[i] = beginning;
  for (int64_t k = 0, row = 0; k < a->count; k++, row += w.step)
    for (int64_t i = 0, at = row; i < w.width; i++, at++) take(&states[i], x + at, y + at, y2 ? y2 + at : NULL);
}

ALWAYS_INLINE void run(step *take, const void *arguments, int64_t begin, int64_t end) {
  const scan_arguments *a = arguments;
  state states[SCAN_STRIP];
  for (int64_t item = begin; item < end; item++)
    scan(take, a, walk_of(item, a->count, a->inner, a->reverse), states);
}

#if defined(SG_KERNEL_F64)
// A sum that is a number of double is one, though one before it was none.
static void mend_sum(const scan_arguments *a, walk w, int64_t line) {
  long double sum = 0;
  for (int64_t k = 0, at = w.start + line; k < a->count; k++, at += w.step) {
    sum += (long double)((const double *)a->x)[at];
    ((double *)a->y)[at] = (double)sum;
  }
}
#endif

static void run_sum(const void *arguments, int64_t begin, int64_t end) {
  const scan_arguments *a = arguments;
  state states[SCAN_STRIP];
  for (int64_t item = begin; item < end; item++) {
    const walk w = walk_of(item, a->count, a->inner, a->reverse);
    scan(step_sum, a, w, states);
#if defined(SG_KERNEL_F64)
    for (int64_t i = 0; i < w.width; i++)
      if (!(fabs(states[i].sum) <= DBL_MAX)) mend_sum(a, w, i);
#endif
  }
}

static void run_product(const void *arguments, int64_t begin, int64_t end) {
  run(step_product, arguments, begin, end);
}
static void run_log_sum(const void *arguments, int64_t begin, int64_t end) {
  run(step_log_sum, arguments, begin, end);
}
static void run_log_sum_slopes(const void *arguments, int64_t begin, int64_t end) {
  run(step_log_sum_slopes, arguments, begin, end);
}

// ---- Recurrences --------------------------------------------------------------------------------------

ALWAYS_INLINE void recurrence_along(const recurrence_arguments *r, walk w, int64_t width, double *restrict last) {
  const real *restrict a = (const real *)r->a + w.start, *restrict b = (const real *)r->b + w.start;
  real *restrict y = (real *)r->y + w.start;
  for (int64_t i = 0; i < width; i++) {
    last[i] = (double)b[i];
    y[i] = b[i];
  }
  for (int64_t k = 1, row = w.step; k < r->count; k++, row += w.step)
    for (int64_t i = 0; i < width; i++) {
      last[i] = (double)b[row + i] + (double)a[row + i] * last[i];
      y[row + i] = (real)last[i];
    }
}

// What arrives at y_i is rounded before it is multiplied where it is a result of its own; of a product, where it is
// none, it may be beyond the range of `real`.
ALWAYS_INLINE void adjoint_along(const recurrence_arguments *r, walk w, int64_t width, double *restrict arriving) {
  const real *restrict a = (const real *)r->a + w.start, *restrict d_y = (const real *)r->d_y + w.start;
  const real *restrict y = (const real *)r->y + w.start;
  real *restrict d_a = r->d_a ? (real *)r->d_a + w.start : NULL;
  real *restrict d_b = r->d_b ? (real *)r->d_b + w.start : NULL;
  for (int64_t k = 0, row = 0; k < r->count; k++, row += w.step) {
    for (int64_t i = 0; i < width; i++)
      arriving[i] = (double)d_y[row + i] + (k > 0 ? (double)a[row - w.step + i] * arriving[i] : 0);
    for (int64_t i = 0; d_b && i < width; i++) d_b[row + i] = (real)arriving[i];
    if (!d_a) continue;
    if (k + 1 < r->count)
      for (int64_t i = 0; i < width; i++) {
        const double d_y_i = r->one_before ? arriving[i] : (double)(real)arriving[i];
        d_a[row + i] = (real)(d_y_i * (double)y[row + w.step + i]);
      }
    else
      for (int64_t i = 0; i < width; i++) d_a[row + i] = r->one_before ? (real)arriving[i] : 0;
  }
}

typedef void along(const recurrence_arguments *r, walk w, int64_t width, double *restrict carried);

ALWAYS_INLINE void recur(along *go, const recurrence_arguments *r, bool reverse, int64_t begin, int64_t end) {
  for (int64_t item = begin; item < end; item++) {
    const walk w = walk_of(item, r->count, r->inner, reverse);
    double one, carried[SCAN_STRIP];
    if (w.width == 1)
      go(r, w, 1, &one);
    else
      go(r, w, w.width, carried);
  }
}

static void recurrence(const void *arguments, int64_t begin, int64_t end) {
  const recurrence_arguments *r = arguments;
  recur(recurrence_along, r, r->reverse, begin, end);
}

static void adjoint(const void *arguments, int64_t begin, int64_t end) {
  const recurrence_arguments *r = arguments;
  recur(adjoint_along, r, !r->reverse, begin, end);
}

extern const scan_kernels VARIANT(scan);
const scan_kernels VARIANT(scan) = {
    .run = {[SCAN_SUM] = run_sum,
            [SCAN_PRODUCT] = run_product,
            [SCAN_LOG_SUM] = run_log_sum,
            [SCAN_LOG_SUM_SLOPES] = run_log_sum_slopes},
    .recurrence = recurrence,
    .adjoint = adjoint,
};

#elif defined(SG_KERNEL_I64)

// ---- Integers, modulo 2^64 ----------------------------------------------------------------------------

ALWAYS_INLINE void run_of(scan_kind kind, const void *arguments, int64_t begin, int64_t end) {
  const scan_arguments *a = arguments;
  uint64_t state[SCAN_STRIP];
  for (int64_t item = begin; item < end; item++) {
    const walk w = walk_of(item, a->count, a->inner, a->reverse);
    const uint64_t *x = (const uint64_t *)a->x + w.start;
    uint64_t *y = (uint64_t *)a->y + w.start;
    for (int64_t i = 0; i < w.width; i++) state[i] = kind == SCAN_PRODUCT;
    for (int64_t k = 0, row = 0; k < a->count; k++, row += w.step)
      for (int64_t i = 0; i < w.width; i++) {
        state[i] = kind == SCAN_PRODUCT ? state[i] * x[row + i] : state[i] + x[row + i];
        y[row + i] = state[i];
      }
  }
}

static void run_sum(const void *arguments, int64_t begin, int64_t end) { run_of(SCAN_SUM, arguments, begin, end); }
static void run_product(const void *arguments, int64_t begin, int64_t end) {
  run_of(SCAN_PRODUCT, arguments, begin, end);
}

extern const scan_kernels VARIANT(scan);
const scan_kernels VARIANT(scan) = {.run = {[SCAN_SUM] = run_sum, [SCAN_PRODUCT] = run_product}};

#else

extern const scan_kernels VARIANT(scan);
const scan_kernels VARIANT(scan) = {.recurrence = NULL};

#endif
