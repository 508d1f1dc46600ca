// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_NORM_FORWARD_H
#define SELENOGRAD_KERNELS_NORM_FORWARD_H

#include "ops/kernels/norm.h"

// ---- What is kept between phases ----------------------------------------------------------------------

// Of `count` elements: their mean is shift + mean, and `square` sums their squared deviations from it.
typedef struct norm_sums {
  double count, shift, mean, square;
} norm_sums;

// The same for the columns of a panel.
typedef struct norm_panel_sums {
  double count, shift[NORM_COLUMNS], mean[NORM_COLUMNS], square[NORM_COLUMNS];
} norm_panel_sums;

// The mean is shift + rest, shift a `real`, and y = gamma ((x - shift) rstd - rest rstd) + beta. Not so where the
// group is wide: the loops over `real` have not the range.
typedef struct norm_map {
  double shift, rest, rstd;
  bool wide;
} norm_map;

// y = (x - shift) scale + offset for each group of a panel.
typedef struct norm_panel_map {
  double shift[NORM_COLUMNS], scale[NORM_COLUMNS], offset[NORM_COLUMNS];
  bool wide[NORM_COLUMNS], any_wide;
} norm_panel_map;

// ---- Arguments ----------------------------------------------------------------------------------------

// gamma and beta: [groups, parts], or NULL (1 and 0); where they change along the run, neither or both are.
typedef struct norm_forward_arguments {
  const norm_plan *plan;
  const void *x, *gamma, *beta;
  const void *given_mean, *given_var; // [groups], for NORM_GIVEN
  void *y;
  void *mean, *var; // [outer, groups]; mean NULL without one; NULL for NORM_GIVEN
  void *sums;       // with several shares: norm_sums [shares, blocks], or norm_panel_sums
  void *maps;       // with several shares: norm_map [blocks], or norm_panel_map
} norm_forward_arguments;

// A vector of parameters spread out: out[i] = values[i / fold], or `absent` without values. Items: elements of out.
typedef struct norm_spread_arguments {
  const void *values;
  double absent;
  int64_t fold;
  void *out;
} norm_spread_arguments;

// The items: of `whole` blocks, of `moments` and `apply` pairs (block, share), of `finish` and `mend` blocks.
// `mend` computes the wide groups after `apply` has passed over them.
struct norm_forward_kernels {
  sg_kernel *whole;
  sg_kernel *moments, *finish, *apply, *mend;
  sg_kernel *spread;
};

#endif
