// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/ranks.h"

typedef struct kthvalue_options {
  int64_t k, dim;
  bool keepdim;
} kthvalue_options;

static sg_status prepare(sg_plan *plan) {
  const kthvalue_options *options = plan->options;
  sg_ranks_plan *own = plan->own;
  if (sg_ranks_prepare_first(plan, options->k, options->dim)) return sg_error_status(plan->context);
  own->first = options->k - 1;
  own->kept = 1;
  return sg_ranks_plan_outputs(plan, options->keepdim);
}

#define KTH(k, dim, keepdim) SG_WITH(kthvalue_options, k, dim, keepdim)

const sg_op op_kthvalue = {
    SG_RANKED(kthvalue, prepare, "the elements; NaN is larger than everything"),
    SG_WORDS("The k-th smallest element along a dimension, and where it was.", "values = element k of sort(x)",
             "Knuth, The Art of Computer Programming 3, 5.2.5"),
    SG_OPTIONS(kthvalue_options, SG_CONSTANT(kthvalue_options, 1, -1, false),
               SG_OPTION(kthvalue_options, k, INT, "which, from 1 on", SG_REQUIRED | SG_AT_LEAST, 1),
               SG_OPTION(kthvalue_options, dim, DIM, "the dimension to choose along; default the last"),
               SG_OPTION(kthvalue_options, keepdim, BOOL, "keep the dimension, with extent 1")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 5, -2, 3)), KTH(2, -1, false), SG_GIVES(1)},
                   {"rows", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), KTH(4, 1, true)},
                   {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), KTH(3, 0, false)},
                   {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), KTH(1, 1, false)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), KTH(1, 0, true)},
                   {"no lines", SG_ON(SG_RANDN(0, 2)), KTH(2, 1, false)},
                   {"bytes", SG_ON(SG_VALUES_OF(SG_U8, SG_NUMBERS(200, 7, 100), SG_DIMS(3))), KTH(2, 0, false)}),
    .bad_samples = SG_SAMPLES(
        {"too many", SG_ON(SG_RANDN(2, 3)), KTH(4, 1, false), .error = "k is 4, and there are 3 elements"},
        {"of nothing", SG_ON(SG_RANDN(2, 0)), KTH(1, 1, false), .error = "k is 1, and there are 0 elements"}),
};

sg_tensor *sg_kthvalue(sg_context *context, sg_tensor *x, int64_t k, int64_t dim, bool keepdim,
                       sg_tensor **indices) {
  return sg_reduction_apply(context, &op_kthvalue, x, &(kthvalue_options){k, dim, keepdim}, indices);
}
