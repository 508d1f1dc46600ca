// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a value everywhere.
#include <math.h>

#include "ops/create/shaped.h"
#include "ops/ops.h"

#define OF(dtype, value, ...) SG_CONSTANT(sg_shaped_options, __VA_ARGS__, dtype, value)

const sg_op op_full = {
    SG_MEMBER_OF(full, sg_filled_family),
    SG_WORDS("A tensor of one value.", "y = value"),
    SG_OPTIONS(sg_shaped_options, OF(SG_F32, SG_WHOLE(0), SG_SCALAR),
               SG_OPTION(sg_shaped_options, shape, SHAPE, "extents", SG_REQUIRED),
               SG_OPTION(sg_shaped_options, value, NUMBER, "of every element", SG_REQUIRED),
               SG_DTYPE_OPTION(sg_shaped_options)),
    .samples =
        SG_SAMPLES({"vector", .options = OF(SG_F64, SG_REAL(0.1), SG_DIMS(3)), SG_GIVES(0.1, 0.1, 0.1)},
                   {"rounded", .options = OF(SG_F32, SG_REAL(0.5), SG_SCALAR), SG_GIVES(0.5)},
                   {"a large integer", .options = OF(SG_I64, SG_WHOLE(INT64_C(9007199254740993)), SG_DIMS(2))},
                   {"bytes", .options = OF(SG_U8, SG_WHOLE(255), SG_DIMS(1, 2)), SG_GIVES(255, 255)},
                   {"a boolean", .options = OF(SG_BOOL, SG_REAL(0.5), SG_DIMS(1)), SG_GIVES(1)},
                   {"empty", .options = OF(SG_F64, SG_WHOLE(3), SG_DIMS(0, 2))}),
    .bad_samples = SG_SAMPLES(
        {"no integer", .options = OF(SG_I64, SG_REAL(2.5), SG_DIMS(2)), .error = "cannot hold the value 2.5"},
        {"no byte", .options = OF(SG_U8, SG_WHOLE(-1), SG_DIMS(2)),
         .error = "a u8 tensor cannot hold the value -1"},
        {"NaN", .options = OF(SG_I64, SG_REAL((double)NAN), SG_DIMS(2)), .error = "cannot hold the value nan"},
        {"negative", .options = OF(SG_F32, SG_WHOLE(0), SG_DIMS(-1)), .error = "cannot have the shape [-1]"}),
};

sg_tensor *sg_full(sg_context *context, sg_dtype dtype, const sg_shape *shape, sg_number value) {
  return sg_apply_one(context, &op_full, 0, NULL, OF(dtype, value, *shape));
}
