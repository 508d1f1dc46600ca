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
// The root of the variance; its gradient is 0 where it is 0. Both with the mean as well, in `mean` where not NULL.
sg_tensor *sg_std(sg_context *context, sg_tensor *x, const sg_var_options *options);
sg_tensor *sg_var_mean(sg_context *context, sg_tensor *x, const sg_var_options *options, sg_tensor **mean);
sg_tensor *sg_std_mean(sg_context *context, sg_tensor *x, const sg_var_options *options, sg_tensor **mean);

// Sums and means of what is not NaN; 0 and NaN of nothing. The gradient of a NaN is 0.
sg_tensor *sg_nansum(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
sg_tensor *sg_nanmean(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

typedef struct sg_norm_options {
  double ord; // default 2
  sg_ints dim;
  bool keepdim;
} sg_norm_options;

// (sum of |x|^ord)^(1 / ord); with ord 0 how many are not 0, with infinity the largest |x|, with -infinity the
// smallest. Right where the powers leave the range of the dtype. Where the derivative has a kink, at x = 0, or is
// infinite there, the gradient is 0; the largest that tie share it. sg_norm is another name.
sg_tensor *sg_vector_norm(sg_context *context, sg_tensor *x, const sg_norm_options *options);
sg_tensor *sg_norm(sg_context *context, sg_tensor *x, const sg_norm_options *options);

// log(sum of exp(x)), right however large x is; -infinity of nothing, and where all x are. The derivative is
// softmax: NaN where an x is infinite or NaN; 0 where all x are -infinity.
sg_tensor *sg_logsumexp(sg_context *context, sg_tensor *x, const sg_reduce_options *options);

// The product; 1 of nothing; of integers and bools i64, modulo 2^64. One that is a number of the dtype is found
// however far products on the way leave its range. The gradient is right where factors are 0 too.
sg_tensor *sg_prod(sg_context *context, sg_tensor *x, const sg_reduce_options *options);
// Its derivative: for each element the product of all others over dimensions (`dim` NULL: all), in the shape of x.
sg_tensor *sg_prod_slopes(sg_context *context, sg_tensor *x, const sg_ints *dim);

// ---- Along one dimension, from its beginning or, `reverse`, from its end; in the shape of x ----------

// Sums and products of what came so far; of integers and bools i64, modulo 2^64. The error of a sum does not grow
// with the number of its terms, and the gradient of a product is right where factors are 0 too.
sg_tensor *sg_cumsum(sg_context *context, sg_tensor *x, int64_t dim, bool reverse);
sg_tensor *sg_cumprod(sg_context *context, sg_tensor *x, int64_t dim, bool reverse);
// log(sum of exp(x)) of what came so far, right however large x is.
sg_tensor *sg_logcumsumexp(sg_context *context, sg_tensor *x, int64_t dim, bool reverse);
// What it is differentiated with: the derivative of result i by x_i, and in `by_result`, where not NULL, that by
// result i - 1. They sum to 1, and both keep their digits; 0 while all x are -infinity.
sg_tensor *sg_logcumsumexp_slopes(sg_context *context, sg_tensor *x, int64_t dim, bool reverse,
                                  sg_tensor **by_result);
// y_i = b_i + a_i y_{i-1}, y_0 = b_0: a_0 is not used. a and b have one shape.
sg_tensor *sg_linear_recurrence(sg_context *context, sg_tensor *a, sg_tensor *b, int64_t dim, bool reverse);
// The largest or smallest element so far, of any dtype: NaN once there was one. `indices`, where not NULL, gets its
// position, the last one where elements tie; the gradient goes there.
sg_tensor *sg_cummax(sg_context *context, sg_tensor *x, int64_t dim, sg_tensor **indices);
sg_tensor *sg_cummin(sg_context *context, sg_tensor *x, int64_t dim, sg_tensor **indices);

// ---- In order -----------------------------------------------------------------------------------------

// Along one dimension, of any dtype; equal elements keep their order, NaN is larger than everything. `indices`,
// where not NULL, gets where the elements were, counted from the context's index base; the gradient goes there.
sg_tensor *sg_sort(sg_context *context, sg_tensor *x, int64_t dim, bool descending, sg_tensor **indices);
sg_tensor *sg_argsort(sg_context *context, sg_tensor *x, int64_t dim, bool descending);
// The k largest or smallest, 0 <= k <= extent, in order; the k-th smallest, 1 <= k <= extent.
sg_tensor *sg_topk(sg_context *context, sg_tensor *x, int64_t k, int64_t dim, bool largest, sg_tensor **indices);
sg_tensor *sg_kthvalue(sg_context *context, sg_tensor *x, int64_t k, int64_t dim, bool keepdim,
                       sg_tensor **indices);

// The one in the middle, of an even number the lower; of x as a whole where no dimension is named. NaN where there
// is one. The most frequent one, of several the smallest, and where it is last.
sg_tensor *sg_median(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices);
sg_tensor *sg_mode(sg_context *context, sg_tensor *x, int64_t dim, bool keepdim, sg_tensor **indices);

// The median of what is not NaN; NaN where there is nothing else.
sg_tensor *sg_nanmedian(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices);

// What the share q, in [0, 1], of the elements lies below, linear between two of them; NaN where there is one.
sg_tensor *sg_quantile(sg_context *context, sg_tensor *x, double q, const sg_reduce_options *options);
// Of several shares, which make a new first dimension; of what is not NaN.
sg_tensor *sg_quantiles(sg_context *context, sg_tensor *x, int count, const double *q,
                        const sg_reduce_options *options);
sg_tensor *sg_nanquantile(sg_context *context, sg_tensor *x, double q, const sg_reduce_options *options);

// Where values belong in lines in ascending order, along the last dimension of sorted_sequence: i64 positions in
// the shape of values, counted from the context's index base, before equal elements or, `right`, behind them.
// sorted_sequence is a vector, or has the shape of values but for its last dimension. NaN belongs behind
// everything. bucketize: the same for a vector of boundaries.
sg_tensor *sg_searchsorted(sg_context *context, sg_tensor *sorted_sequence, sg_tensor *values, bool right);
sg_tensor *sg_bucketize(sg_context *context, sg_tensor *x, sg_tensor *boundaries, bool right);

typedef struct sg_histc_options {
  int64_t bins;    // default 100
  double min, max; // equal, as by default: those of x
} sg_histc_options;

// How many elements lie in each of `bins` intervals of equal width; none that is outside or NaN. An error where the
// range is not finite.
sg_tensor *sg_histc(sg_context *context, sg_tensor *x, const sg_histc_options *options);
// How often each label occurs in a vector of them, i64, or, with weights (else NULL), the sum of its weights; for
// labels from the context's index base up to the largest, or `minlength` of them.
sg_tensor *sg_bincount(sg_context *context, sg_tensor *x, sg_tensor *weights, int64_t minlength);
// The different elements in ascending order; where not NULL, `inverse` receives the positions of the elements of x
// among them, and `counts` how often each occurs. Every NaN is an element of its own.
sg_tensor *sg_unique(sg_context *context, sg_tensor *x, sg_tensor **inverse, sg_tensor **counts);

// ---- Deviations, extremes -----------------------------------------------------------------------------

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

// Both, the largest in `max`, where not NULL.
sg_tensor *sg_aminmax(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **max);

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
