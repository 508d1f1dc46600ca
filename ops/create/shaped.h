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
// All of ones and zeros but the words: SG_FILLED_WITH(ones, 1),
#define SG_FILLED_OPTIONS(dtype, number, ...) SG_CONSTANT(sg_shaped_options, __VA_ARGS__, dtype, SG_WHOLE(number))
#define SG_FILLED_WITH(op, number)                                                                                 \
  .name = #op, .family = &sg_filled_family,                                                                        \
  SG_OPTIONS(sg_shaped_options, SG_FILLED_OPTIONS(SG_F32, number, SG_SCALAR), SG_SHAPE_OPTION,                     \
             SG_DTYPE_OPTION(sg_shaped_options)),                                                                  \
  .samples = SG_SAMPLES(                                                                                           \
      {"vector", .options = SG_FILLED_OPTIONS(SG_F64, number, SG_DIMS(3)), SG_GIVES(number, number, number)},      \
      {"scalar", SG_GIVES(number)},                                                                                \
      {"integers", .options = SG_FILLED_OPTIONS(SG_I64, number, SG_DIMS(2)), SG_GIVES(number, number)},            \
      {"booleans", .options = SG_FILLED_OPTIONS(SG_BOOL, number, SG_DIMS(1, 2)), SG_GIVES(number, number)},        \
      {"empty", .options = SG_FILLED_OPTIONS(SG_F64, number, SG_DIMS(2, 0))}),                                     \
  .bad_samples = SG_SAMPLES({"negative", .options = SG_FILLED_OPTIONS(SG_F32, number, SG_DIMS(-1)),                \
                             .error = "cannot have the shape [-1]"})
// The family of rand and randn: prepare refuses dtypes that are not floating. A member states its forward.
extern const sg_op sg_random_family;

#endif
