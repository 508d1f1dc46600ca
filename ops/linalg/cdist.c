// SPDX-License-Identifier: GPL-3.0-or-later
//
// The distances of all pairs, in batches that broadcast: pair_distances.
#include "ops/ops.h"

static const sg_cdist_options defaults = {2};

static sg_shape leading(const sg_shape *shape) {
  sg_shape result = *shape;
  result.rank -= 2;
  return result;
}

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x1 = sg_plan_shape(plan, 0), *x2 = sg_plan_shape(plan, 1);
  const bool matrices = x1->rank >= 2 && x2->rank >= 2 && x1->rank < SG_MAX_RANK && x2->rank < SG_MAX_RANK;
  if (matrices && x1->size[x1->rank - 1] == x2->size[x2->rank - 1]) {
    const sg_shape of_x1 = leading(x1), of_x2 = leading(x2);
    sg_shape both;
    if (sg_shape_broadcast(&of_x1, &of_x2, &both)) return SG_OK;
  }
  return sg_reject(plan, "x1 has shape %s, x2 %s, expected (..., P, M) and (..., R, M)", sg_shape_text(x1).text,
                   sg_shape_text(x2).text);
}

// The matrices of x in the given batch, one behind the other.
static sg_tensor *in_batch(sg_context *c, sg_tensor *x, sg_shape batch) {
  const sg_shape *shape = sg_tensor_shape(x);
  const int64_t rows = shape->size[shape->rank - 2], width = shape->size[shape->rank - 1];
  const sg_shape flat = {3, {sg_shape_elements(&batch), rows, width}};
  batch.size[batch.rank++] = rows;
  batch.size[batch.rank++] = width;
  return sg_reshape(c, sg_expand(c, x, &batch), &flat);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_shape *s1 = sg_tensor_shape(call->inputs[0]), *s2 = sg_tensor_shape(call->inputs[1]);
  const sg_shape of_x1 = leading(s1), of_x2 = leading(s2);
  sg_shape y;
  sg_shape_broadcast(&of_x1, &of_x2, &y);
  sg_tensor *x1 = in_batch(c, call->inputs[0], y), *x2 = in_batch(c, call->inputs[1], y);
  y.size[y.rank++] = s1->size[of_x1.rank];
  y.size[y.rank++] = s2->size[of_x2.rank];
  sg_tensor *distances = sg_pair_distances(c, x1, x2, ((const sg_cdist_options *)call->options)->p);
  outputs[0] = sg_reshape(c, distances, &y);
}

#define OF(p) SG_WITH(sg_cdist_options, p)

const sg_op op_cdist = {
    SG_COMPOSED(cdist, prepare, compose),
    SG_WORDS("The distances of all vectors in x1 from all in x2.",
             "y[..., i, j] = norm of order p of x1[..., i] - x2[..., j]",
             "PyTorch, torch.cdist; the gradient of a distance of 0 is 0"),
    .subgradient = "0 for elements that are equal",
    .cost = "an operation or two for each pair of rows and element of a row",
    .inputs = SG_PORTS({"x1", 0, "(..., P, M)"}, {"x2", 0, "(..., R, M)"}),
    .outputs = SG_PORTS({"y", 0, "(..., P, R)"}),
    SG_OPTIONS(sg_cdist_options, &defaults,
               SG_OPTION(sg_cdist_options, p, FLOAT, "order of the norm, at least 0; default 2", SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES(
        {"by hand",
         SG_ON(SG_VALUES(SG_NUMBERS(0, 0, 3, 4), SG_DIMS(2, 2)), SG_VALUES(SG_NUMBERS(3, 0), SG_DIMS(1, 2))),
         SG_GIVES(3, 4)},
        {"lengths", SG_ON(SG_RANDN(3, 4), SG_RANDN(5, 4))},
        {"batches", SG_ON(SG_RANDN(2, 1, 3, 2), SG_RANDN(3, 4, 2))},
        {"sizes", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)), SG_DISTINCT(-1.93, 2.1, SG_DIMS(2, 4))), OF(1)},
        {"cubes", SG_ON(SG_RANDN(3, 4), SG_RANDN(2, 4)), OF(3)},
        {"no rows", SG_ON(SG_RANDN(0, 4), SG_RANDN(2, 4))}),
    .bad_samples = SG_SAMPLES({"widths", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4)),
                               .error = "x1 has shape [2, 3], x2 [2, 4], expected (..., P, M) and (..., R, M)"},
                              {"vector", SG_ON(SG_RANDN(3), SG_RANDN(2, 3)), .error = "x1 has shape [3]"}),
};

sg_tensor *sg_cdist(sg_context *context, sg_tensor *x1, sg_tensor *x2, double p) {
  return sg_apply_one(context, &op_cdist, 2, (sg_tensor *[]){x1, x2}, &(sg_cdist_options){p});
}
