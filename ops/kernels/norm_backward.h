// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_KERNELS_NORM_BACKWARD_H
#define SELENOGRAD_KERNELS_NORM_BACKWARD_H

#include "ops/kernels/norm.h"

// ---- What is kept between phases ----------------------------------------------------------------------

// The three sums of a backward pass: e, e d and d, where d = x - mean, and e = dy - pivot, or gamma dy - pivot
// where gamma changes along the run.
typedef struct norm_products {
  double e, e_d, d;
} norm_products;

typedef struct norm_panel_products {
  double e[NORM_COLUMNS], e_d[NORM_COLUMNS], d[NORM_COLUMNS];
} norm_panel_products;

// d_x = a e + slope (x - mean) + level, with a = gamma rstd, or rstd where e has gamma in it. level holds for a
// part whose gamma is gamma_mean; another adds rstd pivot (gamma - gamma_mean).
typedef struct norm_back_map {
  double mean, pivot, rstd, slope, level, gamma_mean;
  double delta; // of the true mean from the stored one
  bool wide;
} norm_back_map;

typedef struct norm_panel_back_map {
  double mean[NORM_COLUMNS], pivot[NORM_COLUMNS], a[NORM_COLUMNS], slope[NORM_COLUMNS], level[NORM_COLUMNS];
  bool wide[NORM_COLUMNS], any_wide, pivoted;
} norm_panel_back_map;

// ---- Arguments ----------------------------------------------------------------------------------------

// Every d_ pointer may be NULL: that gradient is not wanted. So may the cotangents of the moments: not used.
typedef struct norm_backward_arguments {
  const norm_plan *plan;
  const void *x, *gamma, *dy;
  const void *mean, *var; // as given to the forward pass or returned by it; mean NULL without one
  const void *mean_cotangent, *var_cotangent;
  void *d_x, *d_gamma, *d_beta;
  void *d_mean, *d_var; // for NORM_GIVEN
  void *sums;           // norm_products [shares, blocks, parts], or norm_panel_products [shares, blocks]
  void *maps;           // norm_back_map [blocks], or norm_panel_back_map
  // What every outer, or chunk of them, adds to the gradients of gamma and of beta: [rows, 2, columns].
  double *contributions;
  int64_t rows, columns;
  void *lanes; // [chunks, 2, run] of type real, for `rows`
} norm_backward_arguments;

// The items: of `whole` blocks, of `sums` and `apply` pairs (block, share), of `finish` and `mend` blocks. `mend`
// computes the wide groups after the others have been passed over. `rows`, for elementwise parameters and runs that
// are not long: chunks. `columns`, in the place of `apply` for long ones: pairs (group of one outer, NORM_SLICE
// columns). `parameters`, the last one: gammas.
struct norm_backward_kernels {
  sg_kernel *whole, *rows;
  sg_kernel *sums, *finish, *apply, *columns, *mend;
  sg_kernel *parameters;
};

#endif
