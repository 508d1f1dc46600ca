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
ALWAYS_INLINE real one_of(real a, real b) { return (void)a, (void)b, 1; }

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

// With P(b) = b (b - 1) ... (b - k + 1) and l = log(a), the derivative of a^b, k times by a and n times by b, is
//
//   a^(b - k) h,   h = sum over j of n! / (n - j)! P_j l^(n - j),   P(b + t) = sum over j of P_j t^j
ALWAYS_INLINE vreal pow_derivative_factor(vreal b, vreal logarithm, int k, int n) {
  vreal coefficient[POW_ORDERS + 1]; // P_j
  coefficient[0] = vector_splat(1);
  for (int j = 1; j <= n; j++) coefficient[j] = vector_splat(0);
  for (int i = 0; i < k; i++) {
    for (int j = n; j > 0; j--) coefficient[j] = coefficient[j] * (b - (real)i) + coefficient[j - 1];
    coefficient[0] *= b - (real)i;
  }
  vreal h = coefficient[0];
  real falling = 1; // n! / (n - j)!
  for (int j = 1; j <= n; j++) {
    falling *= (real)(n - j + 1);
    // A term with a factor of 0 is not there, even if the other one is infinite.
    vmask absent = (vmask)(h == 0) | (vmask)(logarithm == 0);
    h = vector_select(absent, vector_splat(0), h * logarithm) + falling * coefficient[j];
  }
  return h;
}

// Where a is an ordinary number, the exponent is lowered to at least -1/2, which loses no digit of it, and a^b is
// divided by a for the rest, last: a^(b - k) alone may overflow where h is small. Elsewhere limits are meant: 0
// where one factor is 0. The convention 0^0 = 1 is taken for a constant, as in PyTorch.
ALWAYS_INLINE vreal pow_derivative_of(vreal a, vreal b, int k, int n) {
  const vreal zero = vector_splat(0);
  const real first_all_even = (real)(sizeof(real) == 4 ? 0x1p24 : 0x1p53);
  vreal logarithm = n ? vector_log(a) : zero, h = pow_derivative_factor(b, logarithm, k, n);
  vreal exponent = b, divisions = zero;
  vmask even = (vmask)(vector_abs(b) >= first_all_even),
        limit = (vmask)(a == 0) | (vmask)(vector_abs(a) == (real)INFINITY);
  for (int i = 0; i < k; i++) {
    vmask lower = limit | even | (vmask)(exponent >= (real)0.5);
    divisions = vector_select(lower, divisions, divisions + 1);
    exponent = vector_select(lower, exponent - 1, exponent);
  }
  // A large b is even, and the exponent k less can no longer be told from it: k alone decides on the sign.
  vreal p = vector_pow(vector_select(even, vector_abs(a), a), exponent);
  if (k % 2) p = vector_select(even & (vmask)(a < 0), -p, p);
  vmask vanishes = (vmask)(p == 0) & (vmask)(logarithm == logarithm) & (vmask)(b == b);
  vreal y = vector_select((vmask)(h == 0) | vanishes, zero, p * h);
  for (int i = 0; i < k; i++) y = vector_select((vmask)(divisions > (real)i) & (vmask)(h != 0), y / a, y);
  return k + n == 0 ? p : vector_select((vmask)(a == 0) & (vmask)(b == 0), zero, y);
}

// One small whole exponent for the whole row: P(b) a^(b - k).
ALWAYS_INLINE void scaled_power_row(const binary_arguments *g, row r) {
  real exponent = r.b[0], factor = 1;
  for (int i = 0; i < g->order[0]; i++, exponent -= 1) factor *= exponent;
  row power = r;
  power.b = &exponent;
  if (exponent == 0 || factor == 0)
    map(one_of, g, power);
  else
    pow_row(NULL, g, power);
#pragma omp simd
  for (int64_t i = 0; i < r.count; ++i) r.y[i] = factor == 0 ? 0 : r.y[i] * factor;
}

ALWAYS_INLINE void pow_derivative_row(pair_function *f, const binary_arguments *g, row r) {
  (void)f;
  const int k = g->order[0], n = g->order[1];
  const real b_0 = r.b[0];
  if (n == 0 && r.b_stride == 0 && (b_0 == -1 || b_0 == 1 || b_0 == 2 || b_0 == 3)) {
    scaled_power_row(g, r);
    return;
  }
  const vreal first_a = vector_splat(r.a[0]), first_b = vector_splat(b_0);
  for (int64_t i = 0; i < r.count; i += VECTOR_LANES) {
    const int64_t left = r.count - i;
    const bool whole = left >= VECTOR_LANES;
    vreal a = !r.a_stride ? first_a : whole ? vector_load(r.a + i) : vector_load_part(r.a + i, left, 1);
    vreal b = !r.b_stride ? first_b : whole ? vector_load(r.b + i) : vector_load_part(r.b + i, left, 1);
    vreal y = pow_derivative_of(a, b, k, n);
    if (whole)
      vector_store(r.y + i, y);
    else
      vector_store_part(r.y + i, y, left);
  }
}
static void pow_derivative(const void *g, int64_t begin, int64_t end) {
  walk(pow_derivative_row, NULL, g, begin, end);
}

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
    .pow_derivative = pow_derivative,
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
