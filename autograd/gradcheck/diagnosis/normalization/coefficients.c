// SPDX-License-Identifier: GPL-3.0-or-later
//
// The coefficients that the terms of a recognized normalization have in the analytic derivative, by regression.
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <gsl/gsl_linalg.h>
#include <math.h>

// ---- Comparison ---------------------------------------------------------------------------------------------

static double size_of(const normalization *n, int64_t i) {
  return fabs(n->term[0][i]) + fabs(n->term[1][i]) + fabs(n->term[2][i]);
}

static double right(const normalization *n, int64_t i) {
  return n->term[0][i] - (n->centered ? n->term[1][i] : 0) - n->term[2][i];
}

void normalization_compare(const normalization *n, int64_t i, double predicted, normalization_remainder *r) {
  const double left = n->d->gradient[i] - predicted, error = n->d->gradient[i] - right(n, i);
  r->left += (long double)left * (long double)left;
  r->error += (long double)error * (long double)error;
  r->close = r->close && fabs(left) <= 1e-8 * (size_of(n, i) + fabs(predicted));
}

bool normalization_explained(const normalization_remainder *r) {
  return r->close && r->error > 0 && r->left <= 1e-6L * r->error;
}

// ---- Coefficients -------------------------------------------------------------------------------------------

static double expected_coefficient(const normalization *n, int k) {
  return k == 0 ? 1 : k == 1 && !n->centered ? 0 : -1;
}

static double length_of(const double *values, const int64_t *rows, int64_t count) {
  double sum = 0, largest = 0;
  for (int64_t j = 0; j < count; j++) largest = fmax(largest, fabs(values[rows[j]]));
  if (!(largest > 0) || !isfinite(largest)) return 0;
  for (int64_t j = 0; j < count; j++) sum += values[rows[j]] / largest * (values[rows[j]] / largest);
  return largest * sqrt(sum);
}

// Least squares by Householder reflections, in columns of length 1; false: the terms are not independent.
static bool solve(const normalization *n, const int64_t *rows, int64_t count, const int *terms, int width,
                  const double *length, double size, normalization_fit *f) {
  double *room = diagnosis_memory(n->d, (width + 2) * count, sizeof *room), tau[3], scaled[3], smallest = 1;
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

bool normalization_regress(const normalization *n, const int64_t *rows, int64_t count, normalization_fit *f) {
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

static bool regress_all(const normalization *n, normalization_fit *f) {
  const int64_t stride = (n->count + normalization_rows - 1) / normalization_rows,
                count = (n->count + stride - 1) / stride;
  int64_t *rows = diagnosis_memory(n->d, count, sizeof *rows);
  for (int64_t j = 0; rows && j < count; j++) rows[j] = j * stride;
  return rows && normalization_regress(n, rows, count, f);
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

static bool predicts_coefficients(const normalization *n, const double *c, const int64_t *rows, int64_t count) {
  normalization_remainder r = {0, 0, true};
  for (int64_t j = 0; j < count && r.close; j++) {
    const int64_t i = rows ? rows[j] : j;
    normalization_compare(n, i, c[0] * n->term[0][i] + c[1] * n->term[1][i] + c[2] * n->term[2][i], &r);
  }
  return normalization_explained(&r);
}

// What is wrong with each coefficient; returns how many are, 0 also when one has no name and `named` asks for it.
// Coefficients that have a name become what it stands for.
static int judge(const normalization *n, normalization_fit *f, bool named, const char *how[3]) {
  int wrong = 0;
  for (int k = 0; k < 3; k++) {
    const double expected = expected_coefficient(n, k);
    double ratio = 1;
    how[k] = NULL;
    if (near(f->c[k], expected) || fabs(f->c[k] - expected) <= fmin(f->uncertainty[k], 1e-3)) {
      if (named) f->c[k] = expected;
      continue;
    }
    if (expected != 0) how[k] = name_of(n, f->c[k] / expected, f->uncertainty[k], &ratio);
    if (how[k]) f->c[k] = ratio * expected;
    if (!how[k] && named) return 0;
    if (!how[k]) how[k] = expected == 0 ? "too much" : "of the wrong size";
    wrong++;
  }
  return wrong;
}

static void say_coefficients(const normalization *n, const normalization_fit *f, const char *const how[3]) {
  const char *separator = "";
  for (int k = 0; k < 3; k++) {
    if (!how[k]) continue;
    say_coefficient(n, separator, k, how[k], f->c[k] == 0 ? 0 : f->c[k]);
    separator = ", and ";
  }
}

bool normalization_wrong_coefficients(const normalization *n, bool named) {
  normalization_fit f;
  const char *how[3];
  if (!regress_all(n, &f) || judge(n, &f, named, how) == 0 || !predicts_coefficients(n, f.c, NULL, n->count))
    return false;
  normalization_say(n);
  say_coefficients(n, &f, how);
  return diagnosis_say(n->d, ".");
}

bool normalization_wrong_in_part(const normalization *n, const int64_t *rows, int64_t count) {
  normalization_fit f;
  const char *how[3];
  if (!normalization_regress(n, rows, count < normalization_rows ? count : normalization_rows, &f)) return false;
  if (judge(n, &f, true, how) == 0 || !predicts_coefficients(n, f.c, rows, count)) return false;
  diagnosis_say(n->d, " ");
  normalization_say(n);
  diagnosis_say(n->d, "there, ");
  say_coefficients(n, &f, how);
  return diagnosis_say(n->d, ".");
}
