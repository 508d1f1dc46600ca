// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a share q of the elements of a line lies below, between two of the sorted elements:
//   y = (1 - w) a + w b  at the ranks floor(r) and ceil(r), r = q (n - 1) from 0 on
// A composition that sorts a line once for all shares.
#ifndef SELENOGRAD_QUANTILES_H
#define SELENOGRAD_QUANTILES_H

#include "ops/reduce/lines.h"
#include "ops/reduce/reduce.h"

typedef struct sg_quantile_options {
  sg_float_list q, qs; // one share, or several
  sg_ints dim;
  bool keepdim;
  int interpolation;
} sg_quantile_options;

enum { SG_LINEAR, SG_LOWER, SG_HIGHER, SG_MIDPOINT, SG_NEAREST };

typedef struct sg_quantiles_member {
  bool omits_nan; // n is the number of elements that are not NaN; otherwise a line with a NaN has no other quantile
} sg_quantiles_member;

extern const sg_op sg_quantiles_family;

// The options of a sample: a share, or SG_FLOATS of them, along a dimension.
#define SG_QUANTILE(share, way, kept, ...)                                                                         \
  SG_WITH(sg_quantile_options, .q = SG_FLOATS(share), .dim = SG_DIMS(__VA_ARGS__), .keepdim = kept,                \
          .interpolation = way)

// With one of both lists empty.
sg_tensor *sg_quantile_apply(sg_context *context, const sg_op *op, sg_tensor *x, sg_float_list q, sg_float_list qs,
                             const sg_reduce_options *options);

#endif
