// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that rearrange elements. They take tensors of any dtype; dimensions are 0-based, negative ones count from the
// end. Views share the storage of their input, everything else copies.
#ifndef SELENOGRAD_SHAPE_H
#define SELENOGRAD_SHAPE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// Broadcasts t to a shape, in which -1 keeps an extent of t. Returns t itself when it has that shape.
sg_tensor *sg_expand(sg_context *context, sg_tensor *t, const sg_shape *shape);
// The same elements in another shape; one extent may be -1, to be worked out from the others. A view.
sg_tensor *sg_reshape(sg_context *context, sg_tensor *t, const sg_shape *shape);

// Drops the dimensions of extent 1, or those of them that `dim` names (NULL or empty: all). A view.
sg_tensor *sg_squeeze(sg_context *context, sg_tensor *x, const sg_ints *dim);
// Inserts a dimension of extent 1, which will be dimension dim, in [-rank - 1, rank]. A view.
sg_tensor *sg_unsqueeze(sg_context *context, sg_tensor *x, int64_t dim);
// Makes the dimensions start_dim .. end_dim one. A view. A scalar becomes a vector of one element.
sg_tensor *sg_flatten(sg_context *context, sg_tensor *x, int64_t start_dim, int64_t end_dim);
// Makes a dimension several, one extent of which may be -1: the inverse of flatten. A view.
sg_tensor *sg_unflatten(sg_context *context, sg_tensor *x, int64_t dim, const sg_shape *sizes);

// Converts to another dtype, with a gradient between f32 and f64. Returns x itself when it has the dtype.
sg_tensor *sg_to(sg_context *context, sg_tensor *x, sg_dtype dtype);
// A copy in memory of its own, through which gradients flow; NULL of NULL.
sg_tensor *sg_clone(sg_context *context, sg_tensor *x);

// Exchanges two dimensions; puts all dimensions in another order (dimension d of the result is dims[d] of x).
// Copies.
sg_tensor *sg_transpose(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1);
sg_tensor *sg_permute(sg_context *context, sg_tensor *x, const sg_ints *dims);
// transpose by its other names.
sg_tensor *sg_swapaxes(sg_context *context, sg_tensor *x, int64_t axis0, int64_t axis1);
sg_tensor *sg_swapdims(sg_context *context, sg_tensor *x, int64_t dim0, int64_t dim1);
// Moves dimensions to other places, one for each; the others keep their order. A copy.
sg_tensor *sg_movedim(sg_context *context, sg_tensor *x, const sg_ints *source, const sg_ints *destination);

// Reverses the order along dimensions. Moves the elements along dimensions, around the end: a shift for each of
// dims, or, dims NULL or empty, one shift of x as a vector. Copies.
sg_tensor *sg_flip(sg_context *context, sg_tensor *x, const sg_ints *dims);
sg_tensor *sg_roll(sg_context *context, sg_tensor *x, const sg_ints *shifts, const sg_ints *dims);
// x repeated along its dimensions; more values than these make new leading ones. tile takes fewer too, for the last
// dimensions.
sg_tensor *sg_repeat(sg_context *context, sg_tensor *x, const sg_ints *sizes);
sg_tensor *sg_tile(sg_context *context, sg_tensor *x, const sg_ints *dims);

// Joins `count` tensors, equal in all extents but that of dim.
sg_tensor *sg_cat(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim);
// Joins `count` tensors of one shape along a new dimension.
sg_tensor *sg_stack(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim);

// The positions of a dimension, each a tensor without it; x in parts of ceil(extent / chunks) along a dimension, of
// which there may be fewer than `chunks`; in parts of one size, of which the last may be smaller, or (count > 1) of
// given sizes, which sum to the extent. Views where nothing but extents of 1 comes before dim, elsewhere copies.
// A gradient flows through each part; where one is not used, that of x is 0.
sg_tensors sg_unbind(sg_context *context, sg_tensor *x, int64_t dim);
sg_tensors sg_chunk(sg_context *context, sg_tensor *x, int64_t chunks, int64_t dim);
sg_tensors sg_split(sg_context *context, sg_tensor *x, int count, const int64_t *sizes, int64_t dim);

// A range of every dimension: the positions start, start + step, ... below stop, 0-based. A negative start or stop
// counts from the end; both are cut to the extent. Value d is for dimension d; absent ones are 0, the extent and 1.
typedef struct sg_slice_options {
  sg_ints start, stop, step; // step >= 1
} sg_slice_options;

// The range of x; a view when only the leading dimension is cut, with step 1. Options NULL: all of x.
sg_tensor *sg_slice(sg_context *context, sg_tensor *x, const sg_slice_options *options);
// Positions start .. start + length - 1 of one dimension; one position, without the dimension. A negative start or
// index counts from the end. Views of the leading dimension, elsewhere copies.
sg_tensor *sg_narrow(sg_context *context, sg_tensor *x, int64_t dim, int64_t start, int64_t length);
sg_tensor *sg_select(sg_context *context, sg_tensor *x, int64_t dim, int64_t index);
// Zeros of a shape with x in the place of its range: the adjoint of slice.
sg_tensor *sg_embed(sg_context *context, sg_tensor *x, const sg_shape *shape, const sg_slice_options *range);

// The positions index[i] of dimension dim, with `index` an i64 vector counted from the context's index base. An
// index outside the dimension is an error.
sg_tensor *sg_index_select(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim);
// The elements of x where the mask, of any dtype, is not 0: [their number, ...], where the mask has the first
// dimensions of x and ... are the others.
sg_tensor *sg_masked_select(sg_context *context, sg_tensor *x, sg_tensor *mask);
// x with slice i of source, for every i, added at position index[i] of dimension dim: the adjoint of index_select.
sg_tensor *sg_index_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);

// y[..., i, ...] = x[..., index[..., i, ...], ...] along dim. The index has the rank of x and in the other
// dimensions extents no larger than those of x.
sg_tensor *sg_gather(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim);
// x with source[..., i, ...] added at [..., index[..., i, ...], ...]: the adjoint of gather.
sg_tensor *sg_scatter_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);

typedef struct sg_index_put_options {
  bool accumulate; // adds the values to what is there; default false
} sg_index_put_options;

// x with values[i, ...] at the positions [index[0][i], index[1][i], ...]. `index` has an i64 tensor for each
// leading dimension that is indexed, which broadcast to one shape, that of i; or it is one mask, a bool tensor of
// the shape of leading dimensions, and i numbers its true elements. The values broadcast to that shape and the
// dimensions of x behind these. Where a position is named more than once, the last value stays; with `accumulate`
// all are added.
sg_tensor *sg_index_put(sg_context *context, sg_tensor *x, sg_tensor *values, int count, sg_tensor *const *index,
                        bool accumulate);

SG_PUBLIC_END

#endif
