// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/ops.h"
#include "ops/reduce/ranks.h"

typedef struct topk_options {
  int64_t k, dim;
  bool largest, sorted;
} topk_options;

static sg_status prepare(sg_plan *plan) {
  const topk_options *options = plan->options;
  sg_ranks_plan *own = plan->own;
  if (sg_ranks_prepare_first(plan, options->k, options->dim)) return sg_error_status(plan->context);
  own->descending = options->largest;
  return sg_ranks_plan_outputs(plan, true);
}

#define TOP(...) SG_WITH(topk_options, __VA_ARGS__, .sorted = true)

const sg_op op_topk = {
    SG_RANKED(topk, prepare, "the elements, the largest (or smallest) first; of equal ones the first"),
    SG_WORDS("The k largest or smallest elements along a dimension, in order, and where they were.",
             "values = the first k of sort(x), indices likewise",
             "Knuth, The Art of Computer Programming 3, 5.2.5"),
    SG_OPTIONS(topk_options, SG_CONSTANT(topk_options, 1, -1, true, true),
               SG_OPTION(topk_options, k, INT, "how many", SG_REQUIRED | SG_AT_LEAST, 0),
               SG_OPTION(topk_options, dim, DIM, "the dimension to choose along; default the last"),
               SG_OPTION(topk_options, largest, BOOL, "the largest, else the smallest; default true"),
               SG_OPTION(topk_options, sorted, BOOL, "in order, which they are in any case; default true")),
    .samples =
        SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 5, -2, 3)), TOP(2, -1, true), SG_GIVES(5, 3)},
                   {"rows, smallest", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(4, 5))), TOP(3, 1, false)},
                   {"columns", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(5, 3))), TOP(2, 0, true)},
                   {"middle", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 4, 3))), TOP(4, 1, true)},
                   {"a few of many", SG_ON(SG_DISTINCT(-20, 20, SG_DIMS(2, 400))), TOP(7, 1, true)},
                   {"a few of many, columns", SG_ON(SG_DISTINCT(-20, 20, SG_DIMS(300, 2))), TOP(5, 0, false)},
                   {"ties", SG_ON(SG_RANDINT(0, 6, SG_DIMS(2, 500))), TOP(40, 1, true)},
                   {"none of them", SG_ON(SG_RANDN(2, 3)), TOP(0, 1, true)},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TOP(1, -1, true)},
                   {"no lines", SG_ON(SG_RANDN(0, 2)), TOP(1, 1, true)},
                   {"integers", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(2, 70))), TOP(5, 1, true)},
                   {"bytes", SG_ON(SG_VALUES_OF(SG_U8, SG_NUMBERS(200, 7, 100), SG_DIMS(3))), TOP(2, 0, false)}),
    .bad_samples = SG_SAMPLES(
        {"too many", SG_ON(SG_RANDN(2, 3)), TOP(4, 1, true), .error = "k is 4, and there are 3 elements"},
        {"no scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), TOP(0, 0, true), .error = "x is a scalar"}),
};

sg_tensor *sg_topk(sg_context *context, sg_tensor *x, int64_t k, int64_t dim, bool largest, sg_tensor **indices) {
  return sg_reduction_apply(context, &op_topk, x, &(topk_options){k, dim, largest, true}, indices);
}
