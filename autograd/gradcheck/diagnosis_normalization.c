// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/diagnosis_normalization.h"

#include <math.h>
#include <string.h>

enum { most_elements = 1 << 17 };

// ---- Groups -----------------------------------------------------------------------------------------------

int64_t normalization_group(const sg_shape *shape, unsigned mask, int64_t split, int64_t *group) {
  const int64_t count = sg_shape_elements(shape);
  int64_t groups = 1;
  for (int64_t i = 0; i < count; i++) {
    int64_t rest = i, stride = 1, number = 0;
    for (int k = shape->rank - 1; k >= 0; k--) {
      const int64_t size = shape->size[k], index = rest % size;
      rest /= size;
      if (k == 1 && split > 1) {
        number += index / (size / split) * stride;
        stride *= split;
      } else if (!(mask >> k & 1)) {
        number += index * stride;
        stride *= size;
      }
    }
    group[i] = number;
    groups = stride;
  }
  return groups;
}

static void measure(normalization *n) {
  const double m = (double)n->members;
  for (int64_t g = 0; g < n->groups; g++) n->mean[g] = n->variance[g] = 0;
  if (n->centered)
    for (int64_t i = 0; i < n->count; i++) n->mean[n->group[i]] += n->x[i] / m;
  for (int64_t i = 0; i < n->count; i++) {
    const double centered = n->x[i] - n->mean[n->group[i]];
    n->variance[n->group[i]] += centered * centered / m;
  }
}

// ---- gamma and beta ---------------------------------------------------------------------------------------

// Of each element; false: the input has no such view.
static bool expand(const normalization *n, int input, int which, double absent, double *into) {
  diagnosis_view views[2];
  if (input >= 0 && which >= diagnosis_views(n->d, n->shape, n->d->problem->inputs[input], views)) return false;
  for (int64_t i = 0; i < n->count; i++) into[i] = input < 0 ? absent : diagnosis_look(n->shape, &views[which], i);
  return true;
}

// Whether y is affine in x group by group with these gamma and beta; finds rstd.
static bool fits(normalization *n) {
  for (int64_t g = 0; g < n->groups; g++) n->first[g] = n->second[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const double t = n->gamma[i] * (n->x[i] - n->mean[n->group[i]]);
    n->first[n->group[i]] += t * (n->y[i] - n->beta[i]);
    n->second[n->group[i]] += t * t;
  }
  for (int64_t g = 0; g < n->groups; g++) {
    n->rstd[g] = n->first[g] / n->second[g];
    if (!(n->rstd[g] > 0) || !isfinite(n->rstd[g])) return false;
  }
  for (int64_t i = 0; i < n->count; i++) {
    const double t = n->gamma[i] * n->rstd[n->group[i]];
    const double fit = t * (n->x[i] - n->mean[n->group[i]]) + n->beta[i];
    const double size = fabs(n->y[i]) + fabs(n->beta[i]) + fabs(n->gamma[i]) + 1e-4 * fabs(t * n->x[i]);
    if (!(fabs(n->y[i] - fit) <= 1e-10 * size)) return false;
  }
  return true;
}

// ---- eps and the derivative -------------------------------------------------------------------------------

static double eps_of(const normalization *n, int64_t g) {
  const double v = n->kappa * n->variance[g], r = n->rstd[g];
  return n->outside ? 1 / r - sqrt(v) : 1 / (r * r) - v;
}

static double eps_scale(const normalization *n, int64_t g) {
  const double v = n->kappa * n->variance[g];
  return n->outside ? sqrt(v) : v;
}

static bool one_eps(normalization *n) {
  double best = (double)INFINITY;
  for (int64_t g = 0; g < n->groups; g++)
    if (eps_scale(n, g) < best) { // the least rounding
      best = eps_scale(n, g);
      n->eps = eps_of(n, g);
    }
  for (int64_t g = 0; g < n->groups; g++)
    if (!(fabs(eps_of(n, g) - n->eps) <= 1e-9 * eps_scale(n, g) + 1e-6 * fabs(n->eps))) return false;
  if (fabs(n->eps) <= 1e-10 * best) n->eps = 0;
  return n->eps >= 0;
}

static void lay_terms(const normalization *n) {
  const double m = (double)n->members;
  for (int64_t g = 0; g < n->groups; g++) n->first[g] = n->second[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const int64_t g = n->group[i];
    const double t = n->gamma[i] * n->w[i];
    n->first[g] += t / m;
    n->second[g] += t * n->rstd[g] * (n->x[i] - n->mean[g]) / m;
  }
  for (int64_t i = 0; i < n->count; i++) {
    const int64_t g = n->group[i];
    const double r = n->rstd[g], outer = n->outside ? 1 / (r * sqrt(n->kappa * n->variance[g])) : 1;
    n->term[0][i] = r * n->gamma[i] * n->w[i];
    n->term[1][i] = r * n->first[g];
    n->term[2][i] = n->kappa * outer * r * r * (n->x[i] - n->mean[g]) * n->second[g];
  }
}

// The known derivative is the numeric one: of the input itself, else there is nothing to compare.
static bool confirmed(const normalization *n) {
  if (n->input != n->d->position) return true;
  for (int64_t k = 0; k < n->d->count; k++) {
    const int64_t i = n->d->element[k];
    const double right = n->term[0][i] - (n->centered ? n->term[1][i] : 0) - n->term[2][i];
    const double size = fabs(n->term[0][i]) + fabs(n->term[1][i]) + fabs(n->term[2][i]);
    if (!(fabs(right - n->d->numeric[k]) <= 2 * n->d->bar[k] + 1e-9 * size)) return false;
  }
  return n->d->count > 0;
}

static bool find_eps(normalization *n) {
  const double unbiased = (double)n->members / (double)(n->members - 1);
  for (int kind = 0; kind < 3; kind++) {
    n->outside = kind == 1;
    n->kappa = kind == 2 ? unbiased : 1;
    if (!one_eps(n)) continue;
    lay_terms(n);
    if (confirmed(n)) return true;
  }
  return false;
}

// ---- Trying -----------------------------------------------------------------------------------------------

static bool try_parameters(normalization *n) {
  const sg_check_problem *p = n->d->problem;
  const int others = p->input_count < 6 ? p->input_count : 6;
  for (int gamma = -1; gamma < others; gamma++)
    for (int view = 0; view < (gamma < 0 ? 1 : 2); view++) {
      if (gamma == n->input || !expand(n, gamma, view, 1, n->gamma)) continue;
      for (int beta = -1; beta < others; beta++)
        for (int other = 0; other < (beta < 0 ? 1 : 2); other++) {
          if (beta == n->input || (beta >= 0 && beta == gamma) || !expand(n, beta, other, 0, n->beta)) continue;
          n->gamma_input = gamma;
          n->beta_input = beta;
          if (fits(n) && find_eps(n)) return true;
        }
    }
  return false;
}

static bool try_grouping(normalization *n, unsigned mask, int64_t split) {
  n->mask = mask;
  n->split = split;
  n->groups = normalization_group(n->shape, mask, split, n->group);
  n->members = n->count / n->groups;
  if (n->members < 2) return false;
  for (int centered = 1; centered >= 0; centered--) {
    n->centered = centered;
    measure(n);
    if (try_parameters(n)) return true;
  }
  return false;
}

static bool make_room(normalization *n) {
  n->group = diagnosis_room(n->d, n->count, sizeof *n->group);
  double *room = diagnosis_room(n->d, 10 * n->count, sizeof *room);
  if (!n->group || !room) return false;
  double **const arrays[] = {&n->gamma, &n->beta,   &n->mean,    &n->variance, &n->rstd,
                             &n->first, &n->second, &n->term[0], &n->term[1],  &n->term[2]};
  for (int i = 0; i < 10; i++) *arrays[i] = room + i * n->count;
  return true;
}

bool normalization_recognize(normalization *n, const diagnosis *d, int input) {
  const sg_check_problem *p = d->problem;
  int64_t offset;
  *n = (normalization){.d = d, .input = input, .shape = sg_tensor_shape(p->inputs[input])};
  n->count = sg_tensor_elements(p->inputs[input]);
  const int rank = n->shape->rank;
  if (rank < 1 || rank > 6 || n->count < 4 || n->count > most_elements ||
      sg_tensor_dtype(p->inputs[input]) != SG_F64)
    return false;
  const int output = diagnosis_output_like(d, n->shape, &offset);
  if (output < 0 || p->output_dtype[output] != SG_F64 || !make_room(n)) return false;
  n->x = sg_tensor_data(p->inputs[input]);
  n->y = p->base + offset;
  n->w = p->weight + offset;
  for (unsigned mask = 1; mask < 1u << rank; mask++) {
    bool proper = true;
    for (int i = 0; i < rank; i++) proper = proper && (!(mask >> i & 1) || n->shape->size[i] > 1);
    if (proper && try_grouping(n, mask, 1)) return true;
  }
  const unsigned trailing = (1u << rank) - 2; // all but the first dimension
  for (int64_t split = 2; rank > 1 && split < n->shape->size[1]; split++)
    if (n->shape->size[1] % split == 0 && try_grouping(n, trailing, split)) return true;
  return false;
}

void normalization_say(const normalization *n) {
  const int rank = n->shape->rank;
  const unsigned all = (1u << rank) - 1;
  unsigned real = 0;
  for (int i = 0; i < rank; i++)
    if (n->shape->size[i] > 1) real |= 1u << i;
  const char *name = "normalization";
  if (!n->centered)
    name = "RMS normalization";
  else if (n->split > 1)
    name = "group normalization";
  else if (rank >= 2 && (n->mask | (all & ~real)) == (all & ~2u))
    name = "batch normalization";
  else if (rank >= 3 && n->mask == ((all & ~3u) & real))
    name = "instance normalization";
  else if (n->mask >> (rank - 1) & 1)
    name = "layer normalization";
  diagnosis_say(n->d, "Looks like %s over dimension%s %s", name, n->mask & (n->mask - 1) ? "s" : "",
                diagnosis_dimensions(n->d, n->mask).text);
  if (n->split > 1) diagnosis_say(n->d, " in %lld groups", (long long)n->split);
  diagnosis_say(n->d, ": ");
}
