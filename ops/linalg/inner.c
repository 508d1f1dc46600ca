// SPDX-License-Identifier: GPL-3.0-or-later
//
// The last dimension of a against that of b, for every index of the others; a scalar times everything.
#include "ops/ops.h"

static sg_status prepare(sg_plan *plan) {
  const sg_shape *a = sg_plan_shape(plan, 0), *b = sg_plan_shape(plan, 1);
  if (a->rank == 0 || b->rank == 0) return SG_OK;
  if (a->size[a->rank - 1] != b->size[b->rank - 1])
    return sg_reject(plan, "a has shape %s and b has shape %s: their last dimensions differ", sg_shape_text(a).text,
                     sg_shape_text(b).text);
  if (a->rank + b->rank - 2 <= SG_MAX_RANK) return SG_OK;
  return sg_reject(plan, "a has shape %s and b has shape %s: the result would have more than %d dimensions",
                   sg_shape_text(a).text, sg_shape_text(b).text, SG_MAX_RANK);
}

static sg_tensor *rows_of(sg_context *c, sg_tensor *x, int64_t length, sg_shape *rest) {
  *rest = *sg_tensor_shape(x);
  rest->rank--;
  return sg_reshape(c, x, &(sg_shape){2, {sg_shape_elements(rest), length}});
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *a = call->inputs[0], *b = call->inputs[1];
  const sg_shape *shape = sg_tensor_shape(a);
  if (shape->rank == 0 || sg_tensor_shape(b)->rank == 0) {
    outputs[0] = sg_mul(c, a, b);
    return;
  }
  sg_shape y, of_b;
  const int64_t length = shape->size[shape->rank - 1];
  sg_tensor *rows_a = rows_of(c, a, length, &y), *rows_b = rows_of(c, b, length, &of_b);
  sg_tensor *product = sg_matmul(c, rows_a, sg_transpose(c, rows_b, 0, 1));
  for (int i = 0; i < of_b.rank; i++) y.size[y.rank++] = of_b.size[i];
  outputs[0] = sg_reshape(c, product, &y);
}

const sg_op op_inner = {
    SG_COMPOSED(inner, prepare, compose),
    SG_WORDS("The inner products of all rows of two tensors; a scalar times a tensor.",
             "y[..., i, ..., j] = sum over k of a[..., i, k] b[..., j, k]", "PyTorch, torch.inner"),
    .cost = "that of one matrix product",
    .inputs = SG_PORTS({"a", 0, "(..., k) or a scalar"}, {"b", 0, "(..., k) or a scalar"}),
    .outputs = SG_PORTS({"y", 0, "the dimensions of a without its last, then those of b without its last"}),
    .samples = SG_SAMPLES({"vectors", SG_ON(SG_RANDN(4), SG_RANDN(4))},
                          {"matrices", SG_ON(SG_RANDN(2, 3), SG_RANDN(4, 3))},
                          {"more dimensions", SG_ON(SG_RANDN(2, 1, 3), SG_RANDN(2, 2, 3))},
                          {"matrix and vector", SG_ON(SG_RANDN(2, 3), SG_RANDN(3))},
                          {"scalar", SG_ON(SG_RANDN(2, 3), SG_NORMAL(0, 1, SG_SCALAR))},
                          {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(4, -5, 6)), SG_GIVES(12)}),
    .bad_samples = SG_SAMPLES({"lengths", SG_ON(SG_RANDN(2, 3), SG_RANDN(3, 2)),
                               .error = "a has shape [2, 3] and b has shape [3, 2]: their last dimensions differ"}),
};

sg_tensor *sg_inner(sg_context *context, sg_tensor *a, sg_tensor *b) {
  return sg_apply_one(context, &op_inner, 2, (sg_tensor *[]){a, b}, NULL);
}
