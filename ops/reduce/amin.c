// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/extremum.h"

const sg_op op_amin = {
    SG_EXTREMUM(amin, "min", "smallest", true),
    .samples = SG_SAMPLES({"rows, a tie", SG_ON(SG_VALUES(SG_NUMBERS(5, 1, 1, 2, 3, 0), SG_DIMS(2, 3))),
                           SG_OVER(false, 1), SG_GIVES(1, 0)}),
};

sg_tensor *sg_amin(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_amin, 1, &x, options);
}
