// SPDX-License-Identifier: GPL-3.0-or-later
//
// Ops that rearrange elements. They take tensors of any dtype; dimensions are 0-based, negative ones count from
// the end. Views share the storage of their input, everything else copies.
#ifndef SELENOGRAD_SHAPE_H
#define SELENOGRAD_SHAPE_H

#include "autograd/selenograd.h"

SG_PUBLIC_BEGIN

// Broadcasts t to a shape, in which -1 keeps an extent of t. Returns t itself when it has that shape.
sg_tensor *sg_expand(sg_context *context, sg_tensor *t, const sg_shape *shape);
sg_tensor *sg_broadcast_to(sg_context *context, sg_tensor *x, const sg_shape *shape); // expand by another name
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

// x with 1, 2 or 3 dimensions at least: [n] becomes [1, n] or [1, n, 1], [m, n] becomes [m, n, 1]. Views.
sg_tensor *sg_atleast_1d(sg_context *context, sg_tensor *x);
sg_tensor *sg_atleast_2d(sg_context *context, sg_tensor *x);
sg_tensor *sg_atleast_3d(sg_context *context, sg_tensor *x);

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

// A matrix transposed; what has fewer dimensions as it is. A copy.
sg_tensor *sg_t(sg_context *context, sg_tensor *x);
// The plane of the two dimensions `dims` turned by k quarters of a circle, from the first to the second. A copy.
sg_tensor *sg_rot90(sg_context *context, sg_tensor *x, int64_t k, const sg_ints *dims);

// Diagonals `offset` columns to the right of the main one, or, negative, rows below it. Of the matrices that dim1
// and dim2 make, as the last dimension; zeros but for such diagonals, which are the last dimension of x; the one
// of a matrix, or a matrix of zeros but for a vector; the sum of the main diagonal of a matrix, i64 of integers
// and bools.
sg_tensor *sg_diagonal(sg_context *context, sg_tensor *x, int64_t offset, int64_t dim1, int64_t dim2);
sg_tensor *sg_diag_embed(sg_context *context, sg_tensor *x, int64_t offset, int64_t dim1, int64_t dim2);
sg_tensor *sg_diag(sg_context *context, sg_tensor *x, int64_t diagonal);
sg_tensor *sg_trace(sg_context *context, sg_tensor *x);
// The matrices of the last two dimensions with zeros above or below that diagonal.
sg_tensor *sg_tril(sg_context *context, sg_tensor *x, int64_t diagonal);
sg_tensor *sg_triu(sg_context *context, sg_tensor *x, int64_t diagonal);

// Reverses the order along dimensions. Moves the elements along dimensions, around the end: a shift for each of
// dims, or, dims NULL or empty, one shift of x as a vector. Copies.
sg_tensor *sg_flip(sg_context *context, sg_tensor *x, const sg_ints *dims);
sg_tensor *sg_roll(sg_context *context, sg_tensor *x, const sg_ints *shifts, const sg_ints *dims);
// x repeated along its dimensions; more values than these make new leading ones. tile takes fewer too, for the
// last dimensions.
sg_tensor *sg_repeat(sg_context *context, sg_tensor *x, const sg_ints *sizes);
sg_tensor *sg_tile(sg_context *context, sg_tensor *x, const sg_ints *dims);

// x continued beyond the ends of its last dimensions: pad[0] positions before and pad[1] behind the last one,
// pad[2] and pad[3] around the last but one, ...; negative ones cut x. `mode` says with what: "constant" (value),
// "reflect", "replicate" or "circular".
sg_tensor *sg_pad(sg_context *context, sg_tensor *x, int count, const int64_t *pad, const char *mode,
                  sg_number value);
// All windows of `size` positions of a dimension, from every step-th one on: they take its place, and their
// positions are a new last dimension.
sg_tensor *sg_unfold(sg_context *context, sg_tensor *x, int64_t dimension, int64_t size, int64_t step);
// Every position of a dimension (NULL: of x as a vector) as often as `repeats` says, one number (count 1) or one
// for each.
sg_tensor *sg_repeat_interleave(sg_context *context, sg_tensor *x, int count, const int64_t *repeats,
                                const sg_ints *dim);

// Joins `count` tensors, equal in all extents but that of dim.
sg_tensor *sg_cat(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim);
// Joins `count` tensors of one shape along a new dimension.
sg_tensor *sg_stack(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim);

// cat along the second dimension (of vectors the first), the first one (of vectors as rows), and the third one.
sg_tensor *sg_hstack(sg_context *context, int count, sg_tensor *const *tensors);
sg_tensor *sg_vstack(sg_context *context, int count, sg_tensor *const *tensors);
sg_tensor *sg_dstack(sg_context *context, int count, sg_tensor *const *tensors);

// The positions of a dimension, each a tensor without it; x in parts of ceil(extent / chunks) along a dimension,
// of which there may be fewer than `chunks`; in parts of one size, of which the last may be smaller, or (count >
// 1) of given sizes, which sum to the extent. Views where nothing but extents of 1 comes before dim, elsewhere
// copies. A gradient flows through each part; where one is not used, that of x is 0.
sg_tensors sg_unbind(sg_context *context, sg_tensor *x, int64_t dim);
sg_tensors sg_chunk(sg_context *context, sg_tensor *x, int64_t chunks, int64_t dim);
sg_tensors sg_split(sg_context *context, sg_tensor *x, int count, const int64_t *sizes, int64_t dim);
// As many parts as `sections`, the first of them one larger where that leaves a rest; parts that end after as many
// positions as `indices` say, which are in order, negative ones from the end, and a last one.
sg_tensors sg_tensor_split(sg_context *context, sg_tensor *x, int64_t sections, int64_t dim);
sg_tensors sg_tensor_split_at(sg_context *context, sg_tensor *x, int count, const int64_t *indices, int64_t dim);

// A range of every dimension: the positions start, start + step, ... below stop, 0-based. A negative start or stop
// counts from the end; both are cut to the extent. Value d is for dimension d; absent ones are 0, the extent and
// 1.
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
// x[..., index[0][i], index[1][i], ..., ...] for i in the shape that the index tensors broadcast to, which takes
// the place of as many dimensions from dim on. A mask among them stands for its positions, in as many dimensions as
// it has.
sg_tensor *sg_index(sg_context *context, sg_tensor *x, int count, sg_tensor *const *index, int64_t dim);
// The positions of what is not 0, a row for each with its position in every dimension: i64 [their number, rank].
sg_tensor *sg_nonzero(sg_context *context, sg_tensor *x);
// The elements of x where the mask, of any dtype, is not 0, in a vector; both broadcast.
sg_tensor *sg_masked_select(sg_context *context, sg_tensor *x, sg_tensor *mask);
// x with slice i of source, for every i, added at position index[i] of dimension dim: the adjoint of index_select.
sg_tensor *sg_index_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);

// y[..., i, ...] = x[..., index[..., i, ...], ...] along dim. The index has the rank of x and in the other
// dimensions extents no larger than those of x.
sg_tensor *sg_gather(sg_context *context, sg_tensor *x, sg_tensor *index, int64_t dim);
// x with source[..., i, ...] added at [..., index[..., i, ...], ...]: the adjoint of gather.
sg_tensor *sg_scatter_add(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);

// x with source[..., i, ...], or, without dimensions, one number, put at [..., index[..., i, ...], ...]. x with
// slice i of source, or one number, put at position index[i] of dimension dim. Where a place is named more than
// once the last one stays, and has the gradient.
sg_tensor *sg_scatter(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);
sg_tensor *sg_index_copy(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim);
sg_tensor *sg_index_fill(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *value, int64_t dim);
// The same with all that is put at a position together: the "sum", "prod", "mean", "amax" or "amin" of it, and with
// include_self of what is there in x.
sg_tensor *sg_scatter_reduce(sg_context *context, sg_tensor *x, sg_tensor *index, sg_tensor *source, int64_t dim,
                             const char *reduce, bool include_self);
// x with the first elements of source, in row-major order, where the mask, of bools, is true; it broadcasts to x.
sg_tensor *sg_masked_scatter(sg_context *context, sg_tensor *x, sg_tensor *mask, sg_tensor *source);

// The elements of x with the numbers `index`, in row-major order, in the shape of index. gather with tensors that
// broadcast in the other dimensions (dim NULL: of both as vectors).
sg_tensor *sg_take(sg_context *context, sg_tensor *x, sg_tensor *index);
sg_tensor *sg_take_along_dim(sg_context *context, sg_tensor *x, sg_tensor *indices, const int64_t *dim);
// weight[input[i, ...], ...], (shape of input, ...). The row padding_idx (NULL: none) has no gradient; it is
// 0-based, negative from the end.
sg_tensor *sg_embedding(sg_context *context, sg_tensor *input, sg_tensor *weight, const int64_t *padding_idx);
// The "sum", "mean" or "max" of the rows that a bag names: each row of input is one, or, of a vector, what lies
// between two offsets, which count from the index base. offsets and per_sample_weights (of a sum) may be NULL.
sg_tensor *sg_embedding_bag(sg_context *context, sg_tensor *input, sg_tensor *weight, sg_tensor *offsets,
                            sg_tensor *per_sample_weights, const char *mode);
// i64: a vector of zeros with a 1 for each label, of which there are num_classes; -1: as many as the largest needs.
sg_tensor *sg_one_hot(sg_context *context, sg_tensor *x, int64_t num_classes);

// Vectors spread over the grid that they make, one tensor each, a dimension of the grid for each in order. All
// combinations of one element of each vector, the last index the fastest: [combinations, count], of one vector
// itself.
sg_tensors sg_meshgrid(sg_context *context, int count, sg_tensor *const *tensors);
sg_tensor *sg_cartesian_prod(sg_context *context, int count, sg_tensor *const *tensors);

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
