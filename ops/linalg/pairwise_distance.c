// SPDX-License-Identifier: GPL-3.0-or-later
//
// The norm of x1 - x2 + eps over the last dimension. eps keeps it away from 0, where its derivative has a kink.
#include "ops/ops.h"

static const sg_pairwise_distance_options defaults = {2, 1e-6, false};

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x1 = sg_plan_shape(plan, 0), *x2 = sg_plan_shape(plan, 1);
  sg_shape both;
  if (x1->rank > 0 && x2->rank > 0 && sg_shape_broadcast(x1, x2, &both)) return SG_OK;
  return sg_reject(plan, "x1 has shape %s, x2 %s, expected (..., D) that broadcast", sg_shape_text(x1).text,
                   sg_shape_text(x2).text);
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  const sg_pairwise_distance_options *options = call->options;
  sg_tensor *apart = sg_add_scalar(c, sg_sub(c, call->inputs[0], call->inputs[1]), options->eps);
  outputs[0] = sg_vector_norm(c, apart, &(sg_norm_options){options->p, {1, {-1}}, options->keepdim});
}

#define OF(p, eps, keepdim) SG_WITH(sg_pairwise_distance_options, p, eps, keepdim)

const sg_op op_pairwise_distance = {
    SG_COMPOSED(pairwise_distance, prepare, compose),
    SG_WORDS("The distances of the vectors in x1 from those in x2, one by one.",
             "y = norm of order p, over the last dimension, of x1 - x2 + eps",
             "PyTorch, torch.nn.PairwiseDistance"),
    .subgradient = "0 where x1 - x2 + eps is 0",
    .inputs = SG_PORTS({"x1", 0, "(..., D)"}, {"x2", 0, "(..., D), which broadcasts with x1"}),
    .outputs = SG_PORTS({"y", 0, "(...), or (..., 1) with keepdim"}),
    SG_OPTIONS(sg_pairwise_distance_options, &defaults,
               SG_OPTION(sg_pairwise_distance_options, p, FLOAT, "order of the norm, infinities too; default 2"),
               SG_OPTION(sg_pairwise_distance_options, eps, FLOAT, "added to the differences; default 1e-6"),
               SG_OPTION(sg_pairwise_distance_options, keepdim, BOOL, "keep the last dimension, with extent 1")),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(4, -2)), OF(2, 0, false), SG_GIVES(5)},
                          {"rows", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4))},
                          {"one for all", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(4)), OF(2, 1e-6, true)},
                          {"sizes", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 4)), SG_DISTINCT(-1.9, 2, SG_DIMS(3, 4))),
                           OF(1, 1e-6, false)},
                          {"cubes", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4)), OF(3, 0.1, false)},
                          {"no rows", SG_ON(SG_RANDN(0, 4), SG_RANDN(0, 4))}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4)),
                               .error = "x1 has shape [2, 3], x2 [2, 4], expected (..., D) that broadcast"},
                              {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)),
                               .error = "x1 has shape [], x2 [], expected (..., D)"}),
};

sg_tensor *sg_pairwise_distance(sg_context *context, sg_tensor *x1, sg_tensor *x2,
                                const sg_pairwise_distance_options *options) {
  return sg_apply_one(context, &op_pairwise_distance, 2, (sg_tensor *[]){x1, x2}, options);
}
