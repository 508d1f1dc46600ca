// SPDX-License-Identifier: GPL-3.0-or-later
//
// What grid_sample and grid_points share. Points of a grid are weighted sums of a few pixels (ops/nn/corners.h),
// with weights that depend on the grid.
#ifndef SELENOGRAD_GRID_H
#define SELENOGRAD_GRID_H

#include "autograd/op.h"
#include "ops/kernels/corners.h"
#include "ops/nn/nn.h"

typedef struct sg_grid_points_options {
  sg_ints size; // extents of the image
  sg_grid_sample_options sampling;
} sg_grid_points_options;

// The weights along each axis, the pixels, and the derivatives of the weights.
typedef struct sg_points {
  sg_tensor *weight, *index, *slope;
} sg_points;

// All NULL where it fails.
sg_points sg_grid_points(sg_context *context, sg_tensor *grid, const sg_grid_points_options *options);

// What the kernels are told of an image, of which `size` has the extents; or rejects one of too many pixels.
sg_status sg_grid_plan(sg_plan *plan, const sg_grid_sample_options *options, const sg_ints *size,
                       grid_arguments *arguments);

extern const char *const sg_grid_modes[], *const sg_grid_borders[];

// The options of sampling, as fields of a struct.
#define SG_GRID_OPTIONS(options, field)                                                                            \
  {"mode",                                                                                                         \
   SG_ATTRIBUTE_CHOICE,                                                                                            \
   offsetof(options, field mode),                                                                                  \
   "between pixels, or the nearest; default bilinear",                                                             \
   0,                                                                                                              \
   0,                                                                                                              \
   0,                                                                                                              \
   sg_grid_modes},                                                                                                 \
      {"padding_mode",                                                                                             \
       SG_ATTRIBUTE_CHOICE,                                                                                        \
       offsetof(options, field padding_mode),                                                                      \
       "what lies outside: zeros (default), the border, or the image reflected",                                   \
       0,                                                                                                          \
       0,                                                                                                          \
       0,                                                                                                          \
       sg_grid_borders},                                                                                           \
  {                                                                                                                \
    "align_corners", SG_ATTRIBUTE_BOOL, offsetof(options, field align_corners),                                    \
        "-1 and 1 are the centres of the outermost pixels, and not their outer sides; default false", 0, 0, 0,     \
        NULL                                                                                                       \
  }

#endif
