// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/sorting.h"

const sg_op op_sort = {
    SG_RANKED(sort, sg_sorting_prepare, "the elements in order; the gradient goes to where they were"),
    SG_WORDS("Sorts along a dimension; equal elements keep their order, NaN is larger than everything.",
             "values_1 <= values_2 <= ..., indices where they were", SG_RADIX_SORT),
    SG_SORT_OPTIONS,
    .samples = sg_sorting_samples,
};

sg_tensor *sg_sort(sg_context *context, sg_tensor *x, int64_t dim, bool descending, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_sort, x, &(sg_sort_options){dim, descending}, indices);
}
