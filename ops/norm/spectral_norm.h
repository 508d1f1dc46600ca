// SPDX-License-Identifier: GPL-3.0-or-later
//
// What spectral_norm and its step share: a weight as a matrix, with a dimension in front and the others behind it.
#ifndef SELENOGRAD_SPECTRAL_NORM_H
#define SELENOGRAD_SPECTRAL_NORM_H

#include "autograd/op.h"

// weight as (outer, rows, inner): row r of the matrix holds what has index r in the middle.
typedef struct sg_spectral_matrix {
  int dimension;
  int64_t outer, rows, inner;
} sg_spectral_matrix;

// Rejects unless u has a value for each row of the matrix and v one for each column.
sg_status sg_spectral_plan(sg_plan *plan, int weight, int u, int v, int64_t dim, sg_spectral_matrix *matrix);

#define SG_SPECTRAL_WEIGHT                                                                                         \
  { "weight", 0, "two dimensions or more" }
#define SG_SPECTRAL_U                                                                                              \
  { "u", 0, "a value for each index along dim" }
#define SG_SPECTRAL_V                                                                                              \
  { "v", 0, "a value for each of the others" }
#define SG_SPECTRAL_SOURCE "Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018"
#define SG_SPECTRAL_DIM(options) SG_OPTION(options, dim, DIM, "the rows of the matrix; default the first")

#endif
