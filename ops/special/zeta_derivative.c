// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of Hurwitz' zeta function by q: n times, (-1)^n x (x + 1) ... (x + n - 1) zeta(x + n, q).
#include <math.h>
#include <stdbool.h>

#include "ops/ops.h"
#include "ops/special/zeta.h"

// B_2k / (2 k)!
static const double bernoulli[] = {1 / 12.0,
                                   -1 / 720.0,
                                   1 / 30240.0,
                                   -1 / 1209600.0,
                                   1 / 47900160.0,
                                   -691 / 1307674368000.0,
                                   1 / 74724249600.0,
                                   -3617 / 10670622842880000.0,
                                   43867 / 5109094217170944000.0};
enum { BERNOULLI = sizeof bernoulli / sizeof *bernoulli };

// For q > 0: terms until they vanish or q + k is large, and Euler's and Maclaurin's formula from there.
static double of_positive(double x, double q) {
  double sum = 0;
  for (; q < 8 + x; q++) {
    const double term = pow(q, -x);
    sum += term;
    if (isinf(sum) || term <= 1e-18 * sum) return sum;
  }
  const double power = pow(q, -x);
  sum += power / 2 + (power > 1e-290 ? power * (q / (x - 1)) : pow(q, 1 - x) / (x - 1));
  double factor = power * (x / q); // x (x + 1) ... (x + 2 k - 2) / q^(x + 2 k - 1)
  for (int k = 1; k <= BERNOULLI; k++) {
    sum += bernoulli[k - 1] * factor;
    factor *= (x + 2 * k - 1) / q * ((x + 2 * k) / q);
  }
  return sum;
}

// For q < 0 and whole x, odd or not: the sum over all whole k of (q + k)^-x, which depends on the fraction of q
// alone, without those of k < 0. Where both sides are infinite, the nearer pole decides; halfway an odd x cancels
// them.
static double of_negative(double x, double q, bool odd) {
  const double fraction = q - floor(q), sign = odd ? -1 : 1;
  if (odd && fraction == 0.5) return of_positive(x, 1 - q);
  const double above = of_positive(x, q > -1 ? q + 1 : fraction);
  const double below = sign * (q > -1 ? pow(-q, -x) : of_positive(x, 1 - fraction) - of_positive(x, 1 - q));
  if (isinf(above) && isinf(below)) return (q > -1 ? -q : 1 - fraction) < fraction ? below : above;
  return above + below;
}

// zeta(x + n, q); where x is so large that it swallows n, the sign still depends on it.
static double zeta(double x, int n, double q) {
  const bool odd = fmod(fmod(x, 2) + n, 2) == 1;
  if (q <= 0 && q == floor(q)) return HUGE_VAL;
  if (isinf(x)) return q < 1 ? HUGE_VAL : q == 1 ? 1 : 0;
  if (isinf(q)) return 0;
  return q < 0 ? of_negative(x + n, q, odd) : of_positive(x + n, q);
}

double sg_zeta_value(const double *operands, const void *options) {
  const int n = options ? (int)((const sg_zeta_options *)options)->order : 0;
  const double x = operands[0], q = operands[1];
  const bool pole = q <= 0 && q == floor(q) && !isinf(q);
  const bool outside = q < 0 && !pole && (x != floor(x) || isinf(x) || isinf(q));
  if (isnan(x) || isnan(q) || x < 1) return (double)NAN;
  if (x + n == 1) return HUGE_VAL;
  if (outside) return (double)NAN;
  double y = zeta(x, n, q);
  for (int k = 0; k < n && y != 0; k++) y *= -(x + k);
  return y;
}

static sg_tensor *d_q(const sg_pair *p) {
  const int64_t order = ((const sg_zeta_options *)p->options)->order;
  return sg_mul(p->context, p->d_y, sg_zeta_derivative(p->context, p->a, p->b, order + 1));
}

const sg_op op_zeta_derivative = {
    SG_SCALAR_BINARY(zeta_derivative, .scalar = sg_zeta_value, .d_b = {d_q, SG_READS_A | SG_READS_B}),
    SG_WORDS("A derivative by q of Hurwitz' zeta function of x > 1 and q.",
             "y = d^n/dq^n zeta(x, q) = (-1)^n x (x + 1) ... (x + n - 1) zeta(x + n, q)",
             "Whittaker and Watson, A Course of Modern Analysis, 13.1"),
    SG_ZETA_PORTS,
    SG_OPTIONS(sg_zeta_options, (&(const sg_zeta_options){1}),
               SG_OPTION(sg_zeta_options, order, INT, "how many times, up to 16; default 1",
                         SG_AT_LEAST | SG_AT_MOST, 0, SG_ZETA_ORDERS)),
    .domain = {1.2, 5},
    .samples = SG_SAMPLES({"three times", SG_ON(SG_UNIFORM(1.1, 9, SG_DIMS(4)), SG_UNIFORM(0.5, 9, SG_DIMS(3, 4))),
                           SG_WITH(sg_zeta_options, 3)},
                          {"not at all", SG_ON(SG_UNIFORM(1.1, 9, SG_DIMS(4)), SG_UNIFORM(0.5, 9, SG_DIMS(4))),
                           SG_WITH(sg_zeta_options, 0)},
                          {"negative", SG_ON(SG_VECTOR(2, 3, 5), SG_VECTOR(-0.25, -1.75, -2.5))}),
};

sg_tensor *sg_zeta_derivative(sg_context *context, sg_tensor *x, sg_tensor *q, int64_t order) {
  return sg_apply_one(context, &op_zeta_derivative, 2, (sg_tensor *[]){x, q}, &(sg_zeta_options){order});
}
