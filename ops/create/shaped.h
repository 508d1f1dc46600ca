// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SELENOGRAD_SHAPED_H
#define SELENOGRAD_SHAPED_H

#include "autograd/op.h"

// The options of ops that fill a shape.
typedef struct sg_shaped_options {
  sg_shape shape;
  sg_dtype dtype;
  sg_number value; // of full
} sg_shaped_options;

#define SG_SHAPE_OPTION SG_OPTION(sg_shaped_options, shape, SHAPE, "extents; default none, a scalar")
#define SG_DTYPE_OPTION(options) SG_OPTION(options, dtype, DTYPE, "of the result; default f32")

// Declares an output of the shape, or rejects a negative extent and too many elements.
sg_status sg_plan_shaped(sg_plan *plan, const sg_shape *shape, sg_dtype dtype);

// The family of zeros, ones and full: one value everywhere. A member states its options.
extern const sg_op sg_filled_family;
// The family of rand and randn: prepare refuses dtypes that are not floating. A member states its forward.
extern const sg_op sg_random_family;

#endif
