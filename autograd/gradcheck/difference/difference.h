// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numeric derivatives of a scalar, with error bars.
#ifndef SELENOGRAD_GRADCHECK_DIFFERENCE_H
#define SELENOGRAD_GRADCHECK_DIFFERENCE_H

#include "autograd/gradcheck/difference/scalar.h"

typedef enum difference_rule { CENTRAL = 0, FORWARD = 1, BACKWARD = -1 } difference_rule;

// One application of GSL.
typedef struct estimate {
  double step;
  double value, bar;          // the derivative is in value -/+ bar, or value is NaN
  double scale;               // sum of |w_j dy_j/dx|: what the derivative would be without cancellation
  double rounding;            // the part of the bar that comes from rounding noise
  double hidden;              // derivative that may hide below the resolution of the outputs
  bool erratic;               // the noise of the outputs is not small against the outputs
  bool kinked;                // the second difference shrinks like the step, not like its square
  bool flat;                  // no output changed at all
  bool left_dead, right_dead; // not finite on that side
} estimate;

estimate difference_estimate(scalar *f, difference_rule rule, double step);

// Central differences extrapolated from three steps: a narrower bar where noise is large.
estimate difference_extrapolate(scalar *f, double step);

#endif
