// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/cumulative_extremum.h"

const sg_op op_cummax = {
    SG_CUMULATIVE_EXTREMUM(cummax, "max", "largest", false),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 5, 5, 2)), SG_LINE(0), SG_GIVES(1, 5, 5, 5)}),
};

sg_tensor *sg_cummax(sg_context *context, sg_tensor *x, int64_t dim, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_cummax, x, &(sg_line_options){dim}, indices);
}
