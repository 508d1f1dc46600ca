// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mistakes in the derivative of a recognized normalization: coefficients of its terms by regression, then what
// people put in place of rstd, xhat and gamma.
#include "autograd/gradcheck/diagnosis_normalization.h"

#include <gsl/gsl_linalg.h>
#include <math.h>

// ---- Comparison -------------------------------------------------------------------------------------------

static double size_of(const normalization *n, int64_t i) {
  return fabs(n->term[0][i]) + fabs(n->term[1][i]) + fabs(n->term[2][i]);
}

static double right(const normalization *n, int64_t i) {
  return n->term[0][i] - (n->centered ? n->term[1][i] : 0) - n->term[2][i];
}

// What is left of the error, in squares, must be a millionth.
typedef struct remainder_of {
  long double left, error;
  bool close;
} remainder_of;

static void compare(const normalization *n, int64_t i, double predicted, remainder_of *r) {
  const double left = n->d->gradient[i] - predicted, error = n->d->gradient[i] - right(n, i);
  r->left += (long double)left * (long double)left;
  r->error += (long double)error * (long double)error;
  r->close = r->close && fabs(left) <= 1e-8 * (size_of(n, i) + fabs(predicted));
}

static bool explained(const remainder_of *r) { return r->close && r->error > 0 && r->left <= 1e-6L * r->error; }

// ---- Coefficients -----------------------------------------------------------------------------------------

// Least squares by Householder reflections over at most 3000 elements; false: the terms are not independent.
static bool regress(const normalization *n, double *coefficient) {
  enum { most = 3000 };
  const int64_t stride = (n->count + most - 1) / most, rows = (n->count + stride - 1) / stride;
  if (rows < 4) return false;
  double *room = diagnosis_room(n->d, 5 * rows, sizeof *room), tau[3];
  if (!room) return false;
  for (int64_t row = 0; row < rows; row++) {
    for (int k = 0; k < 3; k++) room[3 * row + k] = n->term[k][row * stride];
    room[3 * rows + row] = n->d->gradient[row * stride];
  }
  gsl_matrix_view a = gsl_matrix_view_array(room, (size_t)rows, 3);
  gsl_vector_view b = gsl_vector_view_array(room + 3 * rows, (size_t)rows);
  gsl_vector_view rest = gsl_vector_view_array(room + 4 * rows, (size_t)rows);
  gsl_vector_view t = gsl_vector_view_array(tau, 3), x = gsl_vector_view_array(coefficient, 3);
  gsl_linalg_QR_decomp(&a.matrix, &t.vector);
  for (int k = 0; k < 3; k++)
    if (!(fabs(room[3 * k + k]) > 1e-6 * fabs(room[0]))) return false;
  gsl_linalg_QR_lssolve(&a.matrix, &t.vector, &b.vector, &x.vector, &rest.vector);
  return true;
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-6 * (fabs(a) + fabs(b)) + 1e-7; }

static const char *description(const normalization *n, double ratio) {
  const double m = (double)n->members;
  if (near(ratio, 0)) return "missing";
  if (near(ratio, -1)) return "of the wrong sign";
  if (near(ratio, m / (m - 1))) return "divided by N - 1 instead of N";
  if (near(ratio, (m - 1) / m)) return "divided by N instead of N - 1";
  if (near(ratio, m)) return "a sum instead of a mean";
  if (near(ratio, 1 / m)) return "divided by N twice";
  if (near(ratio, 2)) return "doubled";
  if (near(ratio, 0.5)) return "halved";
  return "of the wrong size";
}

static bool say_coefficients(const normalization *n, const double *coefficient) {
  static const char *const names[] = {"dy", "mean(dy)", "xhat * mean(dy * xhat)"};
  const double expected[] = {1, n->centered ? -1 : 0, -1};
  bool first = true;
  for (int k = 0; k < 3; k++) {
    const double c = near(coefficient[k], 0) ? 0 : coefficient[k];
    if (near(c, expected[k])) continue;
    if (first) normalization_say(n);
    const char *how = expected[k] == 0 ? "too much" : description(n, c / expected[k]);
    diagnosis_say(n->d, "%sthe term %s is %s (coefficient %.3f, expected %.3f)", first ? "" : ", and ", names[k],
                  how, c, expected[k]);
    first = false;
  }
  return !first && diagnosis_say(n->d, ".");
}

static bool wrong_coefficients(const normalization *n) {
  double c[3];
  remainder_of r = {0, 0, true};
  if (!regress(n, c)) return false;
  for (int64_t i = 0; i < n->count && r.close; i++)
    compare(n, i, c[0] * n->term[0][i] + c[1] * n->term[1][i] + c[2] * n->term[2][i], &r);
  return explained(&r) && say_coefficients(n, c);
}

// ---- Other things in place of rstd, xhat and gamma ---------------------------------------------------------

typedef enum scale { RSTD, NO_EPS, OUTSIDE, INSIDE, UNBIASED, BIASED, ONE, SQUARED, INVERSE, RAW_X, OUTPUT } scale;

typedef struct variant {
  scale outer, inner, within; // rstd in front; xhat in front of the mean; xhat in the mean
  int gamma, gamma_in_means;  // how often applied
  const char *text;
} variant;

static const variant variants[] = {
    {NO_EPS, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in the derivative"},
    {NO_EPS, RSTD, RSTD, 1, 1, "eps is forgotten in the factor rstd"},
    {RSTD, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in xhat"},
    {RSTD, NO_EPS, RSTD, 1, 1, "eps is forgotten in one of the two xhat"},
    {OUTSIDE, OUTSIDE, OUTSIDE, 1, 1,
     "eps is outside of the square root in the derivative, inside in the function"},
    {OUTSIDE, RSTD, RSTD, 1, 1, "eps is outside of the square root in the factor rstd of the derivative"},
    {RSTD, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in xhat of the derivative"},
    {INSIDE, INSIDE, INSIDE, 1, 1, "eps is inside of the square root in the derivative, outside in the function"},
    {UNBIASED, UNBIASED, UNBIASED, 1, 1, "the derivative uses the unbiased variance (N - 1 instead of N)"},
    {UNBIASED, RSTD, RSTD, 1, 1, "the factor rstd comes from the unbiased variance (N - 1 instead of N)"},
    {RSTD, UNBIASED, UNBIASED, 1, 1, "xhat comes from the unbiased variance (N - 1 instead of N)"},
    {BIASED, BIASED, BIASED, 1, 1, "the derivative uses the biased variance (N instead of N - 1)"},
    {ONE, RSTD, RSTD, 1, 1, "the factor rstd is missing"},
    {SQUARED, RSTD, RSTD, 1, 1, "the factor rstd is applied twice"},
    {INVERSE, RSTD, RSTD, 1, 1, "multiplied by the standard deviation instead of divided by it"},
    {RSTD, ONE, ONE, 1, 1, "x - mean is used instead of xhat (rstd is missing)"},
    {RSTD, ONE, RSTD, 1, 1, "x - mean is used instead of xhat in one of two places (rstd is missing)"},
    {RSTD, SQUARED, RSTD, 1, 1, "rstd is applied once too often in the term xhat * mean(dy * xhat)"},
    {RSTD, RAW_X, RAW_X, 1, 1, "x is used instead of xhat (the mean is not subtracted)"},
    {RSTD, OUTPUT, OUTPUT, 1, 1, "the output y is used instead of xhat"},
    {RSTD, OUTPUT, RSTD, 1, 1, "the output y is used instead of xhat in front of the mean"},
    {RSTD, RSTD, OUTPUT, 1, 1, "the output y is used instead of xhat in the mean"},
    {RSTD, RSTD, RSTD, 0, 0, "gamma is missing"},
    {RSTD, RSTD, RSTD, 0, 1, "gamma is missing in the term dy"},
    {RSTD, RSTD, RSTD, 1, 0, "gamma is missing in the means"},
    {RSTD, RSTD, RSTD, 2, 2, "gamma is applied twice"},
};

static double value_of(const normalization *n, scale s, int64_t g) {
  const double v = n->kappa * n->variance[g], m = (double)n->members, r = n->rstd[g];
  switch (s) {
  case NO_EPS:
    return 1 / sqrt(v);
  case OUTSIDE:
    return 1 / (sqrt(v) + n->eps);
  case INSIDE:
    return 1 / sqrt(v + n->eps);
  case UNBIASED:
    return 1 / sqrt(n->variance[g] * m / (m - 1) + n->eps);
  case BIASED:
    return 1 / sqrt(n->variance[g] + n->eps);
  case ONE:
    return 1;
  case SQUARED:
    return r * r;
  case INVERSE:
    return 1 / r;
  default:
    return r;
  }
}

static double hat(const normalization *n, scale s, int64_t i) {
  const int64_t g = n->group[i];
  if (s == OUTPUT) return n->y[i];
  return value_of(n, s, g) * (n->x[i] - (s == RAW_X ? 0 : n->mean[g]));
}

static double weighted(const normalization *n, int times, int64_t i) {
  return n->w[i] * (times == 0 ? 1 : times == 1 ? n->gamma[i] : n->gamma[i] * n->gamma[i]);
}

// `over`: the groups that means are taken over, with so many members each.
static bool predicts(const normalization *n, const variant *v, const int64_t *over, double members) {
  remainder_of r = {0, 0, true};
  for (int64_t g = 0; g < n->count; g++) n->first[g] = n->second[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const double t = weighted(n, v->gamma_in_means, i) / members;
    n->first[over[i]] += t;
    n->second[over[i]] += t * hat(n, v->within, i);
  }
  for (int64_t i = 0; i < n->count && r.close; i++) {
    const int64_t g = n->group[i];
    const double f = n->outside ? 1 / (n->rstd[g] * sqrt(n->kappa * n->variance[g])) : 1;
    const double mean = n->centered ? n->first[over[i]] : 0;
    const double last = n->kappa * f * hat(n, v->inner, i) * n->second[over[i]];
    compare(n, i, value_of(n, v->outer, g) * (weighted(n, v->gamma, i) - mean - last), &r);
  }
  return explained(&r);
}

static bool another_variant(const normalization *n) {
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
    if (!predicts(n, &variants[i], n->group, (double)n->members)) continue;
    normalization_say(n);
    return diagnosis_say(n->d, "%s.", variants[i].text);
  }
  return false;
}

static bool wrong_axes(const normalization *n) {
  static const variant plain = {RSTD, RSTD, RSTD, 1, 1, ""};
  int64_t *over = diagnosis_room(n->d, n->count, sizeof *over);
  for (unsigned mask = 1; over && mask < 1u << n->shape->rank; mask++) {
    if (mask == n->mask && n->split == 1) continue;
    const int64_t groups = normalization_group(n->shape, mask, 1, over);
    if (!predicts(n, &plain, over, (double)(n->count / groups))) continue;
    normalization_say(n);
    return diagnosis_say(n->d, "the means in the derivative are taken over dimensions %s.",
                         diagnosis_dimensions(n->d, mask).text);
  }
  return false;
}

// ---- gamma and beta ---------------------------------------------------------------------------------------

static double summand(const normalization *n, int which, int64_t i) {
  const int64_t g = n->group[i];
  const double w = n->w[i], x = n->x[i], centered = x - n->mean[g];
  const double values[] = {w * centered * n->rstd[g],
                           w,
                           w * x,
                           w * centered,
                           w * n->y[i],
                           w * centered / sqrt(n->kappa * n->variance[g]),
                           w * centered * n->rstd[g] * n->rstd[g],
                           w * n->gamma[i],
                           w * n->gamma[i] * centered * n->rstd[g]};
  return values[which];
}

// Sums over the elements that share an element of the parameter, for the right summand and a wrong one.
static bool parameter_is(const normalization *n, const diagnosis_view *view, int correct, int wrong) {
  const diagnosis *d = n->d;
  const int64_t count = sg_shape_elements(&d->found->shape);
  double *sums = diagnosis_room(d, 3 * count, sizeof *sums);
  if (!sums) return false;
  for (int64_t i = 0; i < n->count; i++) {
    int64_t rest = i, to = 0;
    for (int k = n->shape->rank - 1; k >= 0; k--) {
      to += rest % n->shape->size[k] * view->stride[k];
      rest /= n->shape->size[k];
    }
    sums[to] += summand(n, correct, i);
    sums[count + to] += summand(n, wrong, i);
    sums[2 * count + to] += fabs(summand(n, wrong, i));
  }
  for (int64_t k = 0; k < d->count; k++)
    if (!(fabs(sums[d->element[k]] - d->numeric[k]) <= 2 * d->bar[k] + 1e-12 * fabs(d->numeric[k]))) return false;
  long double left = 0, error = 0;
  for (int64_t i = 0; i < count; i++) {
    const double rest = d->gradient[i] - sums[count + i], off = d->gradient[i] - sums[i];
    if (!(fabs(rest) <= 1e-9 * sums[2 * count + i])) return false;
    left += (long double)rest * (long double)rest;
    error += (long double)off * (long double)off;
  }
  return error > 0 && left <= 1e-6L * error;
}

static bool wrong_parameter(const normalization *n) {
  static const char *const texts[] = {"dy * xhat",
                                      "dy",
                                      "dy * x (x instead of xhat)",
                                      "dy * (x - mean) (rstd is missing)",
                                      "dy * y (the output instead of xhat)",
                                      "dy * xhat with eps forgotten",
                                      "dy * xhat * rstd (rstd is applied twice)",
                                      "dy * gamma",
                                      "dy * xhat * gamma"};
  const bool is_gamma = n->gamma_input == n->d->position;
  const int correct = is_gamma ? 0 : 1;
  diagnosis_view views[2];
  const int fitting = diagnosis_views(n->d, n->shape, n->d->problem->inputs[n->d->position], views);
  for (int v = 0; v < fitting; v++)
    for (int wrong = 0; wrong < 9; wrong++) {
      if (wrong == correct || (wrong == 2 && !n->centered) || !parameter_is(n, &views[v], correct, wrong)) continue;
      normalization_say(n);
      return diagnosis_say(n->d, "the gradient of %s is the sum of %s, expected the sum of %s.",
                           is_gamma ? "gamma" : "beta", texts[wrong], texts[correct]);
    }
  return false;
}

bool diagnose_normalization(const diagnosis *d) {
  normalization n;
  if (!d->gradient || d->failed_count == 0) return false;
  for (int64_t i = 0; i < sg_shape_elements(&d->found->shape); i++)
    if (!isfinite(d->gradient[i])) return false;
  if (normalization_recognize(&n, d, d->position))
    return wrong_coefficients(&n) || another_variant(&n) || wrong_axes(&n);
  for (int i = 0; i < d->problem->input_count; i++)
    if (i != d->position && sg_tensor_elements(d->problem->inputs[i]) > sg_shape_elements(&d->found->shape) &&
        normalization_recognize(&n, d, i))
      return (n.gamma_input == d->position || n.beta_input == d->position) && wrong_parameter(&n);
  return false;
}
