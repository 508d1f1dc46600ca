// SPDX-License-Identifier: GPL-3.0-or-later
//
// A normalization of x [N, C, L] with gamma and beta [C], of any kind, and with any mistake in its derivative.
#ifndef SELENOGRAD_TEST_GRADCHECK_ANY_NORM_H
#define SELENOGRAD_TEST_GRADCHECK_ANY_NORM_H

#include "autograd/op.h"

typedef enum kind { BATCH, LAYER, INSTANCE, GROUP, RMS } kind; // of [N, C, L]; GROUP: two groups of channels

typedef enum mistake {
  NONE,
  NO_DY_MEAN,
  NO_XHAT,
  DETACHED,
  XHAT_DOUBLED,
  XHAT_SIGN,
  UNBIASED_MEANS,
  SUM_NOT_MEAN,
  NO_EPS,
  EPS_OUTSIDE,
  UNBIASED_VARIANCE,
  NO_RSTD,
  RSTD_TWICE,
  CENTERED_FOR_XHAT,
  Y_FOR_XHAT,
  NO_GAMMA,
  GAMMA_LATE,
  DGAMMA_PLAIN,
  DGAMMA_X,
  DGAMMA_CENTERED,
  DGAMMA_MEAN,
  DBETA_GAMMA,
  DBETA_XHAT,
  ONE_WRONG,
  EPS_INSIDE, // ... where the function has it outside
  EPS_OUTSIDE_WHOLLY,
  INSIDE_TERM,
  BIASED_VARIANCE,
  UNBIASED_WHOLLY,
  RSTD_CUBED,
  EPS_TWICE,
  EPS_HALF_MORE,
  OVER_ALL,
  OVER_LAST,
  OVER_FIRST,
  SWAPPED,
  // What must not be called by the names of the above
  NO_XHAT_NOISY,
  NEARLY_NO_XHAT,
  NO_XHAT_IN_A_CHANNEL,
  RSTD_POWER,
  DGAMMA_CROOKED,
} mistake;

typedef enum form { INSIDE, OUTSIDE, UNBIASED } form; // what the function has: where eps is; N - 1 in the variance

typedef struct any_norm {
  kind k;
  mistake m;
  double eps;
  form f;
} any_norm;

enum { N = 3, C = 4, L = 5, count = N * C * L };

extern const sg_op op_any_norm; // of any_norm

#endif
