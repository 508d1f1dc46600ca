// SPDX-License-Identifier: GPL-3.0-or-later
//
// Elements that an index puts at positions of a dimension of x, where those that meet make one number together: a
// sum, a product, a mean, the largest, the smallest. Inputs are x, index and source, of which the last is in the
// shape of the index, or one number.
//
// Derivatives, g what arrives at the position of an element:
//   sum       g
//   mean      g / (number of elements that met there)
//   product   g (product of all others there), which divides by none, so that zeros are numbers like others
//   largest   g / (how many are the largest) for each that is; where it is NaN, the same for each NaN
#ifndef SELENOGRAD_MERGING_H
#define SELENOGRAD_MERGING_H

#include "autograd/op.h"
#include "ops/kernels/index.h"

enum { SG_MERGE_X, SG_MERGE_INDEX, SG_MERGE_SOURCE }; // inputs

typedef struct sg_merging {
  line_arguments lines;
  int dim;
  merge_kind kind;
  bool with_x; // what is there counts
  bool single; // the source is one number
} sg_merging;

// The hooks of an op for which all else is said. prepare finds the lines in the shapes, and says what is saved.
sg_status sg_merging_prepare(sg_plan *plan, sg_merging *own, int64_t dim, merge_kind kind, bool with_x);
void sg_merging_forward(const sg_call *call, const sg_merging *own);
void sg_merging_vjp(const sg_call *call, const sg_merging *own);

// That of a product, for a source in the shape of the index: sets what is needed of d_inputs.
void sg_merging_product_vjp(const sg_call *call, const sg_merging *own, sg_tensor *source);
// The number, counted from 0, of the element of x that every element of the index names, in the order of the index.
void sg_merging_places(const sg_call *call, const sg_merging *own, int64_t *place);

#endif
