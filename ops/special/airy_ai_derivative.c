// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivatives of Ai. Ai and Ai' are GSL's, and their expansions where x is below -100; those of higher order
// follow from Ai'' = x Ai, derived m times: Ai^(m + 2) = x Ai^(m) + m Ai^(m - 1).
#include <gsl/gsl_sf_airy.h>
#include <math.h>

#include "ops/ops.h"
#include "ops/special/derived.h"

#define PI 3.14159265358979323846264338327950288L

// Abramowitz and Stegun 10.4.60, 62, of Ai(-z) and Ai'(-z): of the coefficients u_k, here divided by zeta^k, those
// of even k belong to one wave and those of odd k to the other.
static void far_below(long double z, long double *ai, long double *slope) {
  const long double zeta = 2 * z * sqrtl(z) / 3, wave[] = {sinl(zeta + PI / 4), cosl(zeta + PI / 4)};
  const int signs[] = {1, -1, -1, 1};
  long double u = 1, sum = wave[0], sum_of_slope = wave[1];
  for (int k = 1; k <= 10; k++) {
    u *= (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216.0L * k * (2 * k - 1)) / zeta;
    sum += signs[k % 4] * u * wave[k % 2];
    sum_of_slope -= signs[(k + 3) % 4] * u * (6 * k + 1) / (6 * k - 1) * wave[(k + 1) % 2];
  }
  const long double root = sqrtl(sqrtl(z));
  *ai = sum / sqrtl(PI) / root;
  *slope = -sum_of_slope / sqrtl(PI) * root;
}

static void ai_and_slope(double x, long double *ai, long double *slope) {
  if (x < -100) {
    far_below(-(long double)x, ai, slope);
    return;
  }
  gsl_sf_result y, d;
  gsl_sf_airy_Ai_scaled_e(x, GSL_PREC_DOUBLE, &y);
  gsl_sf_airy_Ai_deriv_scaled_e(x, GSL_PREC_DOUBLE, &d);
  const long double scale = x > 0 ? expl(-2 * (long double)x * sqrtl((long double)x) / 3) : 1;
  *ai = scale * (long double)y.val;
  *slope = scale * (long double)d.val;
}

double sg_airy_ai_value(const double *at, const void *options) {
  const int order = (int)((const sg_derived *)options)->order;
  const double x = at[0];
  if (isnan(x)) return x;
  if (isinf(x)) return x > 0 || order == 0 ? 0 : (double)NAN;
  long double y[SG_DERIVED_ORDERS + 2];
  ai_and_slope(x, &y[0], &y[1]);
  for (int m = 0; m + 2 <= order; m++) y[m + 2] = (long double)x * y[m] + (m > 0 ? m * y[m - 1] : 0);
  return (double)y[order];
}

const sg_op op_airy_ai_derivative = {
    SG_DERIVATIVE(airy_ai_derivative, sg_airy_ai_value, sg_airy_ai_derivative),
    SG_WORDS("A derivative of the Airy function Ai.",
             "y = d^m/dx^m Ai(x), with Ai^(m + 2) = x Ai^(m) + m Ai^(m - 1)", "Abramowitz and Stegun 10.4"),
    .samples = SG_SAMPLES(
        {"once", SG_ON(SG_UNIFORM(-9, 6, SG_DIMS(3, 4)))},
        {"three times", SG_ON(SG_UNIFORM(-9, 6, SG_DIMS(6))), SG_WITH(sg_derived, 3, sg_airy_ai_derivative)},
        {"not at all", SG_ON(SG_UNIFORM(-9, 6, SG_DIMS(6))), SG_WITH(sg_derived, 0, sg_airy_ai_derivative)},
        {"far", SG_ON(SG_UNIFORM(-120, -9, SG_DIMS(4)))}),
};

sg_tensor *sg_airy_ai_derivative(sg_context *context, sg_tensor *x, int64_t order) {
  return sg_apply_one(context, &op_airy_ai_derivative, 1, &x, &(sg_derived){order, sg_airy_ai_derivative});
}
