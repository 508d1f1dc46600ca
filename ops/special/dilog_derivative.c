// SPDX-License-Identifier: GPL-3.0-or-later
//
// The dilogarithm and its derivatives. With w = x / (x - 1) the one of -log|1 - x| / x, m times, is by Leibniz'
// rule m! / (-1)^m / x^(m + 1) times log|1 - w| + sum over j = 1..m of w^j / j, which for small w is a remainder of
// the logarithm's series.
#include <math.h>

#include "ops/ops.h"
#include "ops/special/derived.h"

#define PI 3.14159265358979323846264338327950288L

// Li_2 for 0 <= x <= 1/2, in u = -log(1 - x): u - u^2 / 4 + the sum over k of B_2k u^(2 k + 1) / (2 k + 1)!
static long double series(long double x) {
  static const long double bernoulli[] = {1 / 6.0L,       -1 / 30.0L,      1 / 42.0L, -1 / 30.0L,
                                          5 / 66.0L,      -691 / 2730.0L,  7 / 6.0L,  -3617 / 510.0L,
                                          43867 / 798.0L, -174611 / 330.0L};
  const long double u = -log1pl(-x);
  long double power = u, sum = u - u * u / 4; // power: u^(2 k + 1) / (2 k + 1)!
  for (int k = 1; k <= (int)(sizeof bernoulli / sizeof *bernoulli); k++) {
    power *= u * u / (2 * k * (2 * k + 1));
    sum += bernoulli[k - 1] * power;
  }
  return sum;
}

// Moved to [0, 1/2]: Landen's, Euler's and the inversion formula.
static long double dilog(long double x) {
  if (x < -1) {
    const long double l = logl(-x);
    return -PI * PI / 6 - l * l / 2 - dilog(1 / x);
  }
  if (x < 0) {
    const long double l = log1pl(-x);
    return -series(x / (x - 1)) - l * l / 2;
  }
  if (x <= 0.5L) return series(x);
  if (x == 1) return PI * PI / 6;
  if (x <= 2) return PI * PI / 6 - logl(x) * logl(fabsl(1 - x)) - dilog(1 - x);
  const long double l = logl(x);
  return PI * PI / 3 - l * l / 2 - dilog(1 / x);
}

// The derivative of -log|1 - x| / x, m times, x not 1.
static long double slope(long double x, int m) {
  const long double w = x / (x - 1);
  long double factor = m % 2 ? -1 : 1, sum = 0;
  for (int k = 2; k <= m; k++) factor *= k;
  if (fabsl(w) < 0.8L) { // the remainder, with w^(m + 1) / x^(m + 1) = 1 / (x - 1)^(m + 1) taken out
    long double power = 1;
    for (int j = m + 1; fabsl(power) > 1e-22L; j++, power *= w) sum += power / j;
    return -factor * sum / powl(x - 1, m + 1);
  }
  long double power = 1;
  for (int j = 1; j <= m; j++) sum += (power *= w) / j;
  sum -= x < 1 ? log1pl(-x) : logl(x - 1);
  for (int k = 0; k <= m; k++) sum /= x;
  return factor * sum;
}

// At 1 both sides of an odd derivative are infinite, and of an even one opposite.
double sg_dilog_value(const double *at, const void *options) {
  const int order = (int)((const sg_derived *)options)->order;
  const double x = at[0];
  if (isnan(x)) return x;
  if (isinf(x)) return order == 0 ? -HUGE_VAL : 0;
  if (order == 0) return x == 0 ? x : (double)dilog((long double)x);
  if (x == 1) return order % 2 ? HUGE_VAL : (double)NAN;
  return (double)slope((long double)x, order - 1);
}

const sg_op op_dilog_derivative = {
    SG_DERIVATIVE(dilog_derivative, sg_dilog_value, sg_dilog_derivative),
    SG_WORDS("A derivative of the dilogarithm; at 1 infinite, and NaN of an even order.",
             "y = d^n/dx^n Li_2(x), with Li_2' = -log|1 - x| / x",
             "Lewin 1981, Polylogarithms and associated functions"),
    .domain = {-2, 0.9},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 0.5, -1)), SG_GIVES(1, 1.3862943611198906188, 0.69314718055994530942)},
        {"three times", SG_ON(SG_UNIFORM(-3, 0.9, SG_DIMS(6))), SG_WITH(sg_derived, 3, sg_dilog_derivative)},
        {"not at all", SG_ON(SG_UNIFORM(-3, 0.9, SG_DIMS(6))), SG_WITH(sg_derived, 0, sg_dilog_derivative)},
        {"above one", SG_ON(SG_UNIFORM(1.1, 9, SG_DIMS(3, 4)))}),
};

sg_tensor *sg_dilog_derivative(sg_context *context, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_dilog_derivative, 1, &x, &(sg_derived){order, sg_dilog_derivative});
}
