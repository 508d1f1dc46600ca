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

enum { most_rows = 3000 };

static double expected_coefficient(const normalization *n, int k) {
  return k == 0 ? 1 : k == 1 && !n->centered ? 0 : -1;
}

// Coefficients of the terms, and how far rounding may have moved each. A term that is lost in the rounding of
// others is taken to be right, with an uncertainty of 0.
typedef struct fit {
  double c[3], uncertainty[3];
} fit;

static double length_of(const double *values, const int64_t *rows, int64_t count) {
  double sum = 0, largest = 0;
  for (int64_t j = 0; j < count; j++) largest = fmax(largest, fabs(values[rows[j]]));
  if (!(largest > 0) || !isfinite(largest)) return 0;
  for (int64_t j = 0; j < count; j++) sum += values[rows[j]] / largest * (values[rows[j]] / largest);
  return largest * sqrt(sum);
}

// Least squares by Householder reflections, in columns of length 1; false: the terms are not independent.
static bool solve(const normalization *n, const int64_t *rows, int64_t count, const int *terms, int width,
                  const double *length, double size, fit *f) {
  double *room = diagnosis_room(n->d, (width + 2) * count, sizeof *room), tau[3], scaled[3], smallest = 1;
  if (!room) return false;
  for (int64_t j = 0; j < count; j++) {
    double rest = n->d->gradient[rows[j]];
    bool kept[3] = {false};
    for (int m = 0; m < width; m++) {
      room[width * j + m] = n->term[terms[m]][rows[j]] / length[terms[m]];
      kept[terms[m]] = true;
    }
    for (int k = 0; k < 3; k++)
      if (!kept[k]) rest -= expected_coefficient(n, k) * n->term[k][rows[j]];
    room[width * count + j] = rest;
  }
  gsl_matrix_view a = gsl_matrix_view_array(room, (size_t)count, (size_t)width);
  gsl_vector_view b = gsl_vector_view_array(room + width * count, (size_t)count);
  gsl_vector_view rest = gsl_vector_view_array(room + (width + 1) * count, (size_t)count);
  gsl_vector_view t = gsl_vector_view_array(tau, (size_t)width), x = gsl_vector_view_array(scaled, (size_t)width);
  gsl_linalg_QR_decomp(&a.matrix, &t.vector);
  for (int m = 0; m < width; m++) smallest = fmin(smallest, fabs(room[width * m + m]));
  if (!(smallest > 1e-6)) return false;
  gsl_linalg_QR_lssolve(&a.matrix, &t.vector, &b.vector, &x.vector, &rest.vector);
  for (int m = 0; m < width; m++) {
    f->c[terms[m]] = scaled[m] / length[terms[m]];
    f->uncertainty[terms[m]] = 1e-14 * size / (smallest * length[terms[m]]);
  }
  return true;
}

static bool regress(const normalization *n, const int64_t *rows, int64_t count, fit *f) {
  int terms[3], width = 0;
  double length[3];
  const double size = length_of(n->d->gradient, rows, count) + length_of(n->term[0], rows, count);
  for (int k = 0; k < 3; k++) {
    f->c[k] = expected_coefficient(n, k);
    f->uncertainty[k] = 0;
    length[k] = length_of(n->term[k], rows, count);
    if (length[k] > 1e-12 * size) terms[width++] = k;
  }
  return width > 0 && count >= width + 1 && solve(n, rows, count, terms, width, length, size, f);
}

static bool regress_all(const normalization *n, fit *f) {
  const int64_t stride = (n->count + most_rows - 1) / most_rows, count = (n->count + stride - 1) / stride;
  int64_t *rows = diagnosis_room(n->d, count, sizeof *rows);
  for (int64_t j = 0; rows && j < count; j++) rows[j] = j * stride;
  return rows && regress(n, rows, count, f);
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-6 * (fabs(a) + fabs(b)) + 1e-7; }

typedef struct name {
  double ratio;
  const char *text;
} name;

// NULL: the ratio has none. `exactly` is what the name stands for.
static const char *name_of(const normalization *n, double ratio, double uncertainty, double *exactly) {
  const double m = (double)n->members;
  const name names[] = {
      {0, "missing"},
      {-1, "of the wrong sign"},
      {m / (m - 1), "divided by N - 1 instead of N"},
      {(m - 1) / m, "divided by N instead of N - 1"},
      {m, "a sum instead of a mean"},
      {1 / m, "divided by N twice"},
      {2, "doubled"},
      {0.5, "halved"},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!near(ratio, names[i].ratio) && !(fabs(ratio - names[i].ratio) <= fmin(uncertainty, 1e-3))) continue;
    *exactly = names[i].ratio;
    return names[i].text;
  }
  return NULL;
}

static void say_coefficient(const normalization *n, const char *separator, int k, const char *how, double c) {
  static const char *const names[] = {"dy", "mean(dy)", "xhat * mean(dy * xhat)"};
  const double expected = expected_coefficient(n, k);
  const int digits = fabs(c - expected) < 0.01 ? 9 : 3;
  diagnosis_say(n->d, "%sthe term %s is %s (coefficient %.*f, expected %.3f)", separator, names[k], how, digits, c,
                expected);
}

static bool predicts_coefficients(const normalization *n, const double *c) {
  remainder_of r = {0, 0, true};
  for (int64_t i = 0; i < n->count && r.close; i++)
    compare(n, i, c[0] * n->term[0][i] + c[1] * n->term[1][i] + c[2] * n->term[2][i], &r);
  return explained(&r);
}

// `named`: coefficients that mean something only, and these taken by what they mean.
static bool wrong_coefficients(const normalization *n, bool named) {
  fit f;
  const char *how[3] = {NULL};
  int wrong = 0;
  if (!regress_all(n, &f)) return false;
  for (int k = 0; k < 3; k++) {
    const double expected = expected_coefficient(n, k);
    double ratio = 1;
    if (near(f.c[k], expected) || fabs(f.c[k] - expected) <= fmin(f.uncertainty[k], 1e-3)) {
      if (named) f.c[k] = expected;
      continue;
    }
    if (expected != 0) how[k] = name_of(n, f.c[k] / expected, f.uncertainty[k], &ratio);
    if (how[k]) f.c[k] = ratio * expected;
    if (!how[k] && named) return false;
    if (!how[k]) how[k] = expected == 0 ? "too much" : "of the wrong size";
    wrong++;
  }
  if (wrong == 0 || !predicts_coefficients(n, f.c)) return false;
  normalization_say(n);
  const char *separator = "";
  for (int k = 0; k < 3; k++) {
    if (!how[k]) continue;
    say_coefficient(n, separator, k, how[k], f.c[k] == 0 ? 0 : f.c[k]);
    separator = ", and ";
  }
  return diagnosis_say(n->d, ".");
}

// ---- Other things in place of rstd, xhat and gamma ---------------------------------------------------------

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

typedef struct variant {
  scale outer, inner, within; // rstd in front; xhat in front of the mean; xhat in the mean
  int gamma, gamma_in_means;  // how often applied
  const char *text;
  double eps;
} variant;

static const variant variants[] = {
    {NO_EPS, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in the derivative", 0},
    {NO_EPS, RSTD, RSTD, 1, 1, "eps is forgotten in the factor rstd", 0},
    {RSTD, NO_EPS, NO_EPS, 1, 1, "eps is forgotten in xhat", 0},
    {RSTD, NO_EPS, RSTD, 1, 1, "eps is forgotten in one of the two xhat", 0},
    {OUTSIDE, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in the derivative, inside in the function",
     0},
    {OUTSIDE, RSTD, RSTD, 1, 1, "eps is outside of the square root in the factor rstd of the derivative", 0},
    {RSTD, OUTSIDE, OUTSIDE, 1, 1, "eps is outside of the square root in xhat of the derivative", 0},
    {INSIDE, INSIDE, INSIDE, 1, 1, "eps is inside of the square root in the derivative, outside in the function",
     0},
    {UNBIASED, UNBIASED, UNBIASED, 1, 1, "the derivative uses the unbiased variance (N - 1 instead of N)", 0},
    {UNBIASED, RSTD, RSTD, 1, 1, "the factor rstd comes from the unbiased variance (N - 1 instead of N)", 0},
    {RSTD, UNBIASED, UNBIASED, 1, 1, "xhat comes from the unbiased variance (N - 1 instead of N)", 0},
    {BIASED, BIASED, BIASED, 1, 1, "the derivative uses the biased variance (N instead of N - 1)", 0},
    {ONE, RSTD, RSTD, 1, 1, "the factor rstd is missing", 0},
    {SQUARED, RSTD, RSTD, 1, 1, "the factor rstd is applied twice", 0},
    {CUBED, RSTD, RSTD, 1, 1, "the factor rstd is applied three times", 0},
    {INVERSE, RSTD, RSTD, 1, 1, "multiplied by the standard deviation instead of divided by it", 0},
    {RSTD, ONE, ONE, 1, 1, "x - mean is used instead of xhat (rstd is missing)", 0},
    {RSTD, ONE, RSTD, 1, 1, "x - mean is used instead of xhat in one of two places (rstd is missing)", 0},
    {RSTD, SQUARED, RSTD, 1, 1, "rstd is applied once too often in the term xhat * mean(dy * xhat)", 0},
    {RSTD, RAW_X, RAW_X, 1, 1, "x is used instead of xhat (the mean is not subtracted)", 0},
    {RSTD, OUTPUT, OUTPUT, 1, 1, "the output y is used instead of xhat", 0},
    {RSTD, OUTPUT, RSTD, 1, 1, "the output y is used instead of xhat in front of the mean", 0},
    {RSTD, RSTD, OUTPUT, 1, 1, "the output y is used instead of xhat in the mean", 0},
    {RSTD, RSTD, RSTD, 0, 0, "gamma is missing", 0},
    {RSTD, RSTD, RSTD, 0, 1, "gamma is missing in the term dy", 0},
    {RSTD, RSTD, RSTD, 1, 0, "gamma is missing in the means", 0},
    {RSTD, RSTD, RSTD, 2, 2, "gamma is applied twice", 0},
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

static double predicted(const normalization *n, const variant *v, double outer, double inner, double mean,
                        double of_xhat, int64_t i) {
  const int64_t g = n->group[i];
  const double f = n->outside ? 1 / (n->rstd[g] * sqrt(n->kappa * n->variance[g])) : 1;
  return outer * (weighted(n, v->gamma, i) - (n->centered ? mean : 0) -
                  n->kappa * f * hat(n, v->inner, inner, i) * of_xhat);
}

// Whether the elements in the list are as predicted; the means are taken over just these.
static bool agrees(const normalization *n, const variant *v, const int64_t *list, int64_t count) {
  remainder_of r = {0, 0, true};
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
        compare(n, i, predicted(n, v, outer, inner, first, second, i), &r);
      }
    }
  return r.close;
}

// `over`: the groups that means are taken over, with so many members each.
static bool predicts(const normalization *n, const variant *v, const int64_t *over, int64_t members) {
  remainder_of r = {0, 0, true};
  const int64_t *list = n->first_group;
  if (over != n->group) {
    normalization_first(over, n->count, n->offset);
    list = n->offset;
  }
  if (!agrees(n, v, list, members)) return false;
  for (int64_t g = 0; g < n->count; g++) n->first[g] = n->second[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const double t = weighted(n, v->gamma_in_means, i) / (double)members;
    n->first[over[i]] += t;
    n->second[over[i]] += t * hat(n, v->within, value_of(n, v, v->within, n->group[i]), i);
  }
  for (int64_t i = 0; i < n->count && r.close; i++) {
    const int64_t g = n->group[i];
    const double outer = value_of(n, v, v->outer, g), inner = value_of(n, v, v->inner, g);
    compare(n, i, predicted(n, v, outer, inner, n->first[over[i]], n->second[over[i]], i), &r);
  }
  return explained(&r);
}

static bool another_variant(const normalization *n) {
  for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
    if (!predicts(n, &variants[i], n->group, n->members)) continue;
    normalization_say(n);
    return diagnosis_say(n->d, "%s.", variants[i].text);
  }
  return false;
}

// ---- Another eps ------------------------------------------------------------------------------------------

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
  fit f;
  const int64_t rows = n->members < most_rows ? n->members : most_rows;
  if (!regress(n, n->first_group, rows, &f)) return false;
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    const double ratio = places[i].outer == RSTD ? sqrt(-f.c[2]) : f.c[0];
    variant v = {places[i].outer, places[i].xhat, places[i].xhat, 1, 1, "", eps_for(n, ratio * n->rstd[0])};
    const bool twice = n->eps > 0 && fabs(v.eps - 2 * n->eps) <= 1e-4 * n->eps;
    if (twice) v.eps = 2 * n->eps;
    if (!(v.eps > 0) || (n->groups == 1 && !twice && !is_round(v.eps))) continue;
    if (!predicts(n, &v, n->group, n->members)) continue;
    normalization_say(n);
    normalization_say_eps(n, v.eps);
    return diagnosis_say(n->d, " %s.", places[i].where);
  }
  return false;
}

// ---- Means over other dimensions ---------------------------------------------------------------------------

static bool wrong_axes(const normalization *n) {
  static const variant plain = {RSTD, RSTD, RSTD, 1, 1, "", 0};
  int64_t *over = diagnosis_room(n->d, n->count, sizeof *over);
  for (unsigned mask = 1; over && mask < 1u << n->shape->rank; mask++) {
    if (mask == n->mask && n->split == 1) continue;
    const int64_t groups = normalization_group(n->shape, mask, 1, over);
    if (!predicts(n, &plain, over, n->count / groups)) continue;
    normalization_say(n);
    return diagnosis_say(n->d, "the means in the derivative are taken over dimension%s %s.",
                         mask & (mask - 1) ? "s" : "", diagnosis_dimensions(n->d, mask).text);
  }
  return false;
}

// ---- The input ---------------------------------------------------------------------------------------------

static bool all_finite(const diagnosis *d) {
  for (int64_t i = 0; i < sg_shape_elements(&d->found->shape); i++)
    if (!isfinite(d->gradient[i])) return false;
  return true;
}

bool diagnose_normalization(const diagnosis *d) {
  normalization n;
  if (!d->gradient || d->failed_count == 0 || !all_finite(d)) return false;
  if (normalization_recognize(&n, d, d->position))
    return wrong_coefficients(&n, true) || another_variant(&n) || another_eps(&n) || wrong_axes(&n);
  for (int i = 0; i < d->problem->input_count; i++)
    if (i != d->position && sg_tensor_elements(d->problem->inputs[i]) > sg_shape_elements(&d->found->shape) &&
        normalization_recognize(&n, d, i))
      return (n.gamma_input == d->position || n.beta_input == d->position) && normalization_wrong_parameter(&n);
  return false;
}

bool diagnose_normalization_sizes(const diagnosis *d) {
  normalization n;
  if (!d->gradient || d->failed_count == 0 || !all_finite(d)) return false;
  return normalization_recognize(&n, d, d->position) && wrong_coefficients(&n, false);
}
