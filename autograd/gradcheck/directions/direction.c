// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/directions/direction.h"
#include "autograd/gradcheck/check.h"

#include <float.h>
#include <math.h>
#include <string.h>

// The unit of steps along a direction: a ten-thousandth of it moves every element by its own first step.
#define FIRST_STEP 1e-4

bool gradcheck_usable(const sg_check_problem *p, int i, int64_t j) {
  if (p->skip[i] && sg_tensor_value(p->skip[i], j) != 0) return false;
  return !(p->kinks_known && p->kinks[i] && sg_tensor_value(p->kinks[i], j) != 0);
}

// ---- Drawing -------------------------------------------------------------------------------------------------

// Two independent normal numbers: G. Box, M. Muller, "A note on the generation of random normal deviates", 1958.
static void draw_normal(uint64_t *random, double pair[2]) {
  const double u = ldexp((double)((gradcheck_random_bits(random) >> 11) + 1), -53);
  const double angle = 2 * M_PI * ldexp((double)(gradcheck_random_bits(random) >> 11), -53);
  const double radius = sqrt(-2 * log(u));
  pair[0] = radius * cos(angle);
  pair[1] = radius * sin(angle);
}

// The length s over which an element may vary. A normal factor is below 8, and the first step below a
// thousandth of |x|, so that no element crosses zero, where many functions have a kink or a pole.
static double own_length(double x, double length, double asked) {
  if (asked > 0) return gradcheck_first_step(x, length, asked) / FIRST_STEP;
  return x == 0 ? length : fmin(length, 500 * fabs(x));
}

double gradcheck_own_length(const line *l, int64_t j, double asked) {
  return own_length(l->origin[j], l->typical, asked);
}

static void draw_elements(line *l, double asked, int elements, uint64_t seed) {
  l->typical = gradcheck_typical_length(l->origin, l->count);
  double pair[2] = {0, 0};
  for (int64_t j = 0; j < l->count; j++) {
    if (j % 2 == 0) draw_normal(&seed, pair);
    l->direction[j] = 0;
    if (!gradcheck_usable(l->problem, l->input, j)) continue;
    if (elements == ALONG_NONZERO && l->origin[j] == 0) continue;
    const double s = own_length(l->origin[j], l->typical, asked);
    l->direction[j] = pair[j % 2] * s;
    l->extent = fmax(l->extent, fabs(l->origin[j]) / s);
    l->length = hypot(l->length, s * l->gradient[j]);
    if (!isfinite(l->gradient[j]) && l->not_finite < 0) l->not_finite = j;
  }
}

sg_status gradcheck_draw_line(sg_check_problem *p, int i, const sg_gradcheck_options *o, int elements,
                              uint64_t seed, line *l) {
  *l = (line){.problem = p, .input = i, .count = sg_tensor_elements(p->inputs[i]), .not_finite = -1};
  l->k = o->k > 0 ? o->k : 16;
  l->gradient = sg_tensor_data(p->gradient[i]);
  sg_tensor *owner;
  double *room = gradcheck_room(p->context, (size_t)l->count * 3 * sizeof *room, &owner);
  if (!room) return sg_error_status(p->context);
  l->origin = room;
  l->direction = room + l->count;
  l->part = room + 2 * l->count;
  memcpy(l->origin, sg_tensor_data(p->inputs[i]), (size_t)l->count * sizeof *room);
  draw_elements(l, o->step, elements, seed);
  return SG_OK;
}

// ---- Comparing -----------------------------------------------------------------------------------------------

// What the machinery for elements has to know of the direction u, and g.u summed with compensation (A. Neumaier,
// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974). Rounding makes x + t u wrong by
// eps |x_j| / 2 in each element, independently, and the gradient itself has some eps in each.
static element along(line *l, const double *u, double *analytic) {
  element e = {.problem = l->problem, .input = l->problem->inputs[l->input], .position = -1, .k = l->k};
  e.x = l->extent;
  e.reach = 4096 * FIRST_STEP;
  e.direction = u;
  e.origin = l->origin;
  long double sum = 0, compensation = 0, rounding = 0, square = 0;
  for (int64_t j = 0; j < l->count; j++) {
    if (u[j] == 0) continue;
    const long double term = (long double)l->gradient[j] * (long double)u[j], next = sum + term;
    compensation += fabsl(sum) >= fabsl(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
    square += term * term;
    const long double moved = (long double)l->gradient[j] * (long double)l->origin[j];
    rounding += moved * moved;
  }
  e.slack = 0.5 * DBL_EPSILON * (double)sqrtl(rounding);
  e.floor = l->k * DBL_EPSILON * (double)sqrtl(square);
  *analytic = (double)(sum + compensation);
  return e;
}

comparison gradcheck_compare_line(line *l, sg_check_experience *experience, double *analytic) {
  element e = along(l, l->direction, analytic);
  return gradcheck_compare(&e, *analytic, FIRST_STEP, experience);
}

void gradcheck_narrow(line *l, double step, double error, int64_t *begin, int64_t *end) {
  *begin = 0;
  *end = l->count;
  double bar = 0;
  while (*end - *begin > 1) {
    const int64_t middle = *begin + (*end - *begin) / 2;
    for (int64_t j = 0; j < l->count; j++) l->part[j] = j >= *begin && j < middle ? l->direction[j] : 0;
    double analytic;
    element e = along(l, l->part, &analytic);
    estimate d = gradcheck_difference(&e, CENTRAL, step);
    if (d.flat) d.bar = d.hidden;
    const double left = analytic - d.value, right = error - left;
    if (!isfinite(left) || !isfinite(d.bar)) return;
    if (fmax(fabs(left), fabs(right)) <= bar + d.bar) return;
    error = fabs(left) >= fabs(right) ? left : right;
    bar = fabs(left) >= fabs(right) ? d.bar : bar + d.bar;
    if (fabs(left) >= fabs(right))
      *end = middle;
    else
      *begin = middle;
  }
}
