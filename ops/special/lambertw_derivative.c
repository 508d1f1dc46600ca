// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of Lambert's W: W^(n) = exp(-n W) p_n(W) / (1 + W)^(2 n - 1), p_1 = 1,
// p_(n + 1)(w) = (1 + w) p_n'(w) - (n w + 3 n - 1) p_n(w).
#include <math.h>
#include <string.h>

#include "ops/ops.h"
#include "ops/special/derived.h"

// 1 + e x, exact to the last digit: e is E_HIGH + E_LOW.
#define E_HIGH 2.71828182845904523542816810799394034L
#define E_LOW -6.78806366412778411717e-20L

// W, and q = 1 + W. Around the branch point q is its series in p = sqrt(2 (1 + e x)); elsewhere Newton's steps for
// w + log(w / x) = 0 or, around 0, Halley's for w exp(w) - x = 0.
static long double lambert(long double x, long double *q) {
  const long double beyond = fmal(x, E_HIGH, 1) + x * E_LOW, p = sqrtl(2 * beyond);
  if (p < 1e-3L) {
    *q = p * (1 - p * (1 / 3.0L - p * (11 / 72.0L - p * (43 / 540.0L - p * 769 / 17280.0L))));
    return *q - 1;
  }
  long double w = x < 0 ? p * (1 - p / 3) - 1 : log1pl(x);
  if (x > 3) w -= logl(w);
  for (int step = 0; step < 8; step++) {
    long double change;
    if (x > 3) {
      change = (w + logl(w / x)) * w / (1 + w);
    } else {
      const long double e = expl(w), f = w * e - x;
      change = f / (e * (w + 1) - (w + 2) * f / (2 * w + 2));
    }
    w -= change;
    if (fabsl(change) <= 1e-10L * fabsl(w)) break; // what is left is its square or cube
  }
  *q = 1 + w;
  return w;
}

static long double derivative(long double w, long double q, int n) {
  long double p[SG_DERIVED_ORDERS + 2] = {1}, y = 0;
  for (int k = 1; k < n; k++) {
    long double next[SG_DERIVED_ORDERS + 2] = {0};
    for (int j = 0; j < k; j++) {
      if (j > 0) next[j - 1] += j * p[j];
      next[j] += (j - (3 * k - 1)) * p[j];
      next[j + 1] -= k * p[j];
    }
    memcpy(p, next, sizeof p);
  }
  for (int j = n - 1; j >= 0; j--) y = y * w + p[j];
  return expl(-n * w) * y / powl(q, 2 * n - 1);
}

double sg_lambertw_value(const double *at, const void *options) {
  const int n = (int)((const sg_derived *)options)->order;
  const double x = at[0];
  if (isnan(x) || isinf(x)) return x < 0 ? (double)NAN : n > 0 && !isnan(x) ? 0 : x;
  if (x == 0 && n == 0) return x;
  if (fmal((long double)x, E_HIGH, 1) + (long double)x * E_LOW < 0) return (double)NAN;
  long double q;
  const long double w = lambert((long double)x, &q);
  return (double)(n == 0 ? w : derivative(w, q, n));
}

const sg_op op_lambertw_derivative = {
    SG_DERIVATIVE(lambertw_derivative, sg_lambertw_value, sg_lambertw_derivative),
    SG_WORDS(
        "A derivative of Lambert's W function.",
        "y = exp(-n W) p_n(W) / (1 + W)^(2n-1), p_1 = 1, p_(n+1)(w) = (1 + w) p_n'(w) - (n w + 3 n - 1) p_n(w)",
        "Corless et al. 1996, On the Lambert W function"),
    .domain = {-0.3, 4},
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0, 2.7182818284590452354)), SG_GIVES(1, 0.18393972058572116080)},
        {"three times", SG_ON(SG_UNIFORM(-0.2, 6, SG_DIMS(6))), SG_WITH(sg_derived, 3, sg_lambertw_derivative)},
        {"not at all", SG_ON(SG_UNIFORM(-0.2, 6, SG_DIMS(6))), SG_WITH(sg_derived, 0, sg_lambertw_derivative)},
        {"small", SG_ON(SG_UNIFORM(-0.36, 0.01, SG_DIMS(6)))}),
};

sg_tensor *sg_lambertw_derivative(sg_context *context, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_lambertw_derivative, 1, &x, &(sg_derived){order, sg_lambertw_derivative});
}
