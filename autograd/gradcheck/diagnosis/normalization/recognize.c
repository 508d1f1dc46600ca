// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <math.h>

enum { most_elements = 1 << 18, glance = 64 }; // 27 MB of room at most

// ---- Groups -------------------------------------------------------------------------------------------------

// Along dimension k, index j is in part j / block % parts of the dimension.
typedef struct division {
  int64_t block, parts, weight;
} division;

static division divide(int64_t size, bool reduced, int64_t split, bool alternating) {
  if (split > 1) return (division){alternating ? 1 : size / split, split, 0};
  return (division){1, reduced ? 1 : size, 0};
}

static int64_t part_of(const division *by, int64_t index) {
  return by->parts == 1 ? 0 : index / by->block % by->parts * by->weight;
}

int64_t normalization_group(const sg_shape *shape, const normalization_over *over, int64_t *group) {
  const int last = shape->rank - 1;
  const int64_t count = sg_shape_elements(shape), length = shape->size[last];
  division by[SG_MAX_RANK];
  int64_t groups = 1;
  for (int k = last; k >= 0; k--) {
    by[k] = divide(shape->size[k], over->mask >> k & 1, k == 1 ? over->split : 1, over->alternating);
    by[k].weight = groups;
    groups *= by[k].parts;
  }
  for (int64_t start = 0; start < count; start += length) {
    int64_t row = start / length, number = 0;
    for (int k = last - 1; k >= 0; k--) {
      number += part_of(&by[k], row % shape->size[k]);
      row /= shape->size[k];
    }
    for (int64_t j = 0; j < length; j++) group[start + j] = number + part_of(&by[last], j);
  }
  return groups;
}

// Groups of channels for a mask of dimensions; returns the length of the list.
static int list_splits(const sg_shape *shape, unsigned mask, normalization_over *list, int count) {
  for (int alternating = 0; alternating < 2; alternating++)
    for (int64_t split = 2; split < shape->size[1] && count < normalization_overs; split++)
      if (shape->size[1] % split == 0) list[count++] = (normalization_over){mask, split, alternating != 0};
  return count;
}

int normalization_list(const sg_shape *shape, normalization_over *list) {
  unsigned all = 0;
  int count = 0;
  for (int i = 0; i < shape->rank; i++) all |= shape->size[i] > 1 ? 1u << i : 0;
  for (unsigned mask = 1; mask <= all; mask++)
    if (!(mask & ~all)) list[count++] = (normalization_over){mask, 1, false};
  if (!(all & 2)) return count;
  count = list_splits(shape, all & ~1u, list, count);
  for (unsigned mask = all; mask > 0; mask--)
    if (!(mask & ~all) && (mask & 2) && mask != (all & ~1u)) count = list_splits(shape, mask, list, count);
  return count;
}

int64_t normalization_first(const int64_t *number, int64_t count, int64_t *list) {
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++)
    if (number[i] == 0) list[found++] = i;
  return found;
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

// ---- gamma and beta -----------------------------------------------------------------------------------------

// How gamma or beta is read; `input` -1: as a constant.
typedef struct reading {
  int input;
  double constant;
  diagnosis_view view;
} reading;

// All readings of the other inputs, the constant first.
static int readings(const normalization *n, double constant, reading *list) {
  enum { most_inputs = 6 };
  const findings *f = n->d->findings;
  int count = 1;
  list[0] = (reading){.input = -1, .constant = constant};
  for (int i = 0; i < f->input_count && i < most_inputs; i++) {
    diagnosis_view views[2];
    const int fitting = i == n->input ? 0 : diagnosis_views(n->shape, f->inputs[i].x, views);
    for (int v = 0; v < fitting; v++) list[count++] = (reading){i, 0, views[v]};
  }
  return count;
}

static double look(const normalization *n, const reading *r, int64_t i) {
  return r->input < 0 ? r->constant : diagnosis_look(n->shape, &r->view, i);
}

static void expand(const normalization *n, const reading *r, double *into) {
  if (r->input >= 0) diagnosis_offsets(n->shape, &r->view, n->offset);
  for (int64_t i = 0; i < n->count; i++) into[i] = r->input < 0 ? r->constant : r->view.data[n->offset[i]];
}

static bool close(const normalization *n, int64_t i, double gamma, double beta, double mean, double rstd) {
  const double t = gamma * rstd, fit = t * (n->x[i] - mean) + beta;
  const double size = fabs(n->y[i]) + fabs(beta) + fabs(gamma) + 1e-4 * fabs(t * n->x[i]);
  return fabs(n->y[i] - fit) <= 1e-10 * size;
}

// Whether y is affine in x as far as a few members of the first group tell, whose mean is given.
static bool plausible(const normalization *n, const reading *gamma, const reading *beta, double mean) {
  const int64_t members = n->members < glance ? n->members : glance;
  double first = 0, second = 0;
  for (int64_t j = 0; j < members; j++) {
    const int64_t i = n->first_group[j];
    const double t = look(n, gamma, i) * (n->x[i] - mean);
    first += t * (n->y[i] - look(n, beta, i));
    second += t * t;
  }
  const double rstd = first / second;
  for (int64_t j = 0; j < members && rstd > 0; j++) {
    const int64_t i = n->first_group[j];
    if (!close(n, i, look(n, gamma, i), look(n, beta, i), mean, rstd)) return false;
  }
  return rstd > 0;
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
  for (int64_t i = 0; i < n->count; i++)
    if (!close(n, i, n->gamma[i], n->beta[i], n->mean[n->group[i]], n->rstd[n->group[i]])) return false;
  return true;
}

// ---- eps and the derivative ---------------------------------------------------------------------------------

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

// ---- Trying -------------------------------------------------------------------------------------------------

static bool try_parameters(normalization *n, const reading *gamma, const reading *beta) {
  expand(n, gamma, n->gamma);
  expand(n, beta, n->beta);
  measure(n);
  n->gamma_input = gamma->input;
  n->beta_input = beta->input;
  return fits(n) && find_eps(n);
}

static bool try_center(normalization *n) {
  enum { most_readings = 13 };
  reading gammas[most_readings], betas[most_readings];
  const int gamma_count = readings(n, 1, gammas), beta_count = readings(n, 0, betas);
  double mean = 0;
  for (int64_t j = 0; j < n->members && n->centered; j++) mean += n->x[n->first_group[j]] / (double)n->members;
  for (int i = 0; i < gamma_count; i++)
    for (int j = 0; j < beta_count; j++) {
      const bool same = gammas[i].input >= 0 && gammas[i].input == betas[j].input;
      if (!same && plausible(n, &gammas[i], &betas[j], mean) && try_parameters(n, &gammas[i], &betas[j]))
        return true;
    }
  return false;
}

static bool try_grouping(normalization *n, const normalization_over *over) {
  n->over = *over;
  n->groups = normalization_group(n->shape, over, n->group);
  n->members = n->count / n->groups;
  if (n->members < 2) return false;
  normalization_first(n->group, n->count, n->first_group);
  n->centered = true;
  if (try_center(n)) return true;
  n->centered = false;
  return try_center(n);
}

static bool make_room(normalization *n) {
  n->group = diagnosis_memory(n->d, 3 * n->count, sizeof *n->group);
  double *room = diagnosis_memory(n->d, 10 * n->count, sizeof *room);
  if (!n->group || !room) return false;
  n->first_group = n->group + n->count;
  n->offset = n->first_group + n->count;
  double **const arrays[] = {&n->gamma, &n->beta,   &n->mean,    &n->variance, &n->rstd,
                             &n->first, &n->second, &n->term[0], &n->term[1],  &n->term[2]};
  for (int i = 0; i < 10; i++) *arrays[i] = room + i * n->count;
  return true;
}

bool normalization_recognize(normalization *n, const diagnosis *d, int input) {
  const sg_tensor *x = d->findings->inputs[input].x;
  *n = (normalization){.d = d, .input = input, .shape = sg_tensor_shape(x), .count = sg_tensor_elements(x)};
  const int rank = n->shape->rank;
  if (rank < 1 || rank > 6 || n->count < 4 || n->count > most_elements || sg_tensor_dtype(x) != SG_F64)
    return false;
  const found_output *output = diagnosis_output_like(d, n->shape);
  if (!output || output->dtype != SG_F64 || !make_room(n)) return false;
  n->x = sg_tensor_data(x);
  n->y = output->values;
  n->w = output->weights;
  normalization_over list[normalization_overs];
  const int listed = normalization_list(n->shape, list);
  const unsigned trailing = (1u << rank) - 2; // all but the first dimension
  for (int i = 0; i < listed; i++)
    if ((list[i].split == 1 || (list[i].mask & ~trailing) == 0) && try_grouping(n, &list[i])) return true;
  return false;
}
