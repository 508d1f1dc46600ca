// SPDX-License-Identifier: GPL-3.0-or-later
//
// The analytic gradient is the numeric one times a factor that depends on the element of the input alone, wherever
// it stands: a factor of the chain rule is missing or wrong. Where the elements of x differ anything is a function
// of x, so it is tried: with the elements in other places, the factor must go with them.
#include "autograd/gradcheck/diagnosis/hypotheses.h"

#include <gsl/gsl_sort.h>
#include <math.h>

enum { tried = 8, shown = 5 };

// Whether the derivative is known well enough for a factor to be one.
static bool telling(const diagnosis *d, int64_t k) { return fabs(d->numeric[k]) > 1e6 * d->bar[k]; }

static double factor_of(const diagnosis *d, int64_t k) { return d->analytic[k] / d->numeric[k]; }

typedef struct inquiry {
  const diagnosis *d;
  int64_t elements;
  double *x;        // the elements in other places
  int64_t *place;   // where each is now
  double *gradient; // analytic, there
  double *outputs;
  double length; // over which x varies
} inquiry;

static bool weigh(const inquiry *q, double *sum) {
  const findings *f = q->d->findings;
  if (!f->at(f->checker, q->d->position, q->x, q->outputs, NULL)) return false;
  *sum = 0;
  for (int64_t j = 0; j < f->output_elements; j++) *sum += f->weights[j] * q->outputs[j];
  return true;
}

// The five-point rule; two steps must agree.
static bool difference(const inquiry *q, int64_t i, double *derivative) {
  const double x = q->x[i], length = x == 0 ? q->length : fmin(fabs(x), q->length);
  double of_step[2];
  for (int k = 0; k < 2; k++) {
    const double step = length * (k ? 2e-3 : 1e-3);
    double at[4];
    for (int j = 0; j < 4; j++) {
      q->x[i] = x + step * (j < 2 ? j - 2 : j - 1);
      const bool known = weigh(q, &at[j]);
      q->x[i] = x;
      if (!known) return false;
    }
    of_step[k] = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * step);
  }
  *derivative = of_step[0];
  return fabs(of_step[0] - of_step[1]) <= 1e-7 * fabs(of_step[0]);
}

// Far from where they were and from their neighbours: multiples of a number that is prime to how many there are.
static void scatter(const inquiry *q) {
  int64_t stride = (int64_t)(0.618 * (double)q->elements);
  while (stride > 1) {
    int64_t a = q->elements, b = stride;
    while (b) {
      const int64_t rest = a % b;
      a = b;
      b = rest;
    }
    if (a == 1) break;
    stride--;
  }
  for (int64_t i = 0; i < q->elements; i++) q->place[i] = (i * stride + 1) % q->elements;
}

static bool open_inquiry(inquiry *q, const diagnosis *d) {
  const sg_tensor *input = d->findings->inputs[d->position].x;
  *q = (inquiry){.d = d, .elements = sg_shape_elements(&d->found->shape)};
  if (sg_tensor_dtype(input) != SG_F64) return false;
  q->x = diagnosis_memory(d, 2 * q->elements + d->findings->output_elements, sizeof(double));
  q->place = diagnosis_memory(d, q->elements, sizeof *q->place);
  if (!q->x || !q->place) return false;
  q->gradient = q->x + q->elements;
  q->outputs = q->gradient + q->elements;
  const double *x = sg_tensor_data(input);
  double low = x[0], high = x[0];
  scatter(q);
  for (int64_t i = 0; i < q->elements; i++) {
    q->x[q->place[i]] = x[i];
    low = fmin(low, x[i]);
    high = fmax(high, x[i]);
  }
  q->length = high - low;
  return q->length > 0;
}

// Whether the factor of usable element k has gone with it; `known`: differences tell.
static bool goes_along(const inquiry *q, int64_t k, bool *known) {
  const double before = factor_of(q->d, k);
  const int64_t now = q->place[q->d->element[k]];
  double numeric;
  *known = difference(q, now, &numeric);
  return !*known || fabs(q->gradient[now] / numeric - before) <= 1e-5 * fabs(before) + 1e-9;
}

// Whether the factors go with the elements, as far as some of them tell: the extreme ones, and some between.
static bool goes_with_elements(const inquiry *q) {
  const diagnosis *d = q->d;
  const findings *f = d->findings;
  const int64_t between = d->count < tried ? d->count : tried;
  int64_t low = 0, high = 0;
  int agreeing = 0;
  bool known;
  if (!f->at(f->checker, d->position, q->x, q->outputs, q->gradient)) return false;
  for (int64_t k = 1; k < d->count; k++) {
    if (factor_of(d, k) < factor_of(d, low)) low = k;
    if (factor_of(d, k) > factor_of(d, high)) high = k;
  }
  if (!goes_along(q, low, &known) || !known || !goes_along(q, high, &known) || !known) return false;
  for (int64_t n = 0; n < between; n++) {
    if (!goes_along(q, n * d->count / between, &known)) return false;
    agreeing += known;
  }
  return agreeing >= 3;
}

static bool varies(const diagnosis *d) {
  double low = factor_of(d, 0), high = low;
  for (int64_t k = 1; k < d->count; k++) {
    low = fmin(low, factor_of(d, k));
    high = fmax(high, factor_of(d, k));
  }
  return high - low > 1e-3 * fmax(fabs(low), fabs(high));
}

// "-1.2: 0.36, -0.4: 0.8, ...", in the order of x.
static void say_factors(const diagnosis *d) {
  const double *x = sg_tensor_data(d->findings->inputs[d->position].x);
  size_t *order = diagnosis_memory(d, d->count, sizeof *order);
  double *of = diagnosis_memory(d, d->count, sizeof *of);
  const int64_t points = d->count < shown ? d->count : shown;
  if (!order || !of) return;
  for (int64_t k = 0; k < d->count; k++) of[k] = x[d->element[k]];
  gsl_sort_index(order, of, 1, (size_t)d->count);
  diagnosis_say(d, " Factor against %s:", d->found->name);
  for (int64_t n = 0; n < points; n++) {
    const size_t k = order[points == 1 ? 0 : n * (d->count - 1) / (points - 1)];
    diagnosis_say(d, "%s %.4g at %.4g", n ? "," : "", factor_of(d, (int64_t)k), of[k]);
  }
  diagnosis_say(d, ".");
}

bool diagnose_chain_factor(const diagnosis *d) {
  enum { least = 4 };
  inquiry q;
  if (d->failed_count < 2 || d->count < least || !diagnosis_knows_gradient(d)) return false;
  for (int64_t k = 0; k < d->count; k++)
    if (!telling(d, k)) return false;
  if (!varies(d) || !open_inquiry(&q, d) || !goes_with_elements(&q)) return false;
  diagnosis_say(d,
                "The analytic gradient is the numeric one times a factor that depends on %s alone, wherever in the "
                "tensor an element stands: a factor of the chain rule is missing or wrong.",
                d->found->name);
  say_factors(d);
  return true;
}
