// SPDX-License-Identifier: GPL-3.0-or-later
//
// Norms of vectors over dimensions. A member is a name, and that of its option ord.
#ifndef SELENOGRAD_NORMS_H
#define SELENOGRAD_NORMS_H

#include "ops/reduce/reduce.h"
#include "ops/reduce/reduction.h"

extern const sg_op sg_norms_family;

// The gradient of the norms y of order p over `dim`, as recorded ops: x, y and d_y are f64, the last two with the
// dimensions kept. p is neither 0 nor 1.
sg_tensor *sg_norm_slope(sg_context *context, sg_tensor *x, sg_tensor *y, sg_tensor *d_y, double p,
                         const sg_ints *dim);

// The whole of a descriptor.
#define SG_NORM(op, ord_name)                                                                                      \
  .name = #op, .family = &sg_norms_family,                                                                         \
  SG_WORDS("The norm of vectors over dimensions; its gradient is 0 where x is 0.",                                 \
           "y = (sum of |x|^" ord_name " over dim)^(1 / " ord_name "); " ord_name                                  \
           " = 0: how many are not 0; infinity: max |x|; -infinity: min |x|",                                      \
           "Blue, A portable Fortran program to find the Euclidean norm of a vector, 1978, for scaling"),          \
  SG_OPTIONS(                                                                                                      \
      sg_norm_options, SG_CONSTANT(sg_norm_options, .ord = 2),                                                     \
      {ord_name, SG_ATTRIBUTE_FLOAT, offsetof(sg_norm_options, ord), "any number, infinities too", 0, 0, 0, NULL}, \
      SG_OPTION(sg_norm_options, dim, DIMS, "dimensions to reduce; default all"),                                  \
      SG_OPTION(sg_norm_options, keepdim, BOOL, "keep the reduced dimensions, with extent 1"))

#endif
