// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_UNARY_H
#define SELENOGRAD_KERNELS_UNARY_H

#include "autograd/kernel.h"

// y = f(x), or, for a derivative, d_x = d_y * f'(x): then x is what the op saved (its input or its output),
// d_y is set, and y stands for d_x.
typedef struct unary_arguments {
  const void *x, *d_y;
  void *y;
  double parameter[2];
} unary_arguments;

typedef struct unary_function {
  sg_kernel *forward;
  sg_kernel *backward; // NULL where the derivative is a single product or quotient anyway
} unary_function;

typedef struct unary_kernels {
  unary_function exp, log, sin, cos, tanh, sigmoid, sigmoid_slope;
  unary_function neg, abs, sign, square, sqrt, rsqrt, relu;
  unary_function clamp;      // parameters: the lower and the upper bound
  unary_function leaky_relu; // parameter: the slope for x < 0
  unary_function softplus;   // parameter: beta
  unary_function silu, erf, erfc, gelu, gelu_tanh;
} unary_kernels;

#endif
