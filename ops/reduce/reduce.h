// SPDX-License-Identifier: GPL-3.0-or-later
//
// Reductions. Dimensions are 0-based, negative ones count from the end; an empty list means all of them. The
// reduced dimensions disappear, or stay with extent 1 with keepdim. Options NULL: the defaults (all dimensions, no
// keepdim).
#ifndef SELENOGRAD_REDUCE_H
#define SELENOGRAD_REDUCE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

typedef struct sg_reduce_options {
  sg_ints dim;
  bool keepdim;
} sg_reduce_options;

// Sums t down to a shape that broadcasts to t's: undoes broadcasting. Returns t itself when it has that shape.
sg_tensor *sg_sum_to(sg_context *context, sg_tensor *t, const sg_shape *shape);

typedef struct sg_var_options {
  sg_ints dim;
  bool keepdim;
  double correction; // taken from the number of elements in the divisor; >= 0; default 1, the unbiased variance
} sg_var_options;

// Sums; 0 of nothing; of integers and bools they are i64, modulo 2^64. Means; NaN of nothing. Variances, in two
// passes; a division by 0 without degrees of freedom.
sg_tensor *sg_sum(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_mean(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_var(sg_context *context, sg_tensor *x, const sg_var_options *options);

// log(sum of exp(x)), right however large x is; -infinity of nothing, and where all x are. The derivative is
// softmax: NaN where an x is infinite or NaN; 0 where all x are -infinity.
sg_tensor *sg_logsumexp(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

// x minus its mean over dimensions (`dim` NULL: all), in the shape of x: exact to one rounding however far the mean
// is from zero. The difference of x and sg_mean is not: there the mean is rounded first.
sg_tensor *sg_centre(sg_context *context, sg_tensor *x, const sg_ints *dim);

typedef struct sg_standardize_options {
  sg_ints dim;  // default all
  double eps;   // added to the variance inside the square root; >= 0; default 1e-5
  bool centred; // default true; false: x rstd, with the mean square in the place of the variance
} sg_standardize_options;

// The same divided by the standard deviation: (x - mean) rstd, rstd = 1 / sqrt(var + eps) with the biased variance.
// `rstd`, where not NULL, receives rstd, with extents of 1 in `dim`.
sg_tensor *sg_standardize(sg_context *context, sg_tensor *x, const sg_standardize_options *options,
                          sg_tensor **rstd);

// Of tensors of any dtype, without a derivative: whether an element is not 0, whether all are (bools; false and
// true of nothing), and how many (i64).
sg_tensor *sg_any(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_all(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_count_nonzero(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

// The largest or smallest element, of any dtype: NaN where there is one; an error where there is nothing to choose
// from. Elements that tie share the gradient equally.
sg_tensor *sg_amax(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_amin(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

// The same along one dimension, with the first position of the element in `indices` where not NULL; the gradient
// goes to that position. With no dimension named: over everything, with positions in row-major order and ties
// sharing the gradient. Positions count from the context's index base.
sg_tensor *sg_max(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices);
sg_tensor *sg_min(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices);
// These positions alone.
sg_tensor *sg_argmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_argmin(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

SG_PUBLIC_END

#endif
