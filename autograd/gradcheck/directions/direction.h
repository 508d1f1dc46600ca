// SPDX-License-Identifier: GPL-3.0-or-later
//
// A random direction through one input, and the comparison of derivatives along it.
#ifndef SELENOGRAD_GRADCHECK_DIRECTION_H
#define SELENOGRAD_GRADCHECK_DIRECTION_H

#include "autograd/gradcheck/verdict/verdict.h"

typedef struct direction {
  point *point;
  int input;
  int64_t count;
  double k;
  const double *gradient;
  double *origin;     // the input's values
  double *vector;     // u; 0 where nothing is compared
  double *part;       // room for a part of it
  double typical;     // length over which the elements vary
  double length;      // of the gradient in units of the elements' own lengths s: root of sum (s_j g_j)^2
  double extent;      // largest |x_j| / s_j
  int64_t not_finite; // position of a gradient element that is not, -1: all are
} direction;

enum { ALONG_ALL = 0, ALONG_NONZERO = 1 };

// s_j, the length over which element j may be moved; `asked` is the step asked for.
double direction_own_length(const direction *d, int64_t j, double asked);

// Draws normal elements, each as long as its x_j may be moved; those of zeros are 0 with ALONG_NONZERO. The memory
// is that of the current scope.
sg_status direction_draw(point *p, int i, const sg_gradcheck_options *options, int elements, uint64_t seed,
                         direction *d);
// The derivative along u against g.u.
comparison direction_compare(direction *d, verdict_experience *experience, double *analytic);

// Halves the direction again and again and keeps the half with the larger error: where a comparison that failed at
// `error` (analytic - numeric) points to. [*begin, *end) is what is left when the error is not clear any more.
void direction_narrow(direction *d, double step, double error, int64_t *begin, int64_t *end);

#endif
