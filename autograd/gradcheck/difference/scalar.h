// SPDX-License-Identifier: GPL-3.0-or-later
//
// The scalar sum(w * y) as a function of one number: a step of one element of an input, or along a direction
// through all of them.
#ifndef SELENOGRAD_GRADCHECK_SCALAR_H
#define SELENOGRAD_GRADCHECK_SCALAR_H

#include "autograd/gradcheck/common/interval.h"
#include "autograd/gradcheck/point/point.h"

// The scalar's change when the element moves by `step`, or the input by `step` times the direction.
typedef struct move {
  double step;
  double change;    // sum of w_j (y_j(x + step) - y_j(x)); NaN outside of the function's domain
  double magnitude; // sum of |w_j (y_j(x + step) - y_j(x))|
  double size;      // root of the sum of (w_j y_j)^2 over the outputs that changed
  double noise;     // root of the sum of (w_j noise_j)^2 over the outputs that changed
  double hidden;    // largest |w_j noise_j| of the outputs that did not: a change below it cannot show
} move;

enum { remembered = 32 };

// The outputs at the latest steps of one element, for the rows of the Jacobian: one evaluation serves all of them.
typedef struct shared_outputs {
  int count, capacity;  // all that were made; how many are kept
  double *step, *ratio; // ratio: of the step asked for and the step made; NaN where the function is not finite
  double *outputs;      // one vector after the other
} shared_outputs;

typedef struct scalar {
  point *point;
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
  shared_outputs *shared; // NULL: in no row
  int64_t row;
  move moves[remembered];
  int move_count;
} scalar;

// The function moved by `step`; the latest ones are remembered.
move scalar_move(scalar *f, double step);

// The sums of the smallest and of the largest w_j d_j, where d_j is the left or the right derivative of y_j by
// differences of size `step`: every subgradient that is taken output by output is between them. NaN where the
// function is not finite.
interval scalar_subgradients(scalar *f, double step);

#endif
