// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = 1 everywhere.
#include "ops/create/shaped.h"
#include "ops/ops.h"

#define OF(dtype, ...) SG_CONSTANT(sg_shaped_options, __VA_ARGS__, dtype, SG_WHOLE(1))

const sg_op op_ones = {
    .name = "ones",
    SG_WORDS("A tensor of ones.", "y = 1"),
    .family = &sg_filled_family,
    SG_OPTIONS(sg_shaped_options, OF(SG_F32, SG_SCALAR), SG_SHAPE_OPTION, SG_DTYPE_OPTION(sg_shaped_options)),
    .samples = SG_SAMPLES({"vector", .options = OF(SG_F64, SG_DIMS(3)), SG_GIVES(1, 1, 1)}, {"scalar", SG_GIVES(1)},
                          {"integers", .options = OF(SG_I64, SG_DIMS(2)), SG_GIVES(1, 1)},
                          {"booleans", .options = OF(SG_BOOL, SG_DIMS(1, 2)), SG_GIVES(1, 1)},
                          {"empty", .options = OF(SG_F64, SG_DIMS(2, 0))}),
    .bad_samples =
        SG_SAMPLES({"negative", .options = OF(SG_F32, SG_DIMS(-1)), .error = "cannot have the shape [-1]"}),
};

sg_tensor *sg_ones(sg_context *context, sg_dtype dtype, const sg_shape *shape) {
  return sg_apply_one(context, &op_ones, 0, NULL, OF(dtype, *shape));
}
