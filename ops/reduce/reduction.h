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

// Of an op whose result has the shape of x, for dimensions whose elements belong together: ports and options, with
// words for y and for dim, and the options of a sample.
typedef struct sg_group_options {
  sg_ints dim;
} sg_group_options;
#define SG_GROUPED(y_words, dim_words)                                                                             \
  .inputs = SG_PORTS({"x", 0, "tensor of any shape"}), .outputs = SG_PORTS({"y", 0, y_words}),                     \
  SG_OPTIONS(sg_group_options, SG_CONSTANT(sg_group_options, .dim = {0}),                                          \
             SG_OPTION(sg_group_options, dim, DIMS, dim_words))
#define SG_GROUP(...) SG_WITH(sg_group_options, .dim = SG_DIMS(__VA_ARGS__))

// Fills in the plan and declares output 0, for x over the dimensions `dim`.
sg_status sg_reduction_prepare(sg_plan *plan, const sg_ints *dim, bool keepdim);
// Applies an op of one input and two outputs; the second goes where `second`, if not NULL, points.
sg_tensor *sg_reduction_apply(sg_context *context, const sg_op *op, sg_tensor *x, const void *options,
                              sg_tensor **second);
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

// The sum of (|x| / center)^exponent, in double.
void sg_reduction_powers(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                         const double *center, double exponent, double *sums, void *scratch);

// The same for results that are whole numbers, of x of any dtype (sums and extremes: of integers).
void sg_reduction_run_integers(sg_context *context, sg_dtype dtype, const reduce_layout *layout,
                               integer_reduce_kind kind, const void *x, void *out, void *scratch);

// The product of x, of a floating dtype, and, in the shape of x, for each element that of all others: right
// however far products on the way leave its range.
void sg_reduction_product(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                          void *out, void *scratch);
void sg_reduction_others(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                         const void *d_y, void *out, void *scratch);
size_t sg_reduction_product_scratch(const reduce_layout *layout);

// The sums in double over `divisor`, into `sums`, which may be the beginning of scratch. A sum that is a number of
// doubles is one, though partial sums may not be. Scratch as for sg_reduction_run.
void sg_reduction_double_sum(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                             double divisor, double *sums, void *scratch);
// The sums of what is not NaN, likewise.
void sg_reduction_sum_numbers(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                              double *sums, void *scratch);
// The means in double, before any rounding to the dtype: what deviations are taken from. A mean that is a number of
// doubles is one, even where the sum is not. Scratch as for sg_reduction_run.
void sg_reduction_means(sg_context *context, sg_dtype dtype, const reduce_layout *layout, const void *x,
                        double *means, void *scratch);
// The sum of (x - center)^2 of one output, for f64 data whose squares exceed the range of double.
long double sg_reduction_wide_squares(const reduce_layout *layout, const double *x, int64_t output, double center);

#endif
