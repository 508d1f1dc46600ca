// SPDX-License-Identifier: GPL-3.0-or-later
//
// The error model.
//
// GSL's gsl_deriv_central compares a 3-point and a 5-point rule for the truncation error, and takes every
// function value f to be wrong by eps |f|; from both it chooses a better step and an error bar. Two things
// are wrong with giving it s(x) = sum(w * y) as it is: outputs that do not depend on the element add noise,
// and the values of the others are usually wrong by more than eps |s|, or by less. So GSL is given
//
//   F(t) = offset + sum_j w_j (y_j(x + t) - y_j(x)),   offset = N / eps,
//   N    = root of sum (w_j noise_j)^2 over the outputs that change,
//
// where noise_j was measured (noise.c). Outputs that do not change contribute exactly nothing, the
// derivative is the same, and eps |F| is the noise N: GSL's own model is true again, both for the choice
// of the step and for the bar. Errors of different outputs are independent of each other and of the random
// signs of w, hence the root of the sum of squares.
//
// x + t is rounded. The step really made, (x + t) - x, differs from t, and F(t) is scaled by the ratio of
// the two, which leaves an error of second order. GSL sees an abscissa of 0 and adds no error for it.
//
// A bar is k times GSL's estimate: the raw one is exceeded by one to three correct elements in a hundred.
#include "autograd/gradcheck/difference/difference.h"

#include <float.h>
#include <gsl/gsl_deriv.h>
#include <math.h>

// GSL's better step is huge where it sees no truncation error, as in a function whose derivative is lost in noise.
// Far away that function is another one. NaN makes GSL keep its first step.
static double offset_change(double step, void *user) {
  scalar *f = user;
  if (step == 0) return f->offset;
  if (fabs(step) > f->reach) return (double)NAN;
  return f->offset + scalar_move(f, step).change;
}

// The noise of what moves. An output that is all noise may come back to exactly its value at the point by chance,
// so more than one step is looked at.
static double noise_at(scalar *f, difference_rule rule, double step) {
  const double first = rule == BACKWARD ? -step : step, second = rule == CENTRAL ? -step : first;
  return fmax(fmax(scalar_move(f, first).noise, scalar_move(f, second).noise),
              fmax(scalar_move(f, first / 2).noise, scalar_move(f, second / 2).noise));
}

// The second differences S(h) = F(h) + F(-h) - 2 F(0) of a smooth function shrink by 4 when h is halved, at a kink
// by 2.
static bool looks_kinked(const scalar *f, const move *right, const move *left, const move *half_right,
                         const move *half_left) {
  const double noise = f->k * DBL_EPSILON * f->offset;
  const double whole = fabs(right->change + left->change), half = fabs(half_right->change + half_left->change);
  return half > noise && half > 0.3 * whole && half > 1e-6 * (half_right->magnitude + half_left->magnitude);
}

static void describe(scalar *f, estimate *d, difference_rule rule, double step) {
  const double sign = rule == BACKWARD ? -1 : 1;
  const move one = scalar_move(f, sign * step);
  const move half = scalar_move(f, sign * step / 2);
  const double size = fabs(half.step);
  d->step = step;
  d->scale = half.magnitude / size;
  d->hidden = f->k * one.hidden / step;
  d->rounding = f->k * 6 * DBL_EPSILON * f->offset / step;
  d->erratic = one.noise > 1e-4 * one.size;
  d->flat = one.magnitude == 0 && half.magnitude == 0;
  if (rule != CENTRAL) return;
  const move opposite = scalar_move(f, -step), half_opposite = scalar_move(f, -step / 2);
  d->flat = d->flat && opposite.magnitude == 0 && half_opposite.magnitude == 0;
  d->scale = fmax(d->scale, half_opposite.magnitude / size);
  d->kinked = looks_kinked(f, &one, &opposite, &half, &half_opposite);
}

// Which of GSL's two steps gave its result: the first, or the one it chose.
static double step_used(scalar *f, difference_rule rule, double first, double result) {
  if (f->move_count < 1 || rule != CENTRAL) return first;
  const double last = 2 * fabs(f->moves[(f->move_count - 1) % remembered].step);
  if (last >= first) return first;
  const move right = scalar_move(f, last), left = scalar_move(f, -last);
  const move half_right = scalar_move(f, last / 2), half_left = scalar_move(f, -last / 2);
  const double rule3 = 0.5 * (right.change - left.change);
  const double rule5 = 4.0 / 3 * (half_right.change - half_left.change) - rule3 / 3;
  const double tolerance = 16 * DBL_EPSILON * (f->offset / last + fabs(result));
  return fabs(rule5 / last - result) <= tolerance ? last : first;
}

estimate difference_estimate(scalar *f, difference_rule rule, double step) {
  estimate d = {.step = step, .value = (double)NAN, .bar = (double)NAN};
  const move right = scalar_move(f, rule == BACKWARD ? -step : step);
  const move left = rule == CENTRAL ? scalar_move(f, -step) : right;
  d.right_dead = isnan(right.change);
  d.left_dead = isnan(left.change);
  if (d.right_dead || d.left_dead) return d;
  f->offset = noise_at(f, rule, step) / DBL_EPSILON;
  gsl_function function = {offset_change, f};
  double value = (double)NAN, error = (double)NAN;
  if (rule == CENTRAL)
    gsl_deriv_central(&function, 0, step, &value, &error);
  else if (rule == FORWARD)
    gsl_deriv_forward(&function, 0, step, &value, &error);
  else
    gsl_deriv_backward(&function, 0, step, &value, &error);
  if (!isfinite(value) || !isfinite(error)) return d;
  describe(f, &d, rule, step_used(f, rule, step, value));
  d.value = value;
  d.bar = f->k * (error + DBL_EPSILON * fmax(fabs(value), d.scale)) + f->floor;
  return d;
}

// Central differences D(h) = D + a h^2 + b h^4 + ..., extrapolated twice from h, h/2 and h/4 (Romberg). The error
// of the last but one stage, which is of order h^4, stands for that of the last; each of the six values is
// wrong by the noise N, which the coefficients make 6.6 N / h.
estimate difference_extrapolate(scalar *f, double step) {
  estimate d = {.step = step, .value = (double)NAN, .bar = (double)NAN};
  double central[3];
  for (int i = 0; i < 3; i++) {
    const double h = ldexp(step, -i);
    central[i] = (scalar_move(f, h).change - scalar_move(f, -h).change) / (2 * h);
  }
  const double first = (4 * central[1] - central[0]) / 3, second = (4 * central[2] - central[1]) / 3;
  const double value = (16 * second - first) / 15;
  const double noise = noise_at(f, CENTRAL, step);
  if (!isfinite(value)) return d;
  f->offset = noise / DBL_EPSILON;
  describe(f, &d, CENTRAL, step);
  d.value = value;
  d.bar = f->k * (fabs(value - second) + 6.6 * noise / step + 4 * DBL_EPSILON * d.scale);
  return d;
}
