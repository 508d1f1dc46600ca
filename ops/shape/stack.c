// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = tensors of one shape one after another along a new dimension.
#include "ops/ops.h"
#include "ops/shape/join.h"
#include "ops/shape/view.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *first = sg_plan_shape(plan, 0);
  int at, base = sg_index_base(plan->context);
  if (sg_view_new_dimension(plan, "the tensors", first, ((const sg_join_options *)plan->options)->dim, &at))
    return sg_error_status(plan->context);
  for (int i = 1; i < plan->input_count; i++)
    if (!sg_shape_equal(sg_plan_shape(plan, i), first))
      return sg_reject(plan, "tensor %d has shape %s, expected %s (the first one's)", i + base,
                       sg_shape_text(sg_plan_shape(plan, i)).text, sg_shape_text(first).text);
  sg_shape y = {.rank = first->rank + 1};
  for (int d = 0; d < y.rank; d++)
    y.size[d] = d < at ? first->size[d] : d == at ? plan->input_count : first->size[d - 1];
  return sg_join_plan(plan, &y, at);
}

#define ALONG(d) (&(const sg_join_options){d})

const sg_op op_stack = {
    SG_MEMBER_OF(stack, sg_join_family),
    SG_WORDS("Joins tensors of one shape along a new dimension.", "y[..., i, ...] = x_i[..., ...]"),
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "tensors of one shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the tensors, stacked"}),
    SG_OPTIONS(sg_join_options, ALONG(0),
               SG_OPTION(sg_join_options, dim, DIM, "where the new dimension will stand; default first")),
    .prepare = prepare,
    .samples = SG_SAMPLES({"first", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3))},
                          {"last", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 4)), ALONG(-1), SG_GIVES(1, 3, 2, 4)},
                          {"middle", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_RANDN(2, 3)), ALONG(1)},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(0, 2), SG_RANDN(0, 2)), ALONG(1)}),
    .bad_samples = SG_SAMPLES({"other shape", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 2)), .error = "expected [2, 3]"}),
};

sg_tensor *sg_stack(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim) {
  return sg_apply_one(context, &op_stack, count, tensors, ALONG(dim));
}
