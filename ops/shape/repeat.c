// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x repeated along every dimension.
#include "ops/ops.h"
#include "ops/shape/repetition.h"

const sg_op op_repeat = {
    SG_MEMBER(repeat, sg_repetition_family, sg_repetition_member, "sizes", false),
    .summary = "Repeats a tensor along its dimensions and along new leading ones.",
    .formula = "y[i, j, ...] = x[i mod extent1, j mod extent2, ...], counted from 0",
    .attributes = SG_ATTRIBUTES({"sizes", SG_ATTRIBUTE_INTS, 0,
                                 "how often along each dimension; more values than dimensions of x make new ones",
                                 SG_REQUIRED | SG_AT_LEAST, 0, 0, NULL}),
    .options_bytes = sizeof(sg_repetition_options),
    .defaults = SG_CONSTANT(sg_repetition_options, .times = {0}),
    .bad_samples =
        SG_SAMPLES({"too few", SG_ON(SG_RANDN(2, 3)), SG_WITH(sg_repetition_options, .times = SG_DIMS(2)),
                    .error = "sizes has 1 values for the 2 dimensions"}),
};

sg_tensor *sg_repeat(sg_context *context, sg_tensor *x, const sg_ints *sizes) {
  return sg_apply_one(context, &op_repeat, 1, &x, &(sg_repetition_options){*sizes});
}
