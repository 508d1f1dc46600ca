// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/shape/view.h"
#include "ops/ops.h"

static sg_status prepare(sg_plan *plan) {
  const sg_view_member *member = plan->op->member;
  plan->output_dtype[0] = sg_tensor_dtype(plan->inputs[0]);
  plan->output_is_view = true;
  return member->shape(plan, sg_plan_shape(plan, 0), &plan->output_shape[0]);
}

static void vjp(const sg_call *call) {
  call->d_inputs[0] = sg_reshape(call->context, call->d_outputs[0], &call->input_shapes[0]);
}

const sg_op sg_view_family = {
    .cost = "nothing: y shares the memory of x",
    .inputs = SG_PORTS({"x", SG_ANY_DTYPE, "tensor of any shape"}),
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "x in its new shape, sharing its storage"}),
    .prepare = prepare,
    .vjp = vjp,
};

sg_shape sg_view_at_least(const sg_shape *shape, int rank) {
  if (shape->rank >= rank) return *shape;
  sg_shape y = {.rank = rank, .size = {1, 1, 1}};
  if (shape->rank == 1) y.size[rank == 1 ? 0 : 1] = shape->size[0];
  if (shape->rank == 2) y.size[0] = shape->size[0], y.size[1] = shape->size[1];
  return y;
}

sg_status sg_view_shape_at_least(const sg_plan *plan, const sg_shape *x, sg_shape *y) {
  *y = sg_view_at_least(x, ((const sg_view_member *)plan->op->member)->least);
  return SG_OK;
}

const sg_sample sg_view_ranks[] = {
    {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR))},
    {"vector", SG_ON(SG_RANDN(3))},
    {"matrix", SG_ON(SG_RANDN(2, 3))},
    {"three dimensions", SG_ON(SG_RANDN(2, 3, 2))},
    {"four dimensions", SG_ON(SG_RANDN(2, 1, 2, 2))},
    {"empty", SG_ON(SG_RANDN(0))},
    {"integers", SG_ON(SG_RANDINT(-9, 9, SG_DIMS(3)))},
    {"mask", SG_ON(SG_MASK(SG_SCALAR))},
    {0},
};

const sg_sample sg_view_no_tensor[] = {{"nothing", .error = "x is missing"}, {0}};

sg_status sg_view_new_dimension(const sg_plan *plan, const char *what, const sg_shape *shape, int64_t dim,
                                int *at) {
  int base = sg_index_base(plan->context), rank = shape->rank;
  if (rank == SG_MAX_RANK)
    return sg_reject(plan, "%s of shape %s: %d dimensions already, the most possible", what,
                     sg_shape_text(shape).text, rank);
  if (dim < -rank - 1 || dim > rank)
    return sg_reject(plan, "dimension %lld is outside %d..%d and -%d..-1 (%s of shape %s)",
                     (long long)sg_plan_named_dimension(plan, dim), base, rank + base, rank + 1, what,
                     sg_shape_text(shape).text);
  *at = (int)(dim < 0 ? dim + rank + 1 : dim);
  return SG_OK;
}
