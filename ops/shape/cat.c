// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the tensors one after another along a dimension.
#include "ops/ops.h"
#include "ops/shape/join.h"

static sg_status prepare(sg_plan *plan) {
  int dim;
  if (sg_plan_dimension(plan, 0, ((const sg_join_options *)plan->options)->dim, &dim))
    return sg_error_status(plan->context);
  return sg_join_end_to_end(plan, 0, dim);
}

#define ALONG(d) (&(const sg_join_options){d})

const sg_op op_cat = {
    SG_MEMBER_OF(cat, sg_join_family),
    SG_WORDS("Joins tensors along a dimension.", "y = [x1, x2, ...] along dim"),
    SG_OPTIONS(sg_join_options, ALONG(0),
               SG_OPTION(sg_join_options, dim, DIM,
                         "dimension along which to join; default the "
                         "first")),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        {"rows", SG_ON(SG_RANDN(2, 3), SG_RANDN(1, 3))},
        {"columns",
         SG_ON(SG_VALUES(SG_NUMBERS(1, 2), SG_DIMS(2, 1)), SG_VALUES(SG_NUMBERS(3, 4, 5, 6), SG_DIMS(2, 2))),
         ALONG(1), SG_GIVES(1, 3, 4, 2, 5, 6)},
        {"three in the middle", SG_ON(SG_RANDN(2, 3, 2), SG_RANDN(2, 0, 2), SG_RANDN(2, 1, 2)), ALONG(-2)},
        {"one", SG_ON(SG_RANDN(4))}, {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 3)), ALONG(1)}),
    .bad_samples =
        SG_SAMPLES({"other extent", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4)), .error = "may differ in dimension"},
                   {"other rank", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)), .error = "may differ in dimension"},
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "outside"}),
};

sg_tensor *sg_cat(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim) {
  return sg_apply_one(context, &op_cat, count, tensors, ALONG(dim));
}
