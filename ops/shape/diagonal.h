// SPDX-License-Identifier: GPL-3.0-or-later
//
// Diagonals of the matrices that two dimensions of a tensor make: taken out of it, or put into zeros.
#ifndef SELENOGRAD_DIAGONAL_H
#define SELENOGRAD_DIAGONAL_H

#include "ops/shape/layout.h"

// `offset` columns to the right of the main diagonal, or as many rows below it where it is negative.
typedef struct sg_diagonal_options {
  int64_t offset, dim1, dim2;
} sg_diagonal_options;

// The option that says which.
#define SG_OFFSET_OPTION(options, field)                                                                           \
  SG_OPTION(options, field, INT, "columns to the right of the main diagonal, or, negative, rows below it")
// The options of a sample: SG_DIAGONAL(-1, 0, 1)
#define SG_DIAGONAL(offset, dim1, dim2) (&(const sg_diagonal_options){offset, dim1, dim2})

// The whole of prepare for members of the layout family: y has the diagonals of x as its last dimension; or zeros
// but for its diagonals, which are the last dimension of x.
sg_status sg_diagonal_take(sg_plan *plan, const sg_diagonal_options *options);
sg_status sg_diagonal_spread(sg_plan *plan, const sg_diagonal_options *options);

// How long it is in a tensor of that shape with such dimensions, and from which element on.
int64_t sg_diagonal_length(const sg_shape *shape, const sg_diagonal_options *options, int64_t *first);
// Zeros of a shape but for its diagonals: the adjoint of sg_diagonal.
sg_tensor *sg_diagonal_embed(sg_context *context, sg_tensor *diagonals, const sg_shape *shape,
                             const sg_diagonal_options *options);

#endif
