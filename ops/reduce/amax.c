// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_amax = {
    SG_EXTREMUM(amax, "max", "largest", false),
    .samples = SG_SAMPLES({"rows, a tie", SG_ON(SG_VALUES(SG_NUMBERS(1, 5, 5, 2, 0, 3), SG_DIMS(2, 3))),
                           SG_OVER(false, 1), SG_GIVES(5, 3)}),
};

sg_tensor *sg_amax(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_amax, 1, &x, options);
}
