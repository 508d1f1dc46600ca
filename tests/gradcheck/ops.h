// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops of the checker's own tests, some of them wrong on purpose. The checker must not depend on the real ones.
#ifndef SELENOGRAD_TESTS_GRADCHECK_OPS_H
#define SELENOGRAD_TESTS_GRADCHECK_OPS_H

#include "autograd/op.h"

typedef enum map_function {
  MAP_SINE,
  MAP_EXP,
  MAP_SQUARE,
  MAP_CUBE,
  MAP_RELU,
  MAP_ABS,
  MAP_SQRT,
  MAP_POWER_3_2, // x^1.5, not a number below 0
  MAP_RECIPROCAL,
  MAP_LINEAR,
  MAP_STEP_BACK,    // x for x < 0, 2 x above, with the wrong derivative 3 at 0
  MAP_CANCELLING,   // (x + 1e6) - 1e6
  MAP_FEW_DIGITS,   // sin in f32
  MAP_UNUSED,       // 7
  MAP_LATE_MISTAKE, // exp, whose third derivative is wrong
} map_function;

typedef struct map_options {
  int function;
  int derivative; // how often it was differentiated
  double scale;   // y = scale * F(x / scale)
  double mistake; // relative error of the derivative
} map_options;

typedef enum norm_mistake {
  NORM_RIGHT,
  NORM_NO_MEAN_TERM,
  NORM_NO_XHAT_TERM,
  NORM_NO_EPS,
  NORM_N_MINUS_1,
  NORM_FLIPPED,
  NORM_ONE_DOUBLED,
  NORM_ONE_FLIPPED,
  NORM_ONE_SLIGHTLY, // wrong by 0.002
} norm_mistake;

typedef struct norm_options {
  int mistake;
  double eps;
} norm_options;

typedef struct product_options {
  bool transposed; // the mistake
} product_options;

extern const sg_op op_map, op_plain_add, op_plain_mul, op_plain_sum, op_norm, op_product, op_wrong_shape;
extern const sg_op *const gradcheck_ops[];

#endif
