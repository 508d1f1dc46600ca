// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of a recognized normalization, with other statistics than those of the function: running ones,
// say, which nobody need know. In a group, with g = gamma dy and R, mu in the place of rstd and the mean,
//   dx = R (g - mean(g) - (x - mu) R^2 Q),   Q = mean(g (x - mu))
// is a combination of g, 1 and x - mean. Its three coefficients give R and mu, and one condition is left that tells
// whether it was so. Or the statistics were taken as constants, and dx = R g.
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <math.h>

typedef struct found {
  double *mu, *scale; // of each group; the scale is R
  bool constant;
} found;

static bool near(double a, double b, double size) { return fabs(a - b) <= 1e-7 * size; }

// Whether the coefficients c of the right terms, in the group with these rows, are those of some statistics.
static bool read_group(const normalization *n, const double c[3], const int64_t *rows, found *f) {
  const int64_t g = n->group[rows[0]];
  const double r = n->rstd[g], m = (double)n->members;
  double s1 = 0, s2 = 0, size = 0;
  for (int64_t j = 0; j < n->members; j++) {
    const double t = n->gamma[rows[j]] * n->w[rows[j]], centered = n->x[rows[j]] - n->mean[g];
    s1 += t / m;
    s2 += t * centered / m;
    size += fabs(t * centered) / m;
  }
  const double scale = c[0] * r, constant = c[1] * r * s1;
  const double slope = c[2] * normalization_last_factor(n, g) * r * r * r * s2;
  f->scale[g] = scale;
  f->mu[g] = n->mean[g];
  if (!(scale > 0)) return false;
  if (f->constant) return fabs(c[1]) <= 1e-7 && fabs(c[2]) <= 1e-7;
  if (slope == 0 || (!n->centered && fabs(c[1]) > 1e-7)) return false;
  const double shift = n->centered ? (constant + scale * s1) / slope : 0; // mean - mu
  f->mu[g] = n->mean[g] - shift;
  return near(s2 + shift * s1, -slope / (scale * scale * scale), size + fabs(shift * s1));
}

// The rows of every group, one group after the other.
static int64_t *rows_by_group(const normalization *n) {
  int64_t *rows = diagnosis_memory(n->d, n->count, sizeof *rows);
  int64_t *filled = diagnosis_memory(n->d, n->groups, sizeof *filled);
  for (int64_t i = 0; rows && filled && i < n->count; i++) {
    const int64_t g = n->group[i];
    rows[g * n->members + filled[g]++] = i;
  }
  return filled ? rows : NULL;
}

// The coefficients of every group, which must leave nothing.
static bool read_groups(const normalization *n, const int64_t *rows, found *f) {
  const int64_t used = n->members < normalization_rows ? n->members : normalization_rows;
  normalization_remainder r = {0, 0, true};
  normalization_fit fit;
  for (int64_t g = 0; g < n->groups; g++, rows += n->members) {
    if (!normalization_regress(n, rows, used, &fit) || !read_group(n, fit.c, rows, f)) return false;
    for (int64_t j = 0; j < n->members && r.close; j++) {
      double predicted = 0;
      for (int k = 0; k < 3; k++) predicted += fit.c[k] * n->term[k][rows[j]];
      normalization_compare(n, rows[j], predicted, &r);
    }
    if (!r.close) return false;
  }
  return normalization_explained(&r);
}

// ---- What they are ------------------------------------------------------------------------------------------

static double variance_of(const normalization *n, double scale) {
  return n->outside ? (1 / scale - n->eps) * (1 / scale - n->eps) : 1 / (scale * scale) - n->eps;
}

typedef double quantity(const normalization *n, const found *f, int64_t g);

static double a_mean(const normalization *n, const found *f, int64_t g) { return (void)n, f->mu[g]; }
static double a_variance(const normalization *n, const found *f, int64_t g) { return variance_of(n, f->scale[g]); }

// Whether an input holds it for every group.
static bool holds(const normalization *n, const found *f, quantity *of, int input, double slack) {
  diagnosis_view views[2];
  const int fitting = input == n->input ? 0 : diagnosis_views(n->shape, n->d->findings->inputs[input].x, views);
  for (int v = 0; v < fitting; v++) {
    bool same = true;
    for (int64_t i = 0; i < n->count && same; i++)
      same = fabs(diagnosis_look(n->shape, &views[v], i) - of(n, f, n->group[i])) <= slack;
    if (same) return true;
  }
  return false;
}

// "the variance that running_var holds", "a variance of 1" or "a variance from 0.5 to 1.2".
static void say_quantity(const normalization *n, const found *f, quantity *of, const char *name) {
  double low = of(n, f, 0), high = low;
  for (int64_t g = 1; g < n->groups; g++) {
    low = fmin(low, of(n, f, g));
    high = fmax(high, of(n, f, g));
  }
  const double slack = 1e-6 * (fabs(low) + fabs(high)) + 1e-7;
  const bool even = high - low <= slack;
  const findings *all = n->d->findings;
  for (int i = 0; i < all->input_count && !even; i++)
    if (holds(n, f, of, i, slack)) {
      diagnosis_say(n->d, "the %s that %s holds", name, all->inputs[i].name.text);
      return;
    }
  if (even)
    diagnosis_say(n->d, "a %s of %.6g", name, fabs(low) <= slack ? 0 : 0.5 * (low + high));
  else
    diagnosis_say(n->d, "a %s from %.4g to %.4g", name, low, high);
}

static bool all_scales(const normalization *n, const found *f, int power) {
  for (int64_t g = 0; g < n->groups; g++)
    if (!near(f->scale[g], pow(n->rstd[g], power), fabs(f->scale[g]))) return false;
  return true;
}

static bool say(const normalization *n, const found *f) {
  normalization_say(n);
  if (f->constant) {
    diagnosis_say(n->d, "the statistics are taken as constants (both means are missing), and ");
    if (all_scales(n, f, 0)) return diagnosis_say(n->d, "the factor rstd is missing.");
    if (all_scales(n, f, 2)) return diagnosis_say(n->d, "the factor rstd is applied twice.");
    diagnosis_say(n->d, "rstd is that of other statistics, as running ones: ");
    say_quantity(n, f, a_variance, "variance");
  } else {
    diagnosis_say(n->d, "the derivative uses other statistics than the function, as running ones: ");
    if (n->centered) {
      say_quantity(n, f, a_mean, "mean");
      diagnosis_say(n->d, " and ");
    }
    say_quantity(n, f, a_variance, "variance");
  }
  return diagnosis_say(n->d, ".");
}

bool normalization_wrong_statistics(const normalization *n) {
  enum { least_members = 5 };
  const int64_t *rows = n->members < least_members ? NULL : rows_by_group(n);
  double *room = rows ? diagnosis_memory(n->d, 2 * n->groups, sizeof *room) : NULL;
  found f = {.mu = room, .scale = room ? room + n->groups : NULL};
  if (!room) return false;
  for (int constant = 1; constant >= 0; constant--) {
    f.constant = constant != 0;
    if (read_groups(n, rows, &f) && !(constant && all_scales(n, &f, 1))) return say(n, &f);
  }
  return false;
}
