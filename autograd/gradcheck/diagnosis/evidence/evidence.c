// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/diagnosis/evidence/evidence.h"
#include "autograd/gradcheck/common/memory.h"

#include <float.h>
#include <math.h>
#include <string.h>

// ---- Collecting ---------------------------------------------------------------------------------------------

void *diagnosis_memory(const diagnosis *d, int64_t count, size_t bytes) {
  sg_tensor *owner;
  return gradcheck_memory(d->findings->context, (size_t)count * bytes, &owner);
}

static bool usable(const diagnosis *d, const sg_gradcheck_value *v) {
  const double *kinks = d->findings->inputs[d->position].kinks;
  if (v->verdict != SG_GRADCHECK_PASS && v->verdict != SG_GRADCHECK_FAIL) return false;
  if (kinks && kinks[v->position] != 0) return false;
  return isfinite(v->analytic) && isfinite(v->numeric) && isfinite(v->error_bar);
}

bool diagnosis_collect(diagnosis *d) {
  const sg_gradcheck_input *in = d->found;
  const double *gradient = d->findings->inputs[d->position].gradient;
  if (!gradient || (!in->values && in->checked > 0)) return false;
  const int64_t room = in->checked > 0 ? in->checked : 1;
  d->element = diagnosis_memory(d, room, sizeof *d->element);
  d->analytic = diagnosis_memory(d, 3 * room, sizeof *d->analytic);
  d->failed = diagnosis_memory(d, room, sizeof *d->failed);
  if (!d->element || !d->analytic || !d->failed) return false;
  d->numeric = d->analytic + room;
  d->bar = d->numeric + room;
  d->gradient = gradient;
  for (int64_t i = 0; i < in->checked; i++) {
    const sg_gradcheck_value *v = &in->values[i];
    if (memcmp(&gradient[v->position], &v->analytic, sizeof v->analytic) != 0) d->gradient = NULL;
    if (!usable(d, v)) continue;
    d->element[d->count] = v->position;
    d->analytic[d->count] = v->analytic;
    d->numeric[d->count] = v->numeric;
    d->bar[d->count] = v->error_bar;
    d->failed[d->count] = v->verdict == SG_GRADCHECK_FAIL;
    d->failed_count += d->failed[d->count++];
  }
  return true;
}

bool diagnosis_knows_gradient(const diagnosis *d) {
  for (int64_t i = 0; d->gradient && i < sg_shape_elements(&d->found->shape); i++)
    if (!isfinite(d->gradient[i])) return false;
  return d->gradient != NULL;
}

// ---- Explaining ---------------------------------------------------------------------------------------------

const interval diagnosis_everything = {-(double)INFINITY, (double)INFINITY};

void diagnosis_narrow(interval *c, double u, double u_bar, double t, double t_bar) {
  if (!(fabs(t) > t_bar)) return;
  const double slack = 8 * DBL_EPSILON;
  double low = (double)INFINITY, high = -(double)INFINITY;
  for (int corner = 0; corner < 4; corner++) {
    const double ratio = (u + (corner & 1 ? u_bar : -u_bar)) / (t + (corner & 2 ? t_bar : -t_bar));
    low = fmin(low, ratio - slack * fabs(ratio));
    high = fmax(high, ratio + slack * fabs(ratio));
  }
  c->low = fmax(c->low, low);
  c->high = fmin(c->high, high);
}

double diagnosis_middle(const interval *c) { return 0.5 * c->low + 0.5 * c->high; }
bool diagnosis_holds(const interval *c, double value) { return value >= c->low && value <= c->high; }

bool diagnosis_explains(const diagnosis *d, diagnosis_misfit *misfit, const void *model) {
  long double left = 0, error = 0;
  for (int64_t k = 0; k < d->count; k++) {
    double bar = 0;
    const double rest = misfit(d, model, k, &bar);
    const double rounding = 16 * DBL_EPSILON * (fabs(d->analytic[k]) + fabs(d->numeric[k]));
    if (!(fabs(rest) <= bar + rounding)) return false;
    const long double wrong = (long double)d->analytic[k] - (long double)d->numeric[k];
    left += (long double)rest * (long double)rest;
    error += wrong * wrong;
  }
  return error > 0 && left <= 1e-3L * error;
}

double diagnosis_misfit_of_factor(const diagnosis *d, const interval *factor, int64_t k, double *bar) {
  const double c = diagnosis_middle(factor), half = 0.5 * (factor->high - factor->low);
  *bar = fabs(c) * d->bar[k] + half * (fabs(d->numeric[k]) + d->bar[k]);
  return d->analytic[k] - c * d->numeric[k];
}
