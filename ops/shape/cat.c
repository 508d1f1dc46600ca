// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = the tensors one after another along a dimension.
#include "ops/ops.h"
#include "ops/shape/join.h"

static sg_status prepare(sg_plan *plan) {
  const sg_join_options *options = plan->options;
  const sg_shape *first = sg_plan_shape(plan, 0);
  sg_shape y = *first;
  int dim, base = sg_index_base(plan->context);
  if (sg_plan_dimension(plan, 0, options->dim, &dim)) return sg_error_status(plan->context);
  for (int i = 1; i < plan->input_count; i++) {
    sg_shape shape = *sg_plan_shape(plan, i), expected = *first;
    if (shape.rank == first->rank) expected.size[dim] = shape.size[dim];
    if (!sg_shape_equal(&shape, &expected))
      return sg_reject(plan, "tensor %d has shape %s, the first one %s: they may differ in dimension %d only",
                       i + base, sg_shape_text(&shape).text, sg_shape_text(first).text, dim + base);
    if (__builtin_add_overflow(y.size[dim], shape.size[dim], &y.size[dim]))
      return sg_reject(plan, "the tensors are too large together");
  }
  return sg_join_plan(plan, &y, dim);
}

#define ALONG(d) (&(const sg_join_options){d})

const sg_op op_cat = {
    .name = "cat",
    SG_WORDS("Joins tensors along a dimension.", "y = [x1, x2, ...] along dim"),
    .family = &sg_join_family,
    .inputs = SG_PORTS({"tensors", SG_ANY_DTYPE | SG_VARIADIC, "tensors that differ in the extent of dim only"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the tensors, joined"}),
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
                   {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR)), .error = "outside"},
                   {"mixed dtypes", SG_ON(SG_RANDN(2), SG_INDICES(2, SG_DIMS(2))), .error = "i64"}),
};

sg_tensor *sg_cat(sg_context *context, int count, sg_tensor *const *tensors, int64_t dim) {
  return sg_apply_one(context, &op_cat, count, tensors, ALONG(dim));
}
