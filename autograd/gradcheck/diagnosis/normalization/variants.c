// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mistakes in the derivative of a recognized normalization: what people put in place of rstd, xhat and gamma,
// and another eps.
#include "autograd/gradcheck/diagnosis/normalization/normalization.h"
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <math.h>

// ---- Other things in place of rstd, xhat and gamma ----------------------------------------------------------

typedef enum scale {
  RSTD,
  NO_EPS,
  OUTSIDE,
  INSIDE,
  UNBIASED,
  BIASED,
  ONE,
  SQUARED,
  CUBED,
  INVERSE,
  OTHER_EPS, // `eps` of the variant instead of the function's
  RAW_X,
  OUTPUT
} scale;

// What stands in front of the last term: what belongs there, 1, or what the derivative of another function has.
typedef enum last { RIGHT, PLAIN, OF_UNBIASED, OF_OUTSIDE } last;

typedef struct variant {
  scale outer, inner, within; // rstd in front; xhat in front of the mean; xhat in the mean
  int gamma, gamma_in_means;  // how often applied
  const char *text;
  last last;
  double eps;
} variant;

static const variant variants[] = {
    {NO_EPS, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in the derivative", RIGHT, 0},
    {NO_EPS, RSTD, RSTD, 1, 1, "eps is forgotten in the factor rstd", RIGHT, 0},
    {RSTD, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in xhat", RIGHT, 0},
    {RSTD, NO_EPS, RSTD, 1, 1, "eps is forgotten in one of the two xhat", RIGHT, 0},
    {OUTSIDE, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in the derivative, inside in the function",
     RIGHT, 0},
    {OUTSIDE, RSTD, RSTD, 1, 1, "eps is outside of the square root in the factor rstd of the derivative", RIGHT, 0},
    {RSTD, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in xhat of the derivative", RIGHT, 0},
    {INSIDE, INSIDE, INSIDE, 1, 1, "eps is inside of the square root in the derivative, outside in the function",
     RIGHT, 0},
    {UNBIASED, UNBIASED, UNBIASED, 1, 1, "the derivative uses the unbiased variance (N - 1 instead of N)", RIGHT,
     0},
    {UNBIASED, RSTD, RSTD, 1, 1, "the factor rstd comes from the unbiased variance (N - 1 instead of N)", RIGHT, 0},
    {RSTD, UNBIASED, UNBIASED, 1, 1, "xhat comes from the unbiased variance (N - 1 instead of N)", RIGHT, 0},
    {BIASED, BIASED, BIASED, 1, 1, "the derivative uses the biased variance (N instead of N - 1)", RIGHT, 0},
    {ONE, RSTD, RSTD, 1, 1, "the factor rstd is missing", RIGHT, 0},
    {SQUARED, RSTD, RSTD, 1, 1, "the factor rstd is applied twice", RIGHT, 0},
    {CUBED, RSTD, RSTD, 1, 1, "the factor rstd is applied three times", RIGHT, 0},
    {INVERSE, RSTD, RSTD, 1, 1, "multiplied by the standard deviation instead of divided by it", RIGHT, 0},
    {RSTD, ONE, ONE, 1, 1, "x - mean is used instead of xhat (rstd is missing)", RIGHT, 0},
    {RSTD, ONE, RSTD, 1, 1, "x - mean is used instead of xhat in one of two places (rstd is missing)", RIGHT, 0},
    {RSTD, SQUARED, RSTD, 1, 1, "rstd is applied once too often in the term xhat * mean(dy * xhat)", RIGHT, 0},
    {RSTD, RAW_X, RAW_X, 1, 1, "x is used instead of xhat (the mean is not subtracted)", RIGHT, 0},
    {RSTD, OUTPUT, OUTPUT, 1, 1, "the output y is used instead of xhat", RIGHT, 0},
    {RSTD, OUTPUT, RSTD, 1, 1, "the output y is used instead of xhat in front of the mean", RIGHT, 0},
    {RSTD, RSTD, OUTPUT, 1, 1, "the output y is used instead of xhat in the mean", RIGHT, 0},
    {RSTD, RSTD, RSTD, 0, 0, "gamma is missing", RIGHT, 0},
    {RSTD, RSTD, RSTD, 0, 1, "gamma is missing in the term dy", RIGHT, 0},
    {RSTD, RSTD, RSTD, 1, 0, "gamma is missing in the means", RIGHT, 0},
    {RSTD, RSTD, RSTD, 2, 2, "gamma is applied twice", RIGHT, 0},
    {OUTSIDE, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in the derivative, inside in the function",
     OF_OUTSIDE, 0},
    {INSIDE, INSIDE, INSIDE, 1, 1, "eps is inside of the square root in the derivative, outside in the function",
     PLAIN, 0},
    {UNBIASED, UNBIASED, UNBIASED, 1, 1, "the derivative uses the unbiased variance (N - 1 instead of N)",
     OF_UNBIASED, 0},
    {BIASED, BIASED, BIASED, 1, 1, "the derivative uses the biased variance (N instead of N - 1)", PLAIN, 0},
    {RSTD, RSTD, RSTD, 1, 1,
     "the term xhat * mean(dy * xhat) is that of an eps inside of the square root; outside, it has the factor "
     "1/(rstd * sqrt(var))",
     PLAIN, 0},
};

static double value_of(const normalization *n, const variant *v, scale s, int64_t g) {
  const double variance = n->kappa * n->variance[g], m = (double)n->members, r = n->rstd[g];
  switch (s) {
  case NO_EPS:
    return 1 / sqrt(variance);
  case OUTSIDE:
    return 1 / (sqrt(variance) + n->eps);
  case INSIDE:
    return 1 / sqrt(variance + n->eps);
  case UNBIASED:
    return 1 / sqrt(n->variance[g] * m / (m - 1) + n->eps);
  case BIASED:
    return 1 / sqrt(n->variance[g] + n->eps);
  case OTHER_EPS:
    return n->outside ? 1 / (sqrt(variance) + v->eps) : 1 / sqrt(variance + v->eps);
  case ONE:
    return 1;
  case SQUARED:
    return r * r;
  case CUBED:
    return r * r * r;
  case INVERSE:
    return 1 / r;
  default:
    return r;
  }
}

// xhat, or what is in its place; `value`: of the scale, in the group of the element.
static double hat(const normalization *n, scale s, double value, int64_t i) {
  if (s == OUTPUT) return n->y[i];
  return value * (n->x[i] - (s == RAW_X ? 0 : n->mean[n->group[i]]));
}

static double weighted(const normalization *n, int times, int64_t i) {
  return n->w[i] * (times == 0 ? 1 : times == 1 ? n->gamma[i] : n->gamma[i] * n->gamma[i]);
}

double normalization_rstd(const normalization *n, double squares, double m) {
  const double variance = squares / (n->kappa == 1 ? m : m - 1);
  return n->outside ? 1 / (sqrt(variance) + n->eps) : 1 / sqrt(variance + n->eps);
}

double normalization_last_factor(const normalization *n, int64_t g) {
  return n->kappa * (n->outside ? 1 / (n->rstd[g] * sqrt(n->kappa * n->variance[g])) : 1);
}

static double factor_of_last(const normalization *n, const variant *v, int64_t g) {
  const double m = (double)n->members, variance = n->kappa * n->variance[g];
  switch (v->last) {
  case PLAIN:
    return 1;
  case OF_UNBIASED:
    return m / (m - 1);
  case OF_OUTSIDE:
    return (sqrt(variance) + n->eps) / sqrt(variance);
  default:
    return normalization_last_factor(n, g);
  }
}

// outer, inner: the values of the variant's scales in the element's group.
static double predicted(const normalization *n, const variant *v, double outer, double inner, double mean,
                        double of_xhat, int64_t i) {
  const double term = factor_of_last(n, v, n->group[i]) * hat(n, v->inner, inner, i) * of_xhat;
  return outer * (weighted(n, v->gamma, i) - (n->centered ? mean : 0) - term);
}

// Whether the elements in the list are as predicted; the means are taken over just these.
static bool agrees(const normalization *n, const variant *v, const int64_t *list, int64_t count) {
  normalization_remainder r = {0, 0, true};
  double first = 0, second = 0;
  int64_t at = -1; // the group of the values
  double outer = 0, inner = 0, within = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int64_t j = 0; j < count && r.close; j++) {
      const int64_t i = list[j], g = n->group[i];
      if (g != at) {
        outer = value_of(n, v, v->outer, g);
        inner = value_of(n, v, v->inner, g);
        within = value_of(n, v, v->within, g);
        at = g;
      }
      if (pass == 0) {
        const double t = weighted(n, v->gamma_in_means, i) / (double)count;
        first += t;
        second += t * hat(n, v->within, within, i);
      } else {
        normalization_compare(n, i, predicted(n, v, outer, inner, first, second, i), &r);
      }
    }
  return r.close;
}

static bool predicts(const normalization *n, const variant *v) {
  normalization_remainder r = {0, 0, true};
  if (!agrees(n, v, n->first_group, n->members)) return false;
  for (int64_t g = 0; g < n->groups; g++) n->first[g] = n->second[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const int64_t g = n->group[i];
    const double t = weighted(n, v->gamma_in_means, i) / (double)n->members;
    n->first[g] += t;
    n->second[g] += t * hat(n, v->within, value_of(n, v, v->within, g), i);
  }
  for (int64_t i = 0; i < n->count && r.close; i++) {
    const int64_t g = n->group[i];
    const double outer = value_of(n, v, v->outer, g), inner = value_of(n, v, v->inner, g);
    normalization_compare(n, i, predicted(n, v, outer, inner, n->first[g], n->second[g], i), &r);
  }
  return normalization_explained(&r);
}

static bool another_variant(const normalization *n) {
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
    if (!predicts(n, &variants[i])) continue;
    normalization_say(n);
    return diagnosis_say(n->d, "%s.", variants[i].text);
  }
  return false;
}

// ---- Another eps --------------------------------------------------------------------------------------------

static double eps_for(const normalization *n, double rstd) {
  const double v = n->kappa * n->variance[0];
  return n->outside ? 1 / rstd - sqrt(v) : 1 / (rstd * rstd) - v;
}

// 1, 2 or 5 times a power of ten.
static bool is_round(double value) {
  if (!(value > 0) || !isfinite(value)) return false;
  const double power = pow(10, floor(log10(value * 1.01))), digit = value / power;
  return fabs(digit - 1) < 1e-3 || fabs(digit - 2) < 2e-3 || fabs(digit - 5) < 5e-3;
}

void normalization_say_eps(const normalization *n, double used) {
  if (n->eps > 0 && fabs(used - 2 * n->eps) <= 1e-4 * n->eps)
    diagnosis_say(n->d, "eps is applied twice (%.4g for %.4g)", used, n->eps);
  else
    diagnosis_say(n->d, "eps is another one than in the function (%.4g for %.4g)", used, n->eps);
}

// In the first group, the coefficients of dy and xhat * mean(dy * xhat) tell what stands for rstd. Other groups
// must agree; where there are none, any rstd is that of some eps, and only a round one is believed.
static bool another_eps(const normalization *n) {
  static const struct {
    scale outer, xhat;
    const char *where;
  } places[] = {{OTHER_EPS, OTHER_EPS, "in the derivative"},
                {OTHER_EPS, RSTD, "in the factor rstd"},
                {RSTD, OTHER_EPS, "in xhat of the derivative"}};
  normalization_fit f;
  const int64_t rows = n->members < normalization_rows ? n->members : normalization_rows;
  if (!normalization_regress(n, n->first_group, rows, &f)) return false;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const double ratio = places[i].outer == RSTD ? sqrt(-f.c[2]) : f.c[0];
    variant v = {places[i].outer, places[i].xhat, places[i].xhat, 1, 1, "", RIGHT, eps_for(n, ratio * n->rstd[0])};
    const bool twice = n->eps > 0 && fabs(v.eps - 2 * n->eps) <= 1e-4 * n->eps;
    if (twice) v.eps = 2 * n->eps;
    if (!(v.eps > 0) || (n->groups == 1 && !twice && !is_round(v.eps))) continue;
    if (!predicts(n, &v)) continue;
    normalization_say(n);
    normalization_say_eps(n, v.eps);
    return diagnosis_say(n->d, " %s.", places[i].where);
  }
  return false;
}

// ---- The input ----------------------------------------------------------------------------------------------

bool diagnose_normalization(const diagnosis *d) {
  normalization n;
  if (d->failed_count == 0 || !diagnosis_knows_gradient(d)) return false;
  if (normalization_recognize(&n, d, d->position))
    return normalization_wrong_coefficients(&n, true) || another_variant(&n) || another_eps(&n) ||
           normalization_wrong_means(&n) || normalization_wrong_statistics(&n);
  for (int i = 0; i < d->findings->input_count; i++)
    if (i != d->position && sg_tensor_elements(d->findings->inputs[i].x) > sg_shape_elements(&d->found->shape) &&
        normalization_recognize(&n, d, i))
      return (n.gamma_input == d->position || n.beta_input == d->position) && normalization_wrong_parameter(&n);
  return false;
}

bool diagnose_normalization_sizes(const diagnosis *d) {
  normalization n;
  if (d->failed_count == 0 || !diagnosis_knows_gradient(d)) return false;
  return normalization_recognize(&n, d, d->position) && normalization_wrong_coefficients(&n, false);
}

bool diagnose_normalization_part(const diagnosis *d) {
  normalization n;
  int64_t count = 0, *rows = diagnosis_memory(d, d->failed_count + 1, sizeof *rows);
  for (int64_t k = 0; rows && k < d->count; k++)
    if (d->failed[k]) rows[count++] = d->element[k];
  if (!rows || !diagnosis_knows_gradient(d) || !normalization_recognize(&n, d, d->position)) return false;
  return normalization_wrong_in_part(&n, rows, count);
}
