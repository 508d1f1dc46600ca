// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the reducing ops share: which dimensions, the output's shape, and the run of the kernels.
#ifndef SELENOGRAD_REDUCTION_H
#define SELENOGRAD_REDUCTION_H

#include "autograd/op.h"
#include "ops/kernels/integer_reduce.h"

// Resolves the dimensions of input 0 to reduce, bit d for dimension d. An empty list means all of them.
// Rejects a dimension out of range or named twice.
sg_status sg_reduction_dimensions(const sg_plan *plan, const sg_ints *dim, unsigned *reduced);
// The same for dimensions that prepare has accepted.
unsigned sg_reduction_mask(const sg_shape *shape, const sg_ints *dim);
// The shape without the reduced dimensions, or with extents of 1 in their place.
sg_shape sg_reduction_shape(const sg_shape *shape, unsigned reduced, bool keepdim);

// The plan of an op that reduces x, or what its plan begins with.
typedef struct sg_reduction_plan {
  unsigned reduced; // bit d for dimension d of x
  reduce_layout layout;
} sg_reduction_plan;

// dim and keepdim, of sg_reduce_options: what dim is for, and its default
#define SG_REDUCE_OPTIONS(words)                                                                                   \
  SG_OPTIONS(sg_reduce_options, SG_CONSTANT(sg_reduce_options, .keepdim = false),                                  \
             SG_OPTION(sg_reduce_options, dim, DIMS, words),                                                       \
             SG_OPTION(sg_reduce_options, keepdim, BOOL, "keep the reduced dimensions, with extent 1"))
// The options of a sample: SG_OVER(false, 0, -1) keeps no dimension of the first and the last one.
#define SG_OVER(keep, ...) SG_WITH(sg_reduce_options, .dim = SG_DIMS(__VA_ARGS__), .keepdim = keep)
extern const sg_sample sg_reduce_bad_samples[];

// Fills in the plan and declares output 0, for x over the dimensions `dim`.
sg_status sg_reduction_prepare(sg_plan *plan, const sg_ints *dim, bool keepdim);
// For vjp: a tensor of the output's shape with extents of 1 in place of the reduced dimensions.
sg_tensor *sg_reduction_kept(const sg_call *call, sg_tensor *output);

// For vjp, of x or of what has its shape: the kept dimensions first, then all reduced ones as one; and back.
sg_tensor *sg_reduction_lines(const sg_call *call, sg_tensor *x);
sg_tensor *sg_reduction_unlines(const sg_call *call, sg_tensor *lines);

// Fills in a zeroed layout.
void sg_reduction_lay_out(reduce_layout *layout, const sg_shape *shape, unsigned reduced);
// Scratch for sg_reduction_run.
size_t sg_reduction_scratch(const reduce_layout *layout);
// out = scale * reduction of x. Deterministic: the work is split by the layout alone. `dtype` is that of x and out.
// out_double, when not NULL, takes the result in place of out.
void sg_reduction_run(sg_context *context, sg_dtype dtype, const reduce_layout *layout, reduce_kind kind,
                      const void *x, const double *center, double scale, void *out, double *out_double,
                      void *scratch);

// The same for results that are whole numbers, of x of any dtype (sums and extremes: of integers).
void sg_reduction_run_integers(sg_context *context, sg_dtype dtype, const reduce_layout *layout,
                               integer_reduce_kind kind, const void *x, void *out, void *scratch);

// The sums in double over `divisor`, into `sums`, which may be the beginning of scratch. A sum that is a number of
// doubles is one, though partial sums may not be. Scratch as for sg_reduction_run.
void sg_reduction_double_sum(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                             double divisor, double *sums, void *scratch);
// The means in double, before any rounding to the dtype: what deviations are taken from. A mean that is a number of
// doubles is one, even where the sum is not. Scratch as for sg_reduction_run.
void sg_reduction_means(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                        double *means, void *scratch);
// The sum of (x - center)^2 of one output, for f64 data whose squares exceed the range of double.
long double sg_reduction_wide_squares(const reduce_layout *layout, const double *x, int64_t output, double center);

#endif
