// SPDX-License-Identifier: GPL-3.0-or-later
//
// A factor that depends on the indices along some dimensions only, such as one for each channel, and what it is: a
// parameter, or a statistic over the other dimensions, such as 1/sqrt(var + eps).
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

typedef struct slices {
  const sg_shape *shape;
  unsigned kept; // dimensions whose index counts
  int64_t count;
  interval *factor; // of each slice
} slices;

static int64_t slice_of(const slices *s, int64_t place) {
  int64_t number = 0, stride = 1;
  for (int i = s->shape->rank - 1; i >= 0; i--) {
    const int64_t size = s->shape->size[i];
    if (s->kept >> i & 1) {
      number += place % size * stride;
      stride *= size;
    }
    place /= size;
  }
  return number;
}

// ---- Fitting ------------------------------------------------------------------------------------------------

static double slice_misfit(const diagnosis *d, const void *model, int64_t k, double *bar) {
  const slices *s = model;
  return diagnosis_misfit_of_factor(d, &s->factor[slice_of(s, d->element[k])], k, bar);
}

// Three times as many telling elements as factors at least, so that a fit says something.
static bool fit(const diagnosis *d, const slices *s) {
  int64_t telling = 0;
  for (int64_t i = 0; i < s->count; i++) s->factor[i] = diagnosis_everything;
  for (int64_t k = 0; k < d->count; k++) {
    if (!(fabs(d->numeric[k]) > 4 * d->bar[k])) continue;
    interval *r = &s->factor[slice_of(s, d->element[k])];
    telling++;
    diagnosis_narrow(r, d->analytic[k], 0, d->numeric[k], d->bar[k]);
    if (!(r->low <= r->high)) return false;
  }
  if (telling < 3 * s->count) return false;
  for (int64_t i = 0; i < s->count; i++)
    if (!isfinite(s->factor[i].low) || !isfinite(s->factor[i].high)) return false;
  return diagnosis_explains(d, slice_misfit, s);
}

// ---- What the factor is -------------------------------------------------------------------------------------

// Number `quantity` of each slice to the power `exponent`, with `eps` added first; times `times`.
typedef struct reading {
  const char *quantity, *of;
  double exponent, eps, times;
} reading;

static bool holds_all(const slices *s, const double *value, const reading *r) {
  for (int64_t i = 0; i < s->count; i++) {
    const double expected = r->times * pow(value[i] + r->eps, r->exponent);
    const double slack = 1e-11 * fabs(expected);
    if (!(expected >= s->factor[i].low - slack && expected <= s->factor[i].high + slack)) return false;
  }
  return true;
}

// The factors are known to a hundred-thousandth of their variation, so that chance does not name them.
static bool is_sharp(const slices *s) {
  double low = DBL_MAX, high = -DBL_MAX, width = 0;
  for (int64_t i = 0; i < s->count; i++) {
    low = fmin(low, s->factor[i].low);
    high = fmax(high, s->factor[i].high);
    width = fmax(width, s->factor[i].high - s->factor[i].low);
  }
  return width <= 1e-5 * (high - low);
}

// As it is, then with an eps, then with a constant factor; these two fit two slices always.
static bool find(const slices *s, const double *value, bool with_eps, reading *r) {
  static const double exponents[] = {1, -1, 0.5, -0.5, 2, -2};
  enum { exponent_count = 6, least_slices = 3 };
  int64_t least = 0; // where an eps shows most
  for (int64_t j = 1; j < s->count; j++)
    if (value[j] < value[least]) least = j;
  for (int way = 0; way < 3; way++) {
    if ((way > 0 && s->count < least_slices) || (way == 1 && !with_eps)) continue;
    for (int i = 0; i < exponent_count; i++) {
      const double factor = diagnosis_middle(&s->factor[least]);
      *r = (reading){r->quantity, r->of, exponents[i], 0, 1};
      if (way == 1) r->eps = pow(factor, 1 / exponents[i]) - value[least];
      if (way == 2) r->times = factor / pow(value[least], exponents[i]);
      if (r->eps >= 0 && isfinite(r->eps) && isfinite(r->times) && holds_all(s, value, r)) return true;
    }
  }
  return false;
}

static bool say_reading(const diagnosis *d, const reading *r) {
  char base[128];
  snprintf(base, sizeof base, "%s%s", r->quantity, r->eps > 0 ? " + eps" : "");
  const char *open = r->exponent == 1    ? ""
                     : r->exponent == -1 ? "1/("
                     : r->exponent > 1   ? "("
                     : r->exponent < -1  ? "1/("
                     : r->exponent > 0   ? "sqrt("
                                         : "1/sqrt(";
  const char *close = r->exponent == 1 ? "" : fabs(r->exponent) == 2 ? ")^2" : ")";
  diagnosis_say(d, "; it is ");
  if (r->times != 1) diagnosis_say(d, "%.6g times ", r->times);
  diagnosis_say(d, "%s%s%s%s", open, base, close, r->of);
  if (r->eps > 0) diagnosis_say(d, ", with eps = %.4g", r->eps);
  return true;
}

enum { statistics = 5, most_elements = 1 << 20 };

static void measure(const slices *s, const double *x, int64_t elements, double *value[statistics]) {
  double *mean = value[0], *variance = value[1], *squares = value[2], *sum = value[3], *total = value[4];
  const double m = (double)(elements / s->count);
  for (int64_t i = 0; i < elements; i++) mean[slice_of(s, i)] += x[i] / m;
  for (int64_t i = 0; i < elements; i++) {
    const int64_t j = slice_of(s, i);
    variance[j] += (x[i] - mean[j]) * (x[i] - mean[j]) / m;
    squares[j] += x[i] * x[i] / m;
  }
  for (int64_t j = 0; j < s->count; j++) {
    sum[j] = m * mean[j];
    total[j] = m * squares[j];
  }
}

static bool is_statistic(const diagnosis *d, const slices *s, const double *x, const char *name) {
  static const char *const names[statistics] = {"mean", "var", "mean of squares", "sum", "sum of squares"};
  const int64_t elements = sg_shape_elements(s->shape);
  double *room = diagnosis_memory(d, statistics * s->count, sizeof *room), *value[statistics];
  if (!room) return false;
  for (int i = 0; i < statistics; i++) value[i] = room + i * s->count;
  measure(s, x, elements, value);
  char of[128];
  snprintf(of, sizeof of, ", of %s over the other dimensions", name);
  for (int i = 0; i < statistics; i++) {
    reading r = {.quantity = names[i], .of = of};
    if (find(s, value[i], i == 1 || i == 2, &r)) return say_reading(d, &r);
  }
  return false;
}

// Whether a view of another input depends on the index along the kept dimensions alone, and makes the factor.
static bool is_parameter(const diagnosis *d, const slices *s, const diagnosis_view *view, const char *name) {
  double *value = diagnosis_memory(d, s->count, sizeof *value);
  if (!value) return false;
  for (int i = 0; i < s->shape->rank; i++)
    if (!(s->kept >> i & 1) && view->stride[i] != 0) return false;
  for (int64_t k = 0; k < d->count; k++)
    value[slice_of(s, d->element[k])] = diagnosis_look(s->shape, view, d->element[k]);
  reading r = {.quantity = name, .of = ""};
  return find(s, value, false, &r) && say_reading(d, &r);
}

static bool say_what(const diagnosis *d, const slices *s) {
  const findings *f = d->findings;
  if (!is_sharp(s)) return false;
  for (int i = 0; i < f->input_count; i++) {
    diagnosis_view views[2];
    const int fitting = i == d->position ? 0 : diagnosis_views(s->shape, f->inputs[i].x, views);
    for (int v = 0; v < fitting; v++)
      if (is_parameter(d, s, &views[v], f->inputs[i].name.text)) return true;
  }
  if (sg_shape_elements(s->shape) > most_elements) return false;
  for (int i = 0; i < f->input_count; i++) {
    const sg_tensor *x = f->inputs[i].x;
    if (sg_tensor_dtype(x) == SG_F64 && sg_shape_equal(sg_tensor_shape(x), s->shape) &&
        is_statistic(d, s, sg_tensor_data(x), f->inputs[i].name.text))
      return true;
  }
  const found_output *output = diagnosis_output_like(d, s->shape);
  return output && is_statistic(d, s, output->values, "the output");
}

// ---- Trying -------------------------------------------------------------------------------------------------

static bool along(const diagnosis *d, unsigned kept) {
  slices s = {.shape = &d->found->shape, .kept = kept, .count = 1};
  for (int i = 0; i < s.shape->rank; i++)
    if (kept >> i & 1) {
      if (s.shape->size[i] < 2) return false;
      s.count *= s.shape->size[i];
      if (3 * s.count > d->count) return false;
    }
  s.factor = diagnosis_memory(d, s.count, sizeof *s.factor);
  if (!s.factor || !fit(d, &s)) return false;
  double low = DBL_MAX, high = -DBL_MAX, least_high = DBL_MAX, largest_low = -DBL_MAX;
  for (int64_t j = 0; j < s.count; j++) {
    low = fmin(low, diagnosis_middle(&s.factor[j]));
    high = fmax(high, diagnosis_middle(&s.factor[j]));
    least_high = fmin(least_high, s.factor[j].high);
    largest_low = fmax(largest_low, s.factor[j].low);
  }
  if (largest_low <= least_high) return false; // may be the same for all
  const bool one = (kept & (kept - 1)) == 0;
  diagnosis_say(d,
                "The analytic gradient is the numeric one times a factor that depends on the %s along dimension%s "
                "%s only, from %.4g to %.4g",
                one ? "index" : "indices", one ? "" : "s", diagnosis_dimensions(d, kept).text, low, high);
  say_what(d, &s);
  return diagnosis_say(d, ".");
}

bool diagnose_slices(const diagnosis *d) {
  const int rank = d->found->shape.rank;
  if (d->failed_count < 2 || rank > 6) return false;
  for (int size = 1; size < rank; size++)
    for (unsigned kept = 1; kept < 1u << rank; kept++)
      if (__builtin_popcount(kept) == size && along(d, kept)) return true;
  return false;
}
