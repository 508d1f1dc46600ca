// SPDX-License-Identifier: GPL-3.0-or-later
//
// A factor between the analytic and the numeric gradient, and what its value looks like.
#include "autograd/gradcheck/diagnosis/hypotheses.h"
#include "autograd/gradcheck/diagnosis/normalization/normalization.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- What a number looks like -------------------------------------------------------------------------------

static const struct {
  double value;
  const char *text;
} constants[] = {
    {2, "2"},
    {0.5, "1/2"},
    {3, "3"},
    {1 / 3.0, "1/3"},
    {4, "4"},
    {0.25, "1/4"},
    {M_PI, "pi"},
    {M_1_PI, "1/pi"},
    {2 * M_PI, "2 pi"},
    {0.5 * M_1_PI, "1/(2 pi)"},
    {M_PI / 180, "pi/180 (degrees and radians)"},
    {180 / M_PI, "180/pi (degrees and radians)"},
    {M_E, "e"},
    {1 / M_E, "1/e"},
    {M_LN2, "ln 2 (logarithm to base 2)"},
    {M_LOG2E, "1/ln 2 (logarithm to base 2)"},
    {M_LN10, "ln 10 (logarithm to base 10)"},
    {M_LOG10E, "1/ln 10 (logarithm to base 10)"},
    {M_SQRT2, "sqrt(2)"},
    {M_SQRT1_2, "1/sqrt(2)"},
    {M_2_SQRTPI, "2/sqrt(pi)"},
    {0.5 / M_2_SQRTPI * 4, "sqrt(pi)"},
};

typedef struct naming {
  const diagnosis *d;
  interval factor; // positive
  char text[640];
  int found;
  bool rare; // looks among the rare formulas, else the usual ones
} naming;

static bool matches(const interval *factor, double value) {
  const double slack = 1e-12 * fabs(value);
  return value >= factor->low - slack && value <= factor->high + slack;
}

static void add_name(naming *n, const char *format, ...) SG_PRINTF(2, 3);
static void add_name(naming *n, const char *format, ...) {
  const size_t length = strlen(n->text);
  if (n->found++ >= 2) return;
  va_list arguments;
  va_start(arguments, format);
  const int put = snprintf(n->text + length, sizeof n->text - length, "%s", n->found > 1 ? ", or " : "");
  vsnprintf(n->text + length + put, sizeof n->text - length - (size_t)put, format, arguments);
  va_end(arguments);
}

// The formulas of a count N that mistakes are made of, the usual ones first. `reading` is what that suggests.
static const struct {
  const char *text, *reading;
} formulas[] = {
    {"N", "a sum instead of a mean"},
    {"1/N", "a mean instead of a sum"},
    {"N/(N-1)", "N - 1 instead of N"},
    {"(N-1)/N", "N instead of N - 1"},
    {"sqrt(N)", ""},
    {"1/sqrt(N)", ""},
    {"sqrt(N/(N-1))", "N - 1 instead of N"},
    {"sqrt((N-1)/N)", "N instead of N - 1"},
    {"N-1", ""},
    {"1/(N-1)", ""},
    {"N^2", ""},
    {"1/N^2", ""},
};

enum { usual_formulas = 4, all_formulas = sizeof formulas / sizeof *formulas };

static double formula(int which, double n) {
  const double values[all_formulas] = {
      n,     1 / n,       n / (n - 1), (n - 1) / n, sqrt(n), 1 / sqrt(n), sqrt(n / (n - 1)), sqrt((n - 1) / n),
      n - 1, 1 / (n - 1), n * n,       1 / (n * n),
  };
  return values[which];
}

static bool name_count(naming *n, double count, const char *what) {
  if (count < 2) return false;
  for (int i = n->rare ? usual_formulas : 0; i < (n->rare ? all_formulas : usual_formulas); i++) {
    const double value = formula(i, count);
    if (fabs(value - 1) < 1e-12 || !matches(&n->factor, value)) continue;
    add_name(n, "%s for N = %.0f, %s%s%s%s", formulas[i].text, count, what, formulas[i].reading[0] ? " (" : "",
             formulas[i].reading, formulas[i].reading[0] ? "?)" : "");
    return true;
  }
  return false;
}

// Products of dimensions, of few dimensions first.
static bool name_products(naming *n, const sg_shape *shape, const char *of) {
  double whole = 1;
  for (int i = 0; i < shape->rank; i++) whole *= (double)shape->size[i];
  char what[256];
  for (int size = 1; size < shape->rank; size++)
    for (unsigned mask = 1; mask < 1u << shape->rank; mask++) {
      if (__builtin_popcount(mask) != size) continue;
      double count = 1;
      bool proper = true;
      for (int i = 0; i < shape->rank; i++)
        if (mask >> i & 1) {
          count *= (double)shape->size[i];
          proper = proper && shape->size[i] > 1;
        }
      if (!proper) continue;
      snprintf(what, sizeof what, "%s %s of %s", size == 1 ? "the size of dimension" : "the product of dimensions",
               diagnosis_dimensions(n->d, mask).text, of);
      if (name_count(n, count, what)) return true;
    }
  snprintf(what, sizeof what, "the number of elements of %s", of);
  return name_count(n, whole, what);
}

// How many elements of the output one of the input is broadcast to.
static bool name_multiplicity(naming *n) {
  const double elements = (double)sg_shape_elements(&n->d->found->shape);
  for (int i = 0; i < n->d->findings->output_count && elements > 0; i++) {
    const double multiple = (double)sg_shape_elements(n->d->findings->outputs[i].shape) / elements;
    if (multiple > 1 && multiple == floor(multiple) && n->d->found->shape.rank > 0 &&
        name_count(n, multiple, "the number of output elements for each element of the input"))
      return true;
  }
  return false;
}

// 1 + eps and what else an epsilon forgotten makes of 1.
static void name_epsilon(naming *n) {
  const double middle = diagnosis_middle(&n->factor);
  if (!(fabs(middle - 1) < 0.02) || !(n->factor.high - n->factor.low < 0.02 * fabs(middle - 1))) return;
  for (int digits = 2; digits <= 12; digits++) {
    const double eps = pow(10, -digits);
    const double values[] = {1 + eps, 1 / (1 + eps), 1 - eps, sqrt(1 + eps), 1 / sqrt(1 + eps)};
    static const char *const texts[] = {"1 + eps", "1/(1 + eps)", "1 - eps", "sqrt(1 + eps)", "1/sqrt(1 + eps)"};
    for (int i = 0; i < 5; i++)
      if (matches(&n->factor, values[i]) && n->found == 0) add_name(n, "%s for eps = %g", texts[i], eps);
  }
}

static void name_counts(naming *n) {
  if (name_multiplicity(n) || name_products(n, &n->d->found->shape, "the input")) return;
  for (int i = 0; i < n->d->findings->output_count; i++)
    if (name_products(n, n->d->findings->outputs[i].shape, "the output")) return;
}

static void name_number(naming *n, const interval *factor) {
  const double middle = diagnosis_middle(factor), size = fabs(middle), width = factor->high - factor->low;
  n->factor = middle < 0 ? (interval){-factor->high, -factor->low} : *factor;
  if (!(width <= 1e-3 * size) || !(width < 0.02 * fabs(size - 1))) return;
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    if ((width <= 1e-5 * size || i < 4) && matches(&n->factor, constants[i].value))
      add_name(n, "%s", constants[i].text);
  if (!(width <= 1e-5 * size)) return;
  name_counts(n);
  n->rare = true;
  if (n->found == 0) name_counts(n);
  if (n->found == 0) name_epsilon(n);
}

static void say_names(const diagnosis *d, const naming *n, const interval *factor) {
  if (n->found > 0)
    diagnosis_say(d, ", which looks like %s%s", diagnosis_middle(factor) < 0 ? "minus " : "", n->text);
}

void diagnosis_say_number(const diagnosis *d, const interval *factor) {
  naming n = {.d = d};
  name_number(&n, factor);
  say_names(d, &n, factor);
}

// ---- One factor ---------------------------------------------------------------------------------------------

static double factor_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  return diagnosis_misfit_of_factor(d, model, k, bar);
}

static bool nice(const interval *factor) {
  static const double values[] = {-1, 2, 0.5, -2, -0.5};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    if (matches(factor, values[i])) return true;
  return false;
}

// Whether so few elements can have the same factor by accident only. Two agree by accident with a probability of
// about width / |c - 1|; one element always has a factor, which then must look like something to all its digits.
static bool enough(const diagnosis *d, const interval *factor, const naming *n) {
  const double c = diagnosis_middle(factor), width = factor->high - factor->low;
  int64_t telling = 0;
  for (int64_t k = 0; k < d->count; k++) telling += fabs(d->numeric[k]) > 4 * d->bar[k];
  if (telling >= 3 || (telling > 0 && nice(factor))) return true;
  if (telling == 2 && width <= 1e-4 * fabs(c - 1)) return true;
  return telling > 0 && n->found > 0 && width <= 1e-7 * fabs(c) && fabs(c - 1) > 0.02;
}

bool diagnose_factor(const diagnosis *d) {
  interval factor = diagnosis_everything;
  naming n = {.d = d};
  for (int64_t k = 0; k < d->count && factor.low <= factor.high; k++)
    diagnosis_narrow(&factor, d->analytic[k], 0, d->numeric[k], d->bar[k]);
  if (!(factor.low <= factor.high) || !isfinite(factor.low) || !isfinite(factor.high)) return false;
  const double c = diagnosis_middle(&factor), width = factor.high - factor.low;
  name_number(&n, &factor);
  if (c == 0 || !(width < 0.02 * fabs(c - 1)) || !enough(d, &factor, &n)) return false;
  if (!diagnosis_explains(d, factor_misfit, &factor)) return false;
  if (matches(&factor, -1) && width < 1e-2)
    return diagnosis_say(d, "The sign is flipped: the analytic gradient is -1 times the numeric one.");
  if (n.found == 0 && diagnose_normalization(d)) return true; // says why the factor is what it is
  diagnosis_say(d, "The analytic gradient is the numeric one times %.9g", c);
  if (width > 1e-8 * fabs(c)) diagnosis_say(d, " (to %.0e)", 0.5 * width);
  say_names(d, &n, &factor);
  return diagnosis_say(d, ".");
}
