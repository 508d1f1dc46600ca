// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/ranks.h"

typedef struct mode_options {
  int64_t dim;
  bool keepdim;
} mode_options;

static sg_status prepare(sg_plan *plan) {
  const mode_options *options = plan->options;
  return sg_ranks_prepare_one(plan, &(sg_ints){1, {options->dim}}, options->keepdim, SORT_MODE);
}

#define ALONG(dim, keepdim) SG_WITH(mode_options, dim, keepdim)

const sg_op op_mode = {
    SG_RANKED(mode, prepare, "the elements; the last of them gets the gradient"),
    SG_WORDS("The element that there is most of along a dimension, of several the smallest, and where it is last.",
             "values = the most frequent element of x along dim", "PyTorch, torch.mode"),
    SG_OPTIONS(mode_options, SG_CONSTANT(mode_options, .dim = -1),
               SG_OPTION(mode_options, dim, DIM, "the dimension to choose along; default the last"),
               SG_OPTION(mode_options, keepdim, BOOL, "keep the dimension, with extent 1")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VALUES_OF(SG_I64, SG_NUMBERS(3, 1, 3, 2, 1, 2, 2, 5, 1), SG_DIMS(3, 3))),
                    SG_GIVES(3, 2, 1)},
                   {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), ALONG(1, true)},
                   {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), ALONG(0, false)},
                   {"long", SG_ON(SG_RANDINT(0, 9, SG_DIMS(2, 90))), ALONG(1, false)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), ALONG(-1, true)},
                   {"no lines", SG_ON(SG_RANDN(0, 2)), ALONG(1, false)}, {"mask", SG_ON(SG_MASK(SG_DIMS(3, 6)))}),
    .bad_samples = SG_SAMPLES({"of nothing", SG_ON(SG_RANDN(2, 0)), .error = "nothing to choose from"}),
};

sg_tensor *sg_mode(sg_context *context, sg_tensor *x, int64_t dim, bool keepdim, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_mode, x, &(mode_options){dim, keepdim}, indices);
}
