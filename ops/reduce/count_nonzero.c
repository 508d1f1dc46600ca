// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/counts.h"

const sg_op op_count_nonzero = {
    SG_COUNTS(count_nonzero, INTEGER_COUNT, "How many elements are not 0, over dimensions.",
              "number of x over dim that are not 0", 1, 0, 3),
    .outputs = SG_PORTS({"y", SG_STEP, "the counts, i64"}),
};

sg_tensor *sg_count_nonzero(sg_context *context, sg_tensor *x, const sg_reduce_options *options) {
  return sg_apply_one(context, &op_count_nonzero, 1, &x, options);
}
