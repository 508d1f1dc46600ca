// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x repeated along its dimensions, the last ones first.
#include "ops/ops.h"
#include "ops/shape/repetition.h"

const sg_op op_tile = {
    SG_MEMBER(tile, sg_repetition_family, sg_repetition_member, "dims", true),
    .summary = "Repeats a tensor along its dimensions, the last ones where fewer are given.",
    .formula = "y[i, j, ...] = x[i mod extent1, j mod extent2, ...], counted from 0",
    .reference = "NumPy's tile",
    .attributes =
        SG_ATTRIBUTES({"dims", SG_ATTRIBUTE_INTS, 0,
                       "how often along each dimension, aligned at the last one; once where none is given",
                       SG_REQUIRED | SG_AT_LEAST, 0, 0, NULL}),
    .options_bytes = sizeof(sg_repetition_options),
    .defaults = SG_CONSTANT(sg_repetition_options, .times = {0}),
    .samples = SG_SAMPLES({"fewer", SG_ON(SG_RANDN(2, 3, 2)), SG_WITH(sg_repetition_options, .times = SG_DIMS(2))}),
};

sg_tensor *sg_tile(sg_context *context, sg_tensor *x, const sg_ints *dims) {
  return sg_apply_one(context, &op_tile, 1, &x, &(sg_repetition_options){*dims});
}
