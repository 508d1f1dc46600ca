// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sorting.h"

const sg_op op_argsort = {
    SG_COMPUTED(argsort, sg_sorting_prepare, sg_ranks_forward, NULL),
    SG_WORDS("Where the elements are that come first, second and so on along a dimension, as in sort.",
             "y_1 the position of the smallest, y_2 of the next, ...", SG_RADIX_SORT),
    .cost = "n log n comparisons for n elements of a line",
    .inputs = SG_PORTS({"x", SG_STEP | SG_NUMERIC | SG_ANY_DTYPE, "tensor of any shape and dtype"}),
    .outputs = SG_PORTS({"y", SG_INDEX, "positions"}),
    SG_SORT_OPTIONS,
    .plan_bytes = sizeof(sg_ranks_plan),
    .samples = sg_sorting_samples,
};

sg_tensor *sg_argsort(sg_context *context, sg_tensor *x, int64_t dim, bool descending) {
  return sg_apply_one(context, &op_argsort, 1, &x, &(sg_sort_options){dim, descending});
}
