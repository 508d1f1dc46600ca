// SPDX-License-Identifier: GPL-3.0-or-later
//
// Linear maps of images that go along each spatial dimension for itself: means over windows and over parts, and
// interpolation. Each is a matrix A of as many rows as the result has positions, with few neighbouring entries in a
// row; y = (A_D x A_H x A_W) x, and the derivative is the same with the transposed matrices. So the family has one
// op, `resample`, that is any of them or its adjoint, and is the derivative of all.
#ifndef SELENOGRAD_RESAMPLING_H
#define SELENOGRAD_RESAMPLING_H

#include "autograd/op.h"
#include "ops/kernels/bands.h"
#include "ops/nn/windows.h"

typedef enum sg_resampling_kind {
  SG_RESAMPLING_WINDOWS, // means over windows
  SG_RESAMPLING_AREA,    // means over the parts from floor(p in / out) to ceil((p + 1) in / out)
  SG_RESAMPLING_NEAREST, // pixel floor(p scale)
  SG_RESAMPLING_CENTRE,  // pixel floor((p + 1/2) scale)
  SG_RESAMPLING_LINEAR,  // between the two neighbours of (p + 1/2) scale - 1/2, or of p scale with the corners
  SG_RESAMPLING_CUBIC,   // between four of them
} sg_resampling_kind;

// The plan. Along dimension d, `fine` pixels make `coarse` positions, which is no statement about which are more.
typedef struct sg_resampling {
  sg_resampling_kind kind;
  int spatial;
  bool adjoint;
  int64_t images; // of one channel
  int64_t fine[SPATIAL], coarse[SPATIAL];
  int64_t kernel[SPATIAL], stride[SPATIAL], padding[SPATIAL]; // of windows
  bool include_padding;                                       // in what a sum is divided by
  int64_t divisor;                                            // 0: as many as are added up
  double scale[SPATIAL];                                      // 0: fine / coarse
  bool corners, smooth; // the corner pixels keep their places; what gets smaller is smoothed
  // Derived.
  int64_t taps[SPATIAL];
  size_t table_bytes[SPATIAL];
} sg_resampling;

// A member's `member`: fills in the plan but for `images` and what is derived, and refuses what it must.
// `spatial` is what the member says.
typedef struct sg_resampling_member {
  sg_status (*describe)(sg_plan *plan, sg_resampling *resampling);
  int spatial; // 0: as many dimensions as describe says
} sg_resampling_member;

extern const sg_op sg_resampling_family;

// The adjoint of what a plan says, of an input of the result's shape.
sg_tensor *sg_resample_back(sg_context *context, const sg_resampling *resampling, sg_tensor *x);

// ---- The matrices (resampling_bands.c) ----------------------------------------------------------------

// Works out taps and table_bytes for dimension d.
void sg_resampling_measure(sg_resampling *resampling, int d, sg_dtype dtype);
// Writes the matrix of dimension d, or its adjoint, into a table of table_bytes.

void sg_resampling_fill(const sg_resampling *resampling, int d, sg_dtype dtype, char *table, band *band);

#endif
