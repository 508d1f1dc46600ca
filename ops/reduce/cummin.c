// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/cumulative_extremum.h"

const sg_op op_cummin = {
    SG_CUMULATIVE_EXTREMUM(cummin, "min", "smallest", true),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, 0, 0, 2)), SG_LINE(0), SG_GIVES(3, 0, 0, 0)}),
};

sg_tensor *sg_cummin(sg_context *context, sg_tensor *x, int64_t dim, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_cummin, x, &(sg_line_options){dim}, indices);
}
