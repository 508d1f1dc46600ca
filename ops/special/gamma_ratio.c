// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/special/gamma_ratio.h"

#include <math.h>

static long double log_gamma(long double a) {
  int sign;
  return lgammal_r(a, &sign);
}

// That of a double, where its digits are enough.
static long double of_double(double a) {
  int sign;
  return (long double)lgamma_r(a, &sign);
}

// The sum over k of B_2k / (2 k (2 k - 1) a^(2 k - 1)).
long double sg_stirling_rest(long double a) {
  static const long double coefficient[] = {1 / 12.0L,   -1 / 360.0L,      1 / 1260.0L, -1 / 1680.0L,
                                            1 / 1188.0L, -691 / 360360.0L, 1 / 156.0L};
  const long double square = 1 / a / a;
  long double sum = 0;
  for (int k = 6; k >= 0; k--) sum = sum * square + coefficient[k];
  return sum / a;
}

// Around 0 by the series -gamma a + the sum over k of zeta(k) (-a)^k / k.
long double sg_log_gamma_1p(long double a) {
  static const long double zeta[] = {1.64493406684822643647L, 1.20205690315959428540L, 1.08232323371113819152L,
                                     1.03692775514336992633L, 1.01734306198444913971L};
  if (a > 0.1L) return of_double(1 + (double)a);
  if (a > 1e-3L) return log_gamma(1 + a);
  long double sum = 0;
  for (int k = 6; k > 1; k--) sum = (zeta[k - 2] / k - sum) * a;
  return (sum - 0.57721566490153286060651209008240243L) * a;
}

// With u = x / a - 1 and s = u / (2 + u), log(1 + u) is 2 (s + s^3 / 3 + s^5 / 5 + ...), and u is 2 s / (1 - s).
long double sg_log_less_slope(long double x, long double a) {
  const long double u = (x - a) / a;
  if (u < -0.4L || u > 0.6L) return logl(x / a) - u;
  const long double s = u / (2 + u);
  long double sum = 0;
  for (int k = 33; k > 1; k -= 2) sum = sum * (s * s) + 1.0L / k;
  return 2 * s * s * (s * sum - 1 / (1 - s));
}

long double sg_log_gamma_ratio(long double a, long double b) {
  if (a < 20) return log_gamma(a) - log_gamma(a + b);
  const long double sum = a + b;
  return b - (a - 0.5L) * log1pl(b / a) - b * logl(sum) + sg_stirling_rest(a) - sg_stirling_rest(sum);
}
