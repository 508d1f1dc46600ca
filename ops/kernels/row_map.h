// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a function of one or two elements becomes a row: inlined, so that the function dissolves into the loop.
#ifndef SELENOGRAD_KERNELS_ROW_MAP_H
#define SELENOGRAD_KERNELS_ROW_MAP_H

#include "ops/kernels/real.h"
#include "ops/kernels/row.h"

#include <math.h>
#include <string.h>

#define ROW(name) sg_row_function VARIANT(name##_row);
#define FLOATING_ROW(name) ROW(name)
#define ANY_ROW(name) ROW(name)
#include "ops/kernels/row_list.h"
#undef ROW
#undef FLOATING_ROW
#undef ANY_ROW

// What integers are added and multiplied in, modulo 2^64: their own overflow is undefined.
#if defined(SG_KERNEL_I64)
typedef uint64_t ring;
#else
typedef real ring;
#endif

typedef real scalar_function(real x);
typedef real scalar_function_2(real a, real b);

#if defined(SG_KERNEL_F32)
ALWAYS_INLINE real sqrt_of(real x) { return sqrtf(x); }
#elif defined(SG_KERNEL_F64)
ALWAYS_INLINE real sqrt_of(real x) { return sqrt(x); }
#endif

// Number k of a parameter that is doubles.
ALWAYS_INLINE real parameter_of(const sg_row *row, int k) { return (real)((const double *)row->parameter)[k]; }

// y = f(x). The operands of a function of one element, and of its derivative, have one shape: they are dense.
ALWAYS_INLINE void map_scalar(scalar_function *f, const sg_row *row) {
  const real *x = row->operand[0];
  real *y = row->result[0];
  const int64_t count = row->count;
#pragma omp simd
  for (int64_t i = 0; i < count; i++) y[i] = f(x[i]);
}

// d_x = f(x or y, d_y)
ALWAYS_INLINE void map_slope(scalar_function_2 *f, const sg_row *row) {
  const real *saved = row->operand[0], *d_y = row->operand[1];
  real *d_x = row->result[0];
  const int64_t count = row->count;
#pragma omp simd
  for (int64_t i = 0; i < count; i++) d_x[i] = f(saved[i], d_y[i]);
}

// The same with one or two numbers as parameters of the function.
typedef real scalar_function_with(real x, real p, real q);
typedef real slope_function_with(real x, real d_y, real p, real q);

ALWAYS_INLINE void map_scalar_with(scalar_function_with *f, const sg_row *row, int parameters) {
  const real p = parameter_of(row, 0), q = parameters > 1 ? parameter_of(row, 1) : 0, *x = row->operand[0];
  real *y = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) y[i] = f(x[i], p, q);
}

ALWAYS_INLINE void map_slope_with(slope_function_with *f, const sg_row *row, int parameters) {
  const real p = parameter_of(row, 0), q = parameters > 1 ? parameter_of(row, 1) : 0;
  const real *saved = row->operand[0], *d_y = row->operand[1];
  real *d_x = row->result[0];
#pragma omp simd
  for (int64_t i = 0; i < row->count; i++) d_x[i] = f(saved[i], d_y[i], p, q);
}

// y = f(a, b), each dense or one number.
ALWAYS_INLINE void map_scalar_2(scalar_function_2 *f, const sg_row *row) {
  const real *a = row->operand[0], *b = row->operand[1];
  real *y = row->result[0];
  const int64_t count = row->count;
  if (row->stride[0] && row->stride[1]) {
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b[i]);
  } else if (row->stride[0]) {
    const real b_0 = b[0];
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a[i], b_0);
  } else {
    const real a_0 = a[0];
    const int64_t stride = row->stride[1];
#pragma omp simd
    for (int64_t i = 0; i < count; i++) y[i] = f(a_0, b[i * stride]);
  }
}

#endif
