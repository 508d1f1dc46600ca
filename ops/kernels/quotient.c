// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of g a / b by b: with n their order
//
//   y = (-1)^n n! g a / b^(n + 1)
//
// computed as g (a r) r / b / b ... with r = 1 / b, where after the first two products the numbers go one way,
// towards the result. So none leaves the range unless r, a r, g (a r) or the result does; in the first three cases
// the element is odd and computed once more, with the exponents apart.
#include "ops/kernels/row_map.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

#ifdef SG_KERNEL_F32
static const real smallest = FLT_MIN, largest = FLT_MAX;
#else
static const real smallest = DBL_MIN, largest = DBL_MAX;
#endif

ALWAYS_INLINE int is_no_normal(real x) {
  const real size = x < 0 ? -x : x;
  return !((size >= smallest) & (size <= largest));
}

ALWAYS_INLINE int is_odd(real g, real a, real r) {
  const real quotient = a * r;
  return is_no_normal(r) | ((a != 0) & (is_no_normal(quotient) | ((g != 0) & is_no_normal(g * quotient))));
}

// The first steps of a row, to order 0 or 1; the strides are constants where this is called. Whether an element is
// odd.
ALWAYS_INLINE bool begin(const sg_row *row, bool first, int64_t g_stride, int64_t a_stride, int64_t b_stride) {
  const real *g = row->operand[0], *a = row->operand[1], *b = row->operand[2];
  real *y = row->result[0];
  int odd = 0;
#pragma omp simd reduction(| : odd)
  for (int64_t i = 0; i < row->count; i++) {
    const real g_i = g[i * g_stride], a_i = a[i * a_stride], r = 1 / b[i * b_stride];
    y[i] = g_i * (a_i * r) * (first ? -r : 1);
    odd |= is_odd(g_i, a_i, r);
  }
  return odd;
}

// The further steps. What has lost digits below the smallest normal number, to be multiplied by the factor, is odd.
static bool go_on(const sg_row *row, int order) {
  const real *b = row->operand[2];
  real *y = row->result[0], factor = 1;
  int odd = 0;
  for (int k = 2; k <= order; k++) {
    factor *= (real)-k;
    for (int64_t i = 0; i < row->count; i++) y[i] /= b[i * row->stride[2]];
  }
  for (int64_t i = 0; i < row->count; i++) {
    odd |= is_no_normal(y[i]);
    y[i] *= factor;
  }
  return odd;
}

static void mend(const sg_row *row, int order) {
  const real *g = row->operand[0], *a = row->operand[1], *b = row->operand[2];
  real *y = row->result[0];
  double factor = 1;
  for (int k = 1; k <= order; k++) factor *= -k;
  const double small = order > 1 ? (double)smallest * fabs(factor) : 0;
  for (int64_t i = 0; i < row->count; i++) {
    const real g_i = g[i * row->stride[0]], a_i = a[i * row->stride[1]], b_i = b[i * row->stride[2]];
    if (!is_odd(g_i, a_i, 1 / b_i) && !(fabs((double)y[i]) < small)) continue;
    if (b_i == 0 || !isfinite(g_i) || !isfinite(a_i) || !isfinite(b_i)) continue;
    int g_exponent, a_exponent, b_exponent;
    double fraction = factor * frexp((double)g_i, &g_exponent) * frexp((double)a_i, &a_exponent);
    const double divisor = frexp((double)b_i, &b_exponent);
    for (int k = 0; k <= order; k++) fraction /= divisor;
    y[i] = (real)ldexp(fraction, g_exponent + a_exponent - (order + 1) * b_exponent);
  }
}

static void derivative(const sg_row *row, int order) {
  const int64_t *stride = row->stride;
  bool odd;
  if (order > 0 && stride[0] && stride[1] && stride[2])
    odd = begin(row, true, 1, 1, 1);
  else if (order > 0 && stride[0] && stride[1])
    odd = begin(row, true, 1, 1, 0);
  else
    odd = begin(row, order > 0, stride[0], stride[1], stride[2]);
  if (order > 1) odd |= go_on(row, order);
  if (odd) mend(row, order);
}

// parameter: the order, an int64_t of at most POW_ORDERS. Through a buffer, as y may be g, a or b, which are read
// again after y is first written.
void VARIANT(div_derivative_row)(const sg_row *row) {
  enum { CHUNK = 256 };
  real buffer[CHUNK];
  sg_row part = *row;
  part.result[0] = buffer;
  for (int64_t start = 0; start < row->count; start += CHUNK) {
    part.count = row->count - start < CHUNK ? row->count - start : CHUNK;
    for (int k = 0; k < 3; k++) part.operand[k] = (const real *)row->operand[k] + start * row->stride[k];
    derivative(&part, (int)*(const int64_t *)row->parameter);
    memcpy((real *)row->result[0] + start, buffer, (size_t)part.count * sizeof *buffer);
  }
}
