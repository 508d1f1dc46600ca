// SPDX-License-Identifier: GPL-3.0-or-later
//
// A function that loses most of its digits on the way, such as (1 - cos x) / x^2 at x = 1e-5, is a staircase:
// between two jumps it is smooth, and its slope there has nothing to do with the derivative. Where the jumps are
// farther apart than the points at which the noise was measured, the noise is missed, and the slope between jumps
// comes with a narrow bar. Then a failure proves nothing. It is recognized by a jump far above the measured noise,
// small against the function itself, and by longer steps that fit the analytic value and not the slope.
#include "autograd/gradcheck/verdict/staircase.h"

#include <float.h>
#include <math.h>

// How far the change from one step to another is from that of a straight line.
static double residual(scalar *f, double slope, double from, double to) {
  const double start = from == 0 ? 0 : scalar_move(f, from).change;
  return fabs(scalar_move(f, to).change - start - slope * (to - from));
}

// The half with the larger residual is halved again, down to neighbouring numbers: what is left is a jump.
static double jump_within(scalar *f, double slope, double from, double to) {
  const double finest = 64 * DBL_EPSILON * fabs(f->x);
  while (fabs(to - from) > finest) {
    const double middle = 0.5 * (from + to);
    if (middle == from || middle == to) break;
    if (residual(f, slope, from, middle) > residual(f, slope, middle, to))
      to = middle;
    else
      from = middle;
  }
  return residual(f, slope, from, to);
}

bool staircase_explains(scalar *f, double analytic, double slope, double first_step) {
  enum { sides = 2, lengths = 4 };
  for (int i = 0; i < sides * lengths; i++) {
    const double step = (i % sides ? -1 : 1) * ldexp(first_step, 4 * (i / sides));
    const move far = scalar_move(f, step);
    const double off = fabs(far.change - slope * step);
    if (!isfinite(off) || !(off > 4 * fabs(far.change - analytic * step))) continue;
    const double jump = jump_within(f, slope, 0, step);
    if (jump > 1000 * far.noise && jump < 2e-3 * far.size && off > 4 * jump) return true;
  }
  return false;
}
