// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/ranks.h"

static sg_status prepare(sg_plan *plan) {
  const sg_reduce_options *options = plan->options;
  return sg_ranks_prepare_one(plan, &options->dim, options->keepdim, SORT_NAN_FIRST);
}

const sg_op op_median = {
    SG_RANKED(median, prepare,
              "the elements, NaN where there is one; of equal ones the first in question gets the gradient"),
    SG_WORDS("The element in the middle along a dimension, of an even number the lower of two, and where it was.",
             "values = element floor((n + 1) / 2) of sort(x) over dim", "PyTorch, torch.median"),
    SG_REDUCE_OPTIONS("dimension to choose along; default all, as one"),
    .samples = SG_SAMPLES(
        {"odd", SG_ON(SG_VECTOR(7, 5, -2)), SG_GIVES(5)}, {"even", SG_ON(SG_VECTOR(7, 5, -2, 3)), SG_GIVES(3)},
        {"everything", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)))},
        {"everything, kept", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4))),
         SG_WITH(sg_reduce_options, .dim = {0}, .keepdim = true)},
        {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), SG_OVER(false, -1)},
        {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 3))), SG_OVER(true, 0)},
        {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), SG_OVER(false, 1)},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), SG_OVER(false, 0)},
        {"no results", SG_ON(SG_RANDN(0, 2)), SG_OVER(false, 1)},
        {"bytes", SG_ON(SG_VALUES_OF(SG_U8, SG_NUMBERS(200, 7, 100, 9), SG_DIMS(2, 2))), SG_GIVES(9)}),
    .bad_samples = SG_SAMPLES(
        {"empty", SG_ON(SG_RANDN(0, 2)), .error = "nothing to choose from"},
        {"empty lines", SG_ON(SG_RANDN(2, 0)), SG_OVER(false, 1), .error = "nothing to choose from"},
        {"two dimensions", SG_ON(SG_RANDN(2, 3)), SG_OVER(false, 0, 1), .error = "expected one or none"}),
};

sg_tensor *sg_median(sg_context *context, sg_tensor *x, const sg_reduce_options *options, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_median, x, options, indices);
}
