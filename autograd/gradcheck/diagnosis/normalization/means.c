// SPDX-License-Identifier: GPL-3.0-or-later
//
// The derivative of a recognized normalization in which the means are taken over other elements, gamma stands in
// another place, or all of it is the derivative of another normalization:
//   dx = rstd gamma^outside (gamma^plain dy - first - xhat second)
// with `first` a mean of gamma^in_first dy and `second` one of gamma^in_second dy xhat, over whatever they are.
#include "autograd/gradcheck/diagnosis/normalization/recognized.h"

#include <math.h>
#include <string.h>

// ---- What a mean may be taken over --------------------------------------------------------------------------

typedef enum divisor { OWN_COUNT, RIGHT_COUNT, NOTHING, NEVER } divisor; // NEVER: the term is missing

typedef struct mean_of {
  normalization_over over;
  int left_out;    // the dimension along which an index takes no part; -1: none
  int64_t index;   // that one
  divisor divided; // by the number of elements that are summed, by that of the right mean, by nothing
} mean_of;

enum { glance = 16, most_left_out = 64 };

// A candidate, and what it gives at some members of the first group, with gamma to the power 0 and 1.
typedef struct candidate {
  mean_of of;
  double first[2][glance], second[2][glance];
} candidate;

typedef struct search {
  const normalization *n;
  candidate *list; // that of the function comes first
  int count;
  int64_t glanced;
  int64_t *group[2]; // of each element, for the two means
} search;

static double divisor_of(const normalization *n, const mean_of *m, int64_t members) {
  if (m->divided == NEVER) return (double)INFINITY;
  return m->divided == NOTHING ? 1 : (double)(m->divided == OWN_COUNT ? members : n->members);
}

static bool takes_part(const normalization *n, const mean_of *m, int64_t i) {
  return m->left_out < 0 || diagnosis_along(n->shape, m->left_out, i) != m->index;
}

static double xhat_of(const normalization *n, int64_t i) {
  return n->rstd[n->group[i]] * (n->x[i] - n->mean[n->group[i]]);
}

// The mean of gamma^power dy, times xhat if so, in every group.
static void take_mean(const normalization *n, const mean_of *m, int power, bool with_xhat, int64_t *group,
                      double *mean) {
  const int64_t groups = normalization_group(n->shape, &m->over, group);
  int64_t left_out = 0;
  for (int64_t g = 0; g < groups; g++) mean[g] = 0;
  for (int64_t i = 0; i < n->count; i++) {
    const bool counts = takes_part(n, m, i);
    if (counts) mean[group[i]] += n->w[i] * (power ? n->gamma[i] : 1) * (with_xhat ? xhat_of(n, i) : 1);
    left_out += !counts;
  }
  const double by = divisor_of(n, m, (n->count - left_out) / groups);
  for (int64_t g = 0; g < groups; g++) mean[g] /= by;
}

static bool is_own(const normalization *n, const normalization_over *over) {
  return over->mask == n->over.mask && over->split == n->over.split && over->alternating == n->over.alternating;
}

// Four sums: of gamma^power dy, and of that times xhat, at 2 power and at 2 power + 1.
static void add_up(const normalization *n, int64_t i, double *const sum[4], int64_t to) {
  const double plain = n->w[i], wide = plain * n->gamma[i], xhat = xhat_of(n, i);
  sum[0][to] += plain;
  sum[1][to] += plain * xhat;
  sum[2][to] += wide;
  sum[3][to] += wide * xhat;
}

// A candidate whose sums these are, of `members` elements; group[j]: where those of glance j are.
static void add(search *s, mean_of of, double *const sum[4], int64_t members, const int64_t *group) {
  candidate *c = &s->list[s->count++];
  const double by = divisor_of(s->n, &of, members);
  c->of = of;
  for (int power = 0; power < 2; power++)
    for (int64_t j = 0; j < s->glanced; j++) {
      const int64_t g = group ? group[s->n->first_group[j]] : 0;
      c->first[power][j] = s->n->centered ? sum[2 * power][g] / by : 0;
      c->second[power][j] = sum[2 * power + 1][g] / by;
    }
}

// Over these elements, once divided by how many they are, once by how many the right ones are.
static void add_over(search *s, const normalization_over *over, double *const sum[4]) {
  const normalization *n = s->n;
  const int64_t groups = normalization_group(n->shape, over, s->group[0]);
  for (int k = 0; k < 4; k++) memset(sum[k], 0, (size_t)groups * sizeof(double));
  for (int64_t i = 0; i < n->count; i++) add_up(n, i, sum, s->group[0][i]);
  for (int divided = OWN_COUNT; divided <= (is_own(n, over) ? OWN_COUNT : RIGHT_COUNT); divided++)
    add(s, (mean_of){*over, -1, 0, (divisor)divided}, sum, n->count / groups, s->group[0]);
  if (!is_own(n, over)) return;
  add(s, (mean_of){*over, -1, 0, NEVER}, sum, n->members, s->group[0]);
  add(s, (mean_of){*over, -1, 0, NOTHING}, sum, n->members, s->group[0]);
}

static bool may_leave_out(const normalization *n, int d) {
  const int64_t size = n->shape->size[d];
  return n->over.split == 1 && (n->over.mask >> d & 1) && size > 1 && size <= most_left_out;
}

// Without what is at one index; the first group tells.
static void add_left_out(search *s, int d, int64_t index, double *const sum[4]) {
  const normalization *n = s->n;
  mean_of of = {n->over, d, index, RIGHT_COUNT};
  int64_t members = 0;
  for (int k = 0; k < 4; k++) sum[k][0] = 0;
  for (int64_t j = 0; j < n->members; j++)
    if (takes_part(n, &of, n->first_group[j])) {
      add_up(n, n->first_group[j], sum, 0);
      members++;
    }
  add(s, of, sum, members, NULL);
  of.divided = OWN_COUNT;
  add(s, of, sum, members, NULL);
}

static bool make_room(search *s, int overs, double *sum[4]) {
  const normalization *n = s->n;
  int64_t most = 3 + 2 * overs;
  for (int d = 0; d < n->shape->rank; d++) most += may_leave_out(n, d) ? 2 * n->shape->size[d] : 0;
  s->list = diagnosis_memory(n->d, most, sizeof *s->list);
  s->group[0] = diagnosis_memory(n->d, 2 * n->count, sizeof(int64_t));
  double *room = diagnosis_memory(n->d, 4 * n->count, sizeof *room);
  if (!s->list || !s->group[0] || !room) return false;
  s->group[1] = s->group[0] + n->count;
  for (int k = 0; k < 4; k++) sum[k] = room + k * n->count;
  s->glanced = n->members < glance ? n->members : glance;
  return true;
}

// The right mean, missing, or not divided; over other elements; without what is at one index.
static bool list_candidates(search *s) {
  const normalization *n = s->n;
  normalization_over over[normalization_overs];
  const int overs = normalization_list(n->shape, over);
  double *sum[4];
  if (!make_room(s, overs, sum)) return false;
  add_over(s, &n->over, sum);
  for (int i = 0; i < overs; i++)
    if (!is_own(n, &over[i])) add_over(s, &over[i], sum);
  for (int d = 0; d < n->shape->rank; d++)
    for (int64_t index = 0; may_leave_out(n, d) && index < n->shape->size[d]; index++)
      add_left_out(s, d, index, sum);
  return true;
}

// ---- Where gamma stands -------------------------------------------------------------------------------------

typedef struct places {
  int plain, in_first, in_second, outside; // 0 or 1
  const char *text;
} places;

static const places gammas[] = {
    {1, 1, 1, 0, NULL},
    {0, 0, 0, 1, "gamma is applied after the means (it belongs to dy)"},
    {1, 0, 1, 0, "gamma is missing in mean(dy)"},
    {1, 1, 0, 0, "gamma is missing in mean(dy * xhat)"},
    {1, 0, 0, 0, "gamma is missing in the means"},
    {0, 1, 1, 0, "gamma is missing in the term dy"},
    {0, 0, 0, 0, "gamma is missing"},
    {1, 1, 1, 1, "gamma is applied to dy and once more after the means"},
};
enum { gamma_count = sizeof gammas / sizeof *gammas };

static double gamma_to(const normalization *n, int power, int64_t i) { return power ? n->gamma[i] : 1; }

static double predicted(const normalization *n, const places *at, double first, double second, int64_t i) {
  const int64_t g = n->group[i];
  return n->rstd[g] * gamma_to(n, at->outside, i) *
         (gamma_to(n, at->plain, i) * n->w[i] - first - normalization_last_factor(n, g) * xhat_of(n, i) * second);
}

// ---- Trying -------------------------------------------------------------------------------------------------

typedef struct guess {
  int first, second; // candidates
  const places *at;
} guess;

static bool agrees(const search *s, const guess *g) {
  const candidate *first = &s->list[g->first], *second = &s->list[g->second];
  normalization_remainder r = {0, 0, true};
  for (int64_t j = 0; j < s->glanced && r.close; j++) {
    const double of_first = first->first[g->at->in_first][j], of_second = second->second[g->at->in_second][j];
    const int64_t i = s->n->first_group[j];
    normalization_compare(s->n, i, predicted(s->n, g->at, of_first, of_second, i), &r);
  }
  return r.close;
}

static bool explains(const search *s, const guess *g) {
  const normalization *n = s->n;
  normalization_remainder r = {0, 0, true};
  if (!agrees(s, g)) return false;
  take_mean(n, &s->list[g->first].of, g->at->in_first, false, s->group[0], n->first);
  take_mean(n, &s->list[g->second].of, g->at->in_second, true, s->group[1], n->second);
  for (int64_t i = 0; i < n->count && r.close; i++) {
    const double first = n->centered ? n->first[s->group[0][i]] : 0;
    normalization_compare(n, i, predicted(n, g->at, first, n->second[s->group[1][i]], i), &r);
  }
  return normalization_explained(&r);
}

// Both means the same way, then one of them right, then each in a way of its own.
static bool next_pair(const search *s, guess *g) {
  const bool same = g->first == g->second, one = !same && (g->first == 0 || g->second == 0);
  if (same && g->first + 1 < s->count) return *g = (guess){g->first + 1, g->first + 1, g->at}, true;
  if (!s->n->centered) return false;
  if (same) return *g = (guess){1, 0, g->at}, true;
  if (one && g->second == 0) return *g = (guess){0, g->first, g->at}, true;
  if (one && g->second + 1 < s->count) return *g = (guess){g->second + 1, 0, g->at}, true;
  if (one) return s->count > 2 ? (*g = (guess){1, 2, g->at}, true) : false;
  do {
    if (++g->second == s->count) g->second = 1, g->first++;
  } while (g->first == g->second);
  return g->first < s->count;
}

// ---- Saying -------------------------------------------------------------------------------------------------

static void say_mean(const search *s, const mean_of *m, const char *subject) {
  const normalization *n = s->n;
  diagnosis_say(n->d, "%s ", subject);
  const bool many = strcmp(subject, "the means in the derivative") == 0;
  if (m->divided == NEVER) {
    diagnosis_say(n->d, many ? "are missing" : "is missing");
  } else if (m->divided == NOTHING) {
    diagnosis_say(n->d, many ? "are sums" : "is a sum instead of a mean");
  } else if (m->left_out >= 0) {
    diagnosis_say(n->d, "%s out what has index %lld along dimension %d", many ? "leave" : "leaves",
                  (long long)m->index + n->d->base, m->left_out + n->d->base);
  } else {
    diagnosis_say(n->d, "%s taken ", many ? "are" : "is");
    normalization_say_over(n, &m->over);
    if (m->divided == RIGHT_COUNT)
      diagnosis_say(n->d, ", but divided by %lld, as if over all", (long long)n->members);
  }
}

// Whether gamma has one value in every group: then it does not matter whether it stands inside or outside of a mean
// over that group.
static bool gamma_is_even(const normalization *n) {
  for (int64_t i = 0; i < n->count; i++) n->first[n->group[i]] = n->gamma[i];
  for (int64_t i = 0; i < n->count; i++)
    if (n->first[n->group[i]] != n->gamma[i]) return false;
  return true;
}

static bool say(const search *s, const guess *g) {
  const normalization *n = s->n;
  const bool harmless = g->at == &gammas[1] && gamma_is_even(n);
  const char *separator = "";
  normalization_say(n);
  if (g->at->text && !harmless) {
    diagnosis_say(n->d, "%s", g->at->text);
    separator = ", and ";
  }
  if (g->first == g->second && g->first > 0) {
    diagnosis_say(n->d, "%s", separator);
    say_mean(s, &s->list[g->first].of, n->centered ? "the means in the derivative" : "mean(dy * xhat)");
  } else if (g->first != g->second) {
    const char *const names[] = {"mean(dy)", "mean(dy * xhat)"};
    for (int k = 0; k < 2; k++) {
      const int chosen = k == 0 ? g->first : g->second;
      if (chosen == 0) continue;
      diagnosis_say(n->d, "%s", separator);
      say_mean(s, &s->list[chosen].of, names[k]);
      separator = ", and ";
    }
  }
  return diagnosis_say(n->d, ".");
}

// ---- The derivative of another normalization ----------------------------------------------------------------

// All of it over other elements: statistics, xhat and means.
static bool other_agrees(const search *s, const normalization_over *over, bool centered, bool late) {
  const normalization *n = s->n;
  int64_t *group = s->group[0];
  const int64_t groups = normalization_group(n->shape, over, group);
  const double m = (double)(n->count / groups);
  double *room = diagnosis_memory(n->d, 4 * groups, sizeof *room);
  double *mean = room, *rstd = room + groups, *first = rstd + groups, *second = first + groups;
  normalization_remainder r = {0, 0, true};
  if (!room) return false;
  for (int64_t i = 0; i < n->count && centered; i++) mean[group[i]] += n->x[i] / m;
  for (int64_t i = 0; i < n->count; i++) rstd[group[i]] += (n->x[i] - mean[group[i]]) * (n->x[i] - mean[group[i]]);
  for (int64_t g = 0; g < groups; g++) rstd[g] = normalization_rstd(n, rstd[g], m);
  for (int64_t i = 0; i < n->count; i++) {
    const double t = gamma_to(n, !late, i) * n->w[i] / m;
    first[group[i]] += centered ? t : 0;
    second[group[i]] += t * rstd[group[i]] * (n->x[i] - mean[group[i]]);
  }
  for (int64_t i = 0; i < n->count && r.close; i++) {
    const int64_t g = group[i];
    const double xhat = rstd[g] * (n->x[i] - mean[g]), t = gamma_to(n, !late, i) * n->w[i];
    normalization_compare(n, i, gamma_to(n, late, i) * rstd[g] * (t - first[g] - xhat * second[g]), &r);
  }
  return normalization_explained(&r);
}

static bool of_another(const search *s) {
  const normalization *n = s->n;
  normalization_over over[normalization_overs];
  const int overs = normalization_list(n->shape, over);
  for (int i = 0; i < overs; i++)
    for (int way = 0; way < 4; way++) {
      const bool centered = way % 2 ? !n->centered : n->centered, late = way > 1;
      if (is_own(n, &over[i]) && centered == n->centered) continue;
      const sg_scope scope = sg_scope_open(n->d->findings->context);
      const bool agrees_with = other_agrees(s, &over[i], centered, late);
      sg_scope_close(n->d->findings->context, scope);
      if (!agrees_with) continue;
      normalization_say(n);
      diagnosis_say(n->d, "the derivative is that of ");
      normalization_say_kind(n, &over[i], centered);
      return diagnosis_say(n->d, ", with the statistics and means of that.");
    }
  return false;
}

bool normalization_wrong_means(const normalization *n) {
  search s = {.n = n};
  if (!list_candidates(&s)) return false;
  for (guess g = {0, 0, gammas};;) {
    for (int k = 0; k < gamma_count; k++) {
      g.at = &gammas[k];
      if (explains(&s, &g)) return say(&s, &g);
    }
    if (!next_pair(&s, &g)) break;
  }
  return of_another(&s);
}
