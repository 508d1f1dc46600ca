// SPDX-License-Identifier: GPL-3.0-or-later
//
// What elementwise ops are, and their derivatives, in long double: exact enough for f64, and far beyond its range.
#ifndef SELENOGRAD_TEST_ELEMENTWISE_REFERENCE_H
#define SELENOGRAD_TEST_ELEMENTWISE_REFERENCE_H

#include "autograd/op.h"

enum { REFERENCE_INPUTS = 3 };

// A point: one x for each of the op's inputs; parameter[k] is the op's attribute k, a number or a choice.
typedef struct reference_point {
  long double x[REFERENCE_INPUTS], parameter[3];
  int order_2;         // of the derivative by x[2]
  long double largest; // finite number of the dtype
} reference_point;

// The derivative of the value at the point, order_i times by x[i]: at most two times in all. Where it has no
// value, at the edge of the domain, this is the limit from the inside.
typedef long double reference_function(const reference_point *p, int order_0, int order_1);

// The same of a function of one variable without parameters.
typedef long double reference_function_of_x(long double x, int order);

typedef struct reference {
  const char *op;
  reference_function *value;
  // How much larger than itself the error of an intermediate result below the smallest normal number may become
  // in the derivative of that order; NULL: not at all. Infinite: nothing is promised of this point.
  reference_function *underflow;
  reference_function_of_x *of; // in place of `value`
  unsigned refuses_negative;   // bit i: negative numbers as operand i
} reference;

long double reference_value(const reference *r, const reference_point *p, int order_0, int order_1);

// NULL when there is none.
const reference *elementwise_reference(const char *op);

#endif
