// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradcheck/directions/direction.h"
#include "autograd/gradcheck/common/defaults.h"
#include "autograd/gradcheck/common/length.h"
#include "autograd/gradcheck/common/memory.h"
#include "autograd/gradcheck/common/random.h"
#include "autograd/gradcheck/elements/elements.h"

#include <float.h>
#include <math.h>
#include <string.h>

// The unit of steps along a direction: a ten-thousandth of it moves every element by its own first step.
#define FIRST_STEP 1e-4

// ---- Drawing ------------------------------------------------------------------------------------------------

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
  if (asked > 0) return elements_first_step(x, length, asked) / FIRST_STEP;
  return x == 0 ? length : fmin(length, 500 * fabs(x));
}

double direction_own_length(const direction *d, int64_t j, double asked) {
  return own_length(d->origin[j], d->typical, asked);
}

static void draw_elements(direction *d, double asked, int elements, uint64_t seed) {
  d->typical = gradcheck_typical_length(d->origin, d->count);
  double pair[2] = {0, 0};
  for (int64_t j = 0; j < d->count; j++) {
    if (j % 2 == 0) draw_normal(&seed, pair);
    d->vector[j] = 0;
    if (!point_compares(d->point, d->input, j)) continue;
    if (elements == ALONG_NONZERO && d->origin[j] == 0) continue;
    const double s = own_length(d->origin[j], d->typical, asked);
    d->vector[j] = pair[j % 2] * s;
    d->extent = fmax(d->extent, fabs(d->origin[j]) / s);
    d->length = hypot(d->length, s * d->gradient[j]);
    if (!isfinite(d->gradient[j]) && d->not_finite < 0) d->not_finite = j;
  }
}

sg_status direction_draw(point *p, int i, const sg_gradcheck_options *o, int elements, uint64_t seed,
                         direction *d) {
  *d = (direction){.point = p, .input = i, .count = sg_tensor_elements(p->inputs[i]), .not_finite = -1};
  d->k = gradcheck_k(o);
  d->gradient = sg_tensor_data(p->gradient[i]);
  sg_tensor *owner;
  double *room = gradcheck_memory(p->context, (size_t)d->count * 3 * sizeof *room, &owner);
  if (!room) return sg_error_status(p->context);
  d->origin = room;
  d->vector = room + d->count;
  d->part = room + 2 * d->count;
  memcpy(d->origin, sg_tensor_data(p->inputs[i]), (size_t)d->count * sizeof *room);
  draw_elements(d, o->step, elements, seed);
  return SG_OK;
}

// ---- Comparing ----------------------------------------------------------------------------------------------

// What the machinery for elements has to know of the direction u, and g.u summed with compensation (A. Neumaier,
// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974). Rounding makes x + t u wrong by
// eps |x_j| / 2 in each element, independently, and the gradient itself has some eps in each.
static scalar along(direction *d, const double *u, double *analytic) {
  scalar f = {.point = d->point, .input = d->point->inputs[d->input], .position = -1, .k = d->k};
  f.x = d->extent;
  f.reach = 4096 * FIRST_STEP;
  f.direction = u;
  f.origin = d->origin;
  long double sum = 0, compensation = 0, rounding = 0, square = 0;
  for (int64_t j = 0; j < d->count; j++) {
    if (u[j] == 0) continue;
    const long double term = (long double)d->gradient[j] * (long double)u[j], next = sum + term;
    compensation += fabsl(sum) >= fabsl(term) ? (sum - next) + term : (term - next) + sum;
    sum = next;
    square += term * term;
    const long double moved = (long double)d->gradient[j] * (long double)d->origin[j];
    rounding += moved * moved;
  }
  f.slack = 0.5 * DBL_EPSILON * (double)sqrtl(rounding);
  f.floor = d->k * DBL_EPSILON * (double)sqrtl(square);
  *analytic = (double)(sum + compensation);
  return f;
}

comparison direction_compare(direction *d, verdict_experience *experience, double *analytic) {
  scalar f = along(d, d->vector, analytic);
  return verdict_compare(&f, *analytic, FIRST_STEP, experience);
}

void direction_narrow(direction *d, double step, double error, int64_t *begin, int64_t *end) {
  *begin = 0;
  *end = d->count;
  double bar = 0;
  while (*end - *begin > 1) {
    const int64_t middle = *begin + (*end - *begin) / 2;
    for (int64_t j = 0; j < d->count; j++) d->part[j] = j >= *begin && j < middle ? d->vector[j] : 0;
    double analytic;
    scalar f = along(d, d->part, &analytic);
    estimate of_half = difference_estimate(&f, CENTRAL, step);
    if (of_half.flat) of_half.bar = of_half.hidden;
    const double left = analytic - of_half.value, right = error - left;
    if (!isfinite(left) || !isfinite(of_half.bar)) return;
    if (fmax(fabs(left), fabs(right)) <= bar + of_half.bar) return;
    error = fabs(left) >= fabs(right) ? left : right;
    bar = fabs(left) >= fabs(right) ? of_half.bar : bar + of_half.bar;
    if (fabs(left) >= fabs(right))
      *end = middle;
    else
      *begin = middle;
  }
}
