// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of exp(x^2) erfc(x), which are (-2)^n n! times its repeated integrals: with t_n = exp(x^2) i^n
// erfc(x), t_(n - 2) = 2 n t_n + 2 x t_(n - 1) and t_(-1) = 2 / sqrt(pi), Abramowitz and Stegun 7.2.
#include <math.h>

#include "ops/kernels/erfcx_polynomials.h"
#include "ops/ops.h"
#include "ops/special/derived.h"

#define TWO_OVER_ROOT_OF_PI 1.12837916709551257389615890312154517L

// From t_0 on, where the terms have one sign or few digits are lost.
static long double forward(long double x, int order) {
  long double before = TWO_OVER_ROOT_OF_PI, t = expl(x * x) * erfcl(x);
  for (int n = 1; n <= order; n++) {
    const long double next = (before - 2 * x * t) / (2 * n);
    before = t;
    t = next;
  }
  return t;
}

// The t_n are the solution that falls: back from far beyond, and scaled by t_(-1) (Gautschi 1961, Recursive
// computation of the repeated integrals of the error function).
static long double backward(long double x, int order) {
  const long double reach = 24 / x + 6;
  long double after = 0, t = 1e-4000L, wanted = 0;
  for (int n = order + 20 + (int)(reach * reach / 2); n >= 0; n--) { // t is t_n
    if (n == order) wanted = t;
    const long double next = 2 * (n + 1) * after + 2 * x * t;
    after = t;
    t = next;
  }
  return wanted / t * TWO_OVER_ROOT_OF_PI;
}

static long double repeated_integral(long double x, int order) {
  if (x < -200) return HUGE_VALL;
  if (x < 0.8L) return forward(x, order);
  return x > 1e10L ? TWO_OVER_ROOT_OF_PI / powl(2 * x, order + 1) : backward(x, order);
}

// In q = (x - 3) / (x + 3), even and odd powers side by side; an odd number of coefficients.
static double polynomial(const double *coefficient, int count, double x) {
  const double q = 1 - 6 / (x + 3), square = q * q;
  double even = coefficient[count - 1], odd = 0;
  for (int k = count - 2; k > 0; k -= 2) {
    odd = odd * square + coefficient[k];
    even = even * square + coefficient[k - 1];
  }
  return even + q * odd;
}

// Of order 0 and 1: polynomials for |x|, and below 0 what 2 exp(x^2) and its slope have beside.
static double value_or_slope(double x, int order) {
  static const double of_value[] = {ERFCX_POLYNOMIAL}, of_fall[] = {ERFCX_FALL_POLYNOMIAL};
  const double size = fabs(x), exponential = x >= 0 ? 0 : (double)expl((long double)x * (long double)x);
  if (order == 1)
    return (x < 0 ? 4 * x * exponential : 0) -
           polynomial(of_fall, sizeof of_fall / sizeof *of_fall, size) / (1 + size) / (1 + size);
  const double y = 0.5 * polynomial(of_value, sizeof of_value / sizeof *of_value, size) / (0.5 + size);
  return x < 0 ? 2 * exponential - y : y;
}

double sg_erfcx_value(const double *at, const void *options) {
  const int order = (int)((const sg_derived *)options)->order;
  if (isnan(at[0])) return at[0];
  if (order < 2) return value_or_slope(at[0], order);
  long double y = repeated_integral((long double)at[0], order);
  for (int n = 1; n <= order; n++) y *= -2 * n;
  return (double)y;
}

const sg_op op_erfcx_derivative = {
    SG_DERIVATIVE(erfcx_derivative, sg_erfcx_value, sg_erfcx_derivative),
    SG_WORDS("A derivative of the scaled complementary error function.",
             "y = d^n/dx^n exp(x^2) erfc(x) = 2 / sqrt(pi) * integral of (-2 t)^n exp(-t^2 - 2 x t) over t >= 0",
             "Abramowitz and Stegun 7.2"),
    .samples = SG_SAMPLES(
        {"once", SG_ON(SG_UNIFORM(-2, 9, SG_DIMS(3, 4)))},
        {"three times", SG_ON(SG_UNIFORM(-2, 9, SG_DIMS(6))), SG_WITH(sg_derived, 3, sg_erfcx_derivative)},
        {"not at all", SG_ON(SG_UNIFORM(-2, 9, SG_DIMS(6))), SG_WITH(sg_derived, 0, sg_erfcx_derivative)},
        {"large", SG_ON(SG_UNIFORM(9, 100, SG_DIMS(4)))}),
};

sg_tensor *sg_erfcx_derivative(sg_context *context, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_erfcx_derivative, 1, &x, &(sg_derived){order, sg_erfcx_derivative});
}
