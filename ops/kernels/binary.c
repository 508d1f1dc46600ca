// SPDX-License-Identifier: GPL-3.0-or-later
//
// Functions of two elements, and the choice between two elements, of tensors that broadcast to one shape.
#include "ops/kernels/binary.h"
#include "ops/kernels/vector_math.h"
#include <stdbool.h>

typedef real pair_function(real a, real b);

// Part of a row: a stride is 1, or 0 for an operand that is one number.
typedef struct row {
  const real *a, *b;
  int64_t a_stride, b_stride;
  real *y;
  int64_t count;
} row;

typedef void row_function(pair_function *f, const binary_arguments *g, row r);

// The elements from `position` of the result on, `count` of them, in the row whose operands start at a and b.
ALWAYS_INLINE row row_part(const binary_arguments *g, int64_t a, int64_t b, int64_t column, int64_t position,
                           int64_t count) {
  const int64_t a_stride = g->layout.inner_stride[0], b_stride = g->layout.inner_stride[1];
  return (row){
      .a = (const real *)g->a + a + column * a_stride,
      .b = (const real *)g->b + b + column * b_stride,
      .a_stride = a_stride,
      .b_stride = b_stride,
      .y = (real *)g->y + position,
      .count = count,
  };
}

ALWAYS_INLINE void walk(row_function *compute, pair_function *f, const void *arguments, int64_t begin,
                        int64_t end) {
  const binary_arguments *g = arguments;
  if (g->layout.rank == 0) {
    compute(f, g, row_part(g, 0, 0, begin, begin, end - begin));
    return;
  }
  broadcast_cursor cursor = broadcast_start(&g->layout, begin);
  for (;;) {
    int64_t left = g->layout.inner - cursor.column, count = left < end - begin ? left : end - begin;
    compute(f, g, row_part(g, cursor.offset[0], cursor.offset[1], cursor.column, begin, count));
    begin += count;
    if (begin >= end) return;
    broadcast_next_row(&g->layout, &cursor);
  }
}

ALWAYS_INLINE void map(pair_function *f, const binary_arguments *g, row r) {
  (void)g;
  const real *a = r.a, *b = r.b;
  real *y = r.y;
  if (r.a_stride && r.b_stride) {
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a[i], b[i]);
  } else if (r.a_stride) {
    const real b_0 = b[0];
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a[i], b_0);
  } else {
    const real a_0 = a[0];
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i) y[i] = f(a_0, b[i]);
  }
}

// ---- Arithmetic -------------------------------------------------------------------------------------

ALWAYS_INLINE real add_of(real a, real b) { return a + b; }
ALWAYS_INLINE real sub_of(real a, real b) { return a - b; }
ALWAYS_INLINE real mul_of(real a, real b) { return a * b; }
ALWAYS_INLINE real div_of(real a, real b) { return a / b; }
// A NaN on either side gives NaN.
ALWAYS_INLINE real maximum_of(real a, real b) { return ((a > b) | (a != a)) ? a : b; }
ALWAYS_INLINE real minimum_of(real a, real b) { return ((a < b) | (a != a)) ? a : b; }
ALWAYS_INLINE real gt_of(real a, real b) { return a > b ? 1 : 0; }
ALWAYS_INLINE real ge_of(real a, real b) { return a >= b ? 1 : 0; }
ALWAYS_INLINE real lt_of(real a, real b) { return a < b ? 1 : 0; }
ALWAYS_INLINE real le_of(real a, real b) { return a <= b ? 1 : 0; }
ALWAYS_INLINE real eq_of(real a, real b) { return a == b ? 1 : 0; }
ALWAYS_INLINE real ne_of(real a, real b) { return a != b ? 1 : 0; }

static void add(const void *g, int64_t begin, int64_t end) { walk(map, add_of, g, begin, end); }
static void sub(const void *g, int64_t begin, int64_t end) { walk(map, sub_of, g, begin, end); }
static void mul(const void *g, int64_t begin, int64_t end) { walk(map, mul_of, g, begin, end); }
static void quotient(const void *g, int64_t begin, int64_t end) { walk(map, div_of, g, begin, end); }
static void maximum(const void *g, int64_t begin, int64_t end) { walk(map, maximum_of, g, begin, end); }
static void minimum(const void *g, int64_t begin, int64_t end) { walk(map, minimum_of, g, begin, end); }
static void gt(const void *g, int64_t begin, int64_t end) { walk(map, gt_of, g, begin, end); }
static void ge(const void *g, int64_t begin, int64_t end) { walk(map, ge_of, g, begin, end); }
static void lt(const void *g, int64_t begin, int64_t end) { walk(map, lt_of, g, begin, end); }
static void le(const void *g, int64_t begin, int64_t end) { walk(map, le_of, g, begin, end); }
static void eq(const void *g, int64_t begin, int64_t end) { walk(map, eq_of, g, begin, end); }
static void ne(const void *g, int64_t begin, int64_t end) { walk(map, ne_of, g, begin, end); }

// ---- a + alpha b ------------------------------------------------------------------------------------

ALWAYS_INLINE void scaled_row(pair_function *f, const binary_arguments *g, row r) {
  (void)f;
  const real alpha = (real)g->alpha;
  if (r.b_stride) {
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i) r.y[i] = r.a[i] + alpha * r.b[i];
  } else {
    const real summand = alpha * r.b[0];
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i) r.y[i] = r.a[i] + summand;
  }
}
// a has the shape of y.
static void add_scaled(const void *g, int64_t begin, int64_t end) { walk(scaled_row, NULL, g, begin, end); }

// ---- Powers -----------------------------------------------------------------------------------------

ALWAYS_INLINE real square_of(real a, real b) { return (void)b, a * a; }
ALWAYS_INLINE real cube_of(real a, real b) { return (void)b, a * a * a; }
ALWAYS_INLINE real reciprocal_of(real a, real b) { return (void)b, 1 / a; }
ALWAYS_INLINE real itself_of(real a, real b) { return (void)b, a; }

// One small whole exponent for the whole row is a product or a quotient.
ALWAYS_INLINE void pow_row(pair_function *f, const binary_arguments *g, row r) {
  (void)f;
  const real exponent = r.b[0];
  if (r.b_stride == 0 && exponent == 2)
    map(square_of, g, r);
  else if (r.b_stride == 0 && exponent == 1)
    map(itself_of, g, r);
  else if (r.b_stride == 0 && exponent == 3)
    map(cube_of, g, r);
  else if (r.b_stride == 0 && exponent == -1)
    map(reciprocal_of, g, r);
  else
    vector_map_2(vector_pow, r.a, r.a_stride, r.b, r.b_stride, r.y, r.count);
}
static void power(const void *g, int64_t begin, int64_t end) { walk(pow_row, NULL, g, begin, end); }

// ---- Choice -----------------------------------------------------------------------------------------

ALWAYS_INLINE void choose_row(const real *condition, const int64_t *integer_condition, int64_t c_stride, row r) {
  const bool integer = integer_condition != NULL;
  if (c_stride == 0) {
    bool chosen = integer ? integer_condition[0] != 0 : condition[0] != 0;
    const real *source = chosen ? r.a : r.b;
    int64_t stride = chosen ? r.a_stride : r.b_stride;
    for (int64_t i = 0; i < r.count; ++i) r.y[i] = source[i * stride];
  } else if (r.a_stride && r.b_stride) {
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i)
      r.y[i] = (integer ? integer_condition[i] != 0 : condition[i] != 0) ? r.a[i] : r.b[i];
  } else if (r.a_stride) {
    const real b_0 = r.b[0];
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i)
      r.y[i] = (integer ? integer_condition[i] != 0 : condition[i] != 0) ? r.a[i] : b_0;
  } else {
    const real a_0 = r.a[0];
#pragma omp simd
    for (int64_t i = 0; i < r.count; ++i)
      r.y[i] = (integer ? integer_condition[i] != 0 : condition[i] != 0) ? a_0 : r.b[r.b_stride * i];
  }
}

ALWAYS_INLINE void choose(bool integer, const void *arguments, int64_t begin, int64_t end) {
  const binary_arguments *g = arguments;
  const int64_t c_stride = g->layout.inner_stride[2];
  broadcast_cursor cursor = broadcast_start(&g->layout, begin);
  for (;;) {
    int64_t left = g->layout.inner - cursor.column, count = left < end - begin ? left : end - begin;
    int64_t c = cursor.offset[2] + cursor.column * c_stride;
    row r = row_part(g, cursor.offset[0], cursor.offset[1], cursor.column, begin, count);
    if (integer)
      choose_row(NULL, (const int64_t *)g->condition + c, c_stride, r);
    else
      choose_row((const real *)g->condition + c, NULL, c_stride, r);
    begin += count;
    if (begin >= end) return;
    broadcast_next_row(&g->layout, &cursor);
  }
}
static void where_real(const void *g, int64_t begin, int64_t end) { choose(false, g, begin, end); }
static void where_integer(const void *g, int64_t begin, int64_t end) { choose(true, g, begin, end); }

const binary_kernels VARIANT(binary) = {
    .add = add,
    .sub = sub,
    .mul = mul,
    .div = quotient,
    .pow = power,
    .maximum = maximum,
    .minimum = minimum,
    .gt = gt,
    .ge = ge,
    .lt = lt,
    .le = le,
    .eq = eq,
    .ne = ne,
    .add_scaled = add_scaled,
    .where_real = where_real,
    .where_integer = where_integer,
};
