// SPDX-License-Identifier: GPL-3.0-or-later
//
// Finite differences of the scalar sum(w * y) in one element of one input, or along a direction through all of its
// elements, with error bars.
#ifndef SELENOGRAD_GRADCHECK_DIFFERENCE_H
#define SELENOGRAD_GRADCHECK_DIFFERENCE_H

#include "autograd/gradcheck/point/point.h"

// The scalar's change when the element moves by `step`, or the input by `step` times the direction.
typedef struct sample {
  double step;
  double change;    // sum of w_j (y_j(x + step) - y_j(x)); NaN outside of the function's domain
  double magnitude; // sum of |w_j (y_j(x + step) - y_j(x))|
  double size;      // root of the sum of (w_j y_j)^2 over the outputs that changed
  double noise;     // root of the sum of (w_j noise_j)^2 over the outputs that changed
  double hidden;    // largest |w_j noise_j| of the outputs that did not: a change below it cannot show
} sample;

typedef enum sg_check_direction { CENTRAL = 0, FORWARD = 1, BACKWARD = -1 } sg_check_direction;

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

enum { remembered = 32 };

// The outputs at the latest steps of one element, for the rows of the Jacobian: one evaluation serves all of them.
typedef struct sg_check_vectors {
  int count, capacity;  // all that were made; how many are kept
  double *step, *ratio; // ratio: of the step asked for and the step made; NaN where the function is not finite
  double *outputs;      // one vector after the other
} sg_check_vectors;

typedef struct element {
  sg_check_problem *problem;
  sg_tensor *input;
  int64_t position;
  double x;
  double k;
  double reach; // GSL may choose no step beyond this one
  // Along a direction: the input is x + t u. `x` above is then the largest |x_j| in units of the length of u_j, for
  // what it says about the rounding of x + t u.
  const double *direction; // u, as long as the input; NULL: along the element
  const double *origin;    // the input's values
  double slack;            // noise of the scalar that comes from the rounding of x + t u
  double floor;            // rounding error of the analytic value, a part of every bar
  double offset;           // see difference.c
  // In a row of the Jacobian the scalar is one output alone, whatever the weights are.
  sg_check_vectors *vectors; // NULL: in no row
  int64_t row;
  sample samples[remembered];
  int sample_count;
} element;

// The function moved by `step`; the latest ones are remembered.
sample gradcheck_sample(element *element, double step);

estimate gradcheck_difference(element *element, sg_check_direction direction, double step);

// Central differences extrapolated from three steps: a narrower bar where noise is large.
estimate gradcheck_extrapolate(element *element, double step);

typedef struct sg_check_range {
  double low, high;
} sg_check_range;

// The sums of the smallest and of the largest w_j d_j, where d_j is the left or the right derivative of y_j by
// differences of size `step`: every subgradient that is taken output by output is between them. NaN where the
// function is not finite.
sg_check_range gradcheck_subgradient_range(element *element, double step);

#endif
