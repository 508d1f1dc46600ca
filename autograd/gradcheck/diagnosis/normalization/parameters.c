// SPDX-License-Identifier: GPL-3.0-or-later
//
// The mistakes in the derivatives by gamma and beta of a recognized normalization: sums over the elements that
// share an element of the parameter, of something else than dy * xhat or dy.
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <math.h>
#include <string.h>

typedef enum summand {
  DY_XHAT,
  DY,
  DY_X,
  DY_CENTERED,
  DY_Y,
  NO_EPS,
  OUTSIDE,
  UNBIASED,
  RSTD_TWICE,
  DY_GAMMA,
  DY_XHAT_GAMMA,
  DY_FRESH
} summand;
enum { summands = DY_FRESH + 1 };

// Instead of dy * xhat, and instead of dy.
static const char *const texts[summands][2] = {
    [DY_XHAT] = {"", "dy * xhat (xhat does not belong there)"},
    [DY] = {"dy (xhat is missing)", ""},
    [DY_X] = {"dy * x (x instead of xhat)", "dy * x (x does not belong there)"},
    [DY_CENTERED] = {"dy * (x - mean) (rstd is missing)", "dy * (x - mean) (x - mean does not belong there)"},
    [DY_Y] = {"dy * y (the output instead of xhat)", "dy * y (the output does not belong there)"},
    [NO_EPS] = {"dy * xhat with eps forgotten", "dy * xhat with eps forgotten"},
    [OUTSIDE] = {"dy * xhat with eps outside of the square root", "dy * xhat with eps outside of the square root"},
    [UNBIASED] = {"dy * xhat of the unbiased variance (N - 1 instead of N)", "dy * xhat of the unbiased variance"},
    [RSTD_TWICE] = {"dy * xhat * rstd (rstd is applied twice)", "dy * xhat * rstd"},
    [DY_GAMMA] = {"dy * gamma (xhat is missing)", "dy * gamma (gamma does not belong there)"},
    [DY_XHAT_GAMMA] = {"dy * xhat * gamma (gamma does not belong there)", "dy * xhat * gamma"},
    [DY_FRESH] = {"dy * x / sqrt(1 + eps) (statistics of mean 0 and variance 1)",
                  "dy * x / sqrt(1 + eps) (x does not belong there)"},
};

typedef struct sums {
  int64_t count; // elements of the parameter
  double *of[summands], *size[summands];
  double *trial; // with another eps
} sums;

static bool make_room(const normalization *n, sums *s) {
  s->count = sg_shape_elements(&n->d->found->shape);
  double *room = diagnosis_memory(n->d, (2 * summands + 1) * s->count, sizeof *room);
  for (int k = 0; room && k < summands; k++) {
    s->of[k] = room + 2 * k * s->count;
    s->size[k] = s->of[k] + s->count;
  }
  s->trial = room + 2 * summands * s->count;
  return room != NULL;
}

// n->offset: the element of the parameter that each element shares.
static void add_up(const normalization *n, const sums *s) {
  const double unbiased = (double)n->members / (double)(n->members - 1);
  for (int k = 0; k < summands; k++) memset(s->of[k], 0, 2 * (size_t)s->count * sizeof(double));
  for (int64_t i = 0; i < n->count; i++) {
    const int64_t g = n->group[i], to = n->offset[i];
    const double w = n->w[i], x = n->x[i], centered = x - n->mean[g], xhat = centered * n->rstd[g];
    const double values[summands] = {
        [DY_XHAT] = w * xhat,
        [DY] = w,
        [DY_X] = w * x,
        [DY_CENTERED] = w * centered,
        [DY_Y] = w * n->y[i],
        [NO_EPS] = w * centered / sqrt(n->kappa * n->variance[g]),
        [OUTSIDE] = w * centered / (sqrt(n->kappa * n->variance[g]) + n->eps),
        [UNBIASED] = w * centered / sqrt(unbiased * n->variance[g] + n->eps),
        [RSTD_TWICE] = w * xhat * n->rstd[g],
        [DY_GAMMA] = w * n->gamma[i],
        [DY_XHAT_GAMMA] = w * xhat * n->gamma[i],
        [DY_FRESH] = w * x / sqrt(1 + n->eps),
    };
    for (int k = 0; k < summands; k++) {
      s->of[k][to] += values[k];
      s->size[k][to] += fabs(values[k]);
    }
  }
}

static bool confirmed(const diagnosis *d, const double *right) {
  for (int64_t k = 0; k < d->count; k++)
    if (!(fabs(right[d->element[k]] - d->numeric[k]) <= 2 * d->bar[k] + 1e-12 * fabs(d->numeric[k]))) return false;
  return true;
}

static bool explains(const diagnosis *d, const sums *s, const double *right, const double *wrong,
                     const double *size) {
  long double left = 0, error = 0;
  for (int64_t i = 0; i < s->count; i++) {
    const double rest = d->gradient[i] - wrong[i], off = d->gradient[i] - right[i];
    if (!(fabs(rest) <= 1e-9 * size[i])) return false;
    left += (long double)rest * (long double)rest;
    error += (long double)off * (long double)off;
  }
  return error > 0 && left <= 1e-6L * error;
}

// ---- Another eps --------------------------------------------------------------------------------------------

static void try_eps(const normalization *n, const sums *s, double eps) {
  memset(s->trial, 0, (size_t)s->count * sizeof *s->trial);
  for (int64_t i = 0; i < n->count; i++) {
    const int64_t g = n->group[i];
    const double v = n->kappa * n->variance[g];
    s->trial[n->offset[i]] += n->w[i] * (n->x[i] - n->mean[g]) / (n->outside ? sqrt(v) + eps : sqrt(v + eps));
  }
}

// The secant method for the gradient's projection on the change that an eps makes, from none to the right one.
static bool another_eps(const normalization *n, const sums *s) {
  enum { steps = 5, least_elements = 2 };
  const diagnosis *d = n->d;
  double before = n->eps, at = 0, eps = 0;
  if (!(n->eps > 0) || s->count < least_elements) return false;
  const double *right = s->of[DY_XHAT], *none = s->of[NO_EPS];
  double length = 0;
  for (int64_t i = 0; i < s->count; i++) {
    const double change = none[i] - right[i];
    at += (d->gradient[i] - right[i]) * change;
    length += change * change;
  }
  double before_at = 0, slope = -length / n->eps; // of the projection with respect to eps
  for (int step = 0; step < steps; step++) {
    eps = before + (at - before_at) / slope;
    if (!(eps > 0) || !isfinite(eps)) return false;
    try_eps(n, s, eps);
    double now = 0;
    for (int64_t i = 0; i < s->count; i++) now += (s->trial[i] - right[i]) * (none[i] - right[i]);
    if (fabs(eps - before) <= 1e-9 * eps || now == before_at) break;
    slope = (now - before_at) / (eps - before);
    before = eps;
    before_at = now;
  }
  return explains(d, s, right, s->trial, s->size[DY_XHAT]) &&
         (normalization_say(n), diagnosis_say(d, "in the gradient of gamma, "), normalization_say_eps(n, eps),
          diagnosis_say(d, "."));
}

// ---- Other statistics ---------------------------------------------------------------------------------------

// xhat with the statistics of another normalization.
static bool try_over(const normalization *n, const sums *s, const normalization_over *over, bool centered,
                     int64_t *group, double *mean, double *rstd) {
  const int64_t groups = normalization_group(n->shape, over, group);
  const double m = (double)(n->count / groups);
  memset(mean, 0, (size_t)groups * sizeof *mean);
  memset(rstd, 0, (size_t)groups * sizeof *rstd);
  memset(s->trial, 0, (size_t)s->count * sizeof *s->trial);
  for (int64_t i = 0; i < n->count && centered; i++) mean[group[i]] += n->x[i] / m;
  for (int64_t i = 0; i < n->count; i++) rstd[group[i]] += (n->x[i] - mean[group[i]]) * (n->x[i] - mean[group[i]]);
  for (int64_t g = 0; g < groups; g++) rstd[g] = normalization_rstd(n, rstd[g], m);
  for (int64_t i = 0; i < n->count; i++)
    s->trial[n->offset[i]] += n->w[i] * rstd[group[i]] * (n->x[i] - mean[group[i]]);
  return explains(n->d, s, s->of[DY_XHAT], s->trial, s->size[DY_XHAT]);
}

static bool statistics_of_another(const normalization *n, const sums *s) {
  normalization_over over[normalization_overs];
  const int overs = normalization_list(n->shape, over);
  int64_t *group = diagnosis_memory(n->d, n->count, sizeof *group);
  double *room = diagnosis_memory(n->d, 2 * n->count, sizeof *room);
  for (int i = 0; group && room && i < overs; i++)
    for (int way = 0; way < 2; way++) {
      const bool centered = (way == 0) == n->centered;
      if (!try_over(n, s, &over[i], centered, group, room, room + n->count)) continue;
      normalization_say(n);
      diagnosis_say(n->d, "in the gradient of gamma, xhat is that of ");
      normalization_say_kind(n, &over[i], centered);
      return diagnosis_say(n->d, ".");
    }
  return false;
}

// ---- The parameter ------------------------------------------------------------------------------------------

bool normalization_wrong_parameter(const normalization *n) {
  const diagnosis *d = n->d;
  const bool is_gamma = n->gamma_input == d->position;
  const summand correct = is_gamma ? DY_XHAT : DY;
  diagnosis_view views[2];
  sums s;
  const int fitting = diagnosis_views(n->shape, d->findings->inputs[d->position].x, views);
  if (!make_room(n, &s)) return false;
  for (int v = 0; v < fitting; v++) {
    diagnosis_offsets(n->shape, &views[v], n->offset);
    add_up(n, &s);
    if (!confirmed(d, s.of[correct])) continue;
    for (int wrong = 0; wrong < summands; wrong++) {
      if (wrong == (int)correct || (wrong == DY_X && !n->centered)) continue;
      const char *text = texts[wrong][is_gamma ? 0 : 1];
      if (!explains(d, &s, s.of[correct], s.of[wrong], s.size[wrong])) continue;
      if (wrong == DY_CENTERED && !n->centered) text = is_gamma ? "dy * x (rstd is missing)" : texts[DY_X][1];
      normalization_say(n);
      return diagnosis_say(d, "the gradient of %s is the sum of %s, expected the sum of %s.",
                           is_gamma ? "gamma" : "beta", text, is_gamma ? "dy * xhat" : "dy");
    }
    if (is_gamma && (another_eps(n, &s) || statistics_of_another(n, &s))) return true;
  }
  return false;
}
