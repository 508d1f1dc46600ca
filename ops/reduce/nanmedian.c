// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/ranks.h"

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  return sg_ranks_prepare_one(plan, &options->dim, options->keepdim, SORT_MIDDLE_NUMBER);
}

const sg_op op_nanmedian = {
    SG_RANKED(nanmedian, prepare, "the elements, NaN where there is nothing else"),
    SG_WORDS("The element in the middle of what is not NaN along a dimension, as median, and where it was.",
             "values = element floor((m + 1) / 2) of sort(x) over dim, of m that are not NaN",
             "PyTorch, torch.nanmedian"),
    SG_REDUCE_OPTIONS("dimension to choose along; default all, as one"),
    .samples = SG_SAMPLES({"even", SG_ON(SG_VECTOR(7, 5, -2, 3)), SG_GIVES(3)},
                          {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)))},
                          {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_OVER(false, -1)},
                          {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 3))), SG_OVER(true, 0)},
                          {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, 0)},
                          {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3, 6))), SG_OVER(false, 1)},
                          {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)}),
    .bad_samples = SG_SAMPLES(
        {"empty", SG_ON(SG_RANDN(0, 2)), .error = "nothing to choose from"},
        {"two dimensions", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 0, 1), .error = "expected one or none"}),
};

sg_tensor *sg_nanmedian(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_nanmedian, x, options, indices);
}
