// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sum of the products of x1 / max(|x1|, eps) and x2 / max(|x2|, eps). Below eps a length is a constant to the
// derivative.
#include "ops/ops.h"

#include <math.h>

static const sg_cosine_similarity_options defaults = {1, 1e-8};

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x1 = sg_plan_shape(plan, 0), *x2 = sg_plan_shape(plan, 1);
  const int64_t dim = ((const sg_cosine_similarity_options *)plan->options)->dim;
  sg_shape both;
  int dimension;
  if (!sg_shape_broadcast(x1, x2, &both))
    return sg_reject(plan, "x1 has shape %s, x2 %s: they do not broadcast", sg_shape_text(x1).text,
                     sg_shape_text(x2).text);
  return sg_plan_dimension(plan, x1->rank >= x2->rank ? 0 : 1, dim, &dimension);
}

// In the shape of the pair, in which dim counts.
static sg_tensor *direction(const sg_call *call, sg_tensor *x, const sg_shape *pair) {
  sg_context *c = call->context;
  const sg_cosine_similarity_options *options = call->options;
  if (!sg_shape_equal(sg_tensor_shape(x), pair)) x = sg_expand(c, x, pair);
  sg_tensor *length = sg_vector_norm(c, x, &(sg_norm_options){2, {1, {options->dim}}, true});
  return sg_div(c, x, sg_clamp(c, length, options->eps, HUGE_VAL));
}

static void compose(const sg_call *call, sg_tensor **outputs) {
  sg_context *c = call->context;
  sg_tensor *x1 = call->inputs[0], *x2 = call->inputs[1];
  sg_shape pair;
  sg_shape_broadcast(sg_tensor_shape(x1), sg_tensor_shape(x2), &pair);
  sg_tensor *products = sg_mul(c, direction(call, x1, &pair), direction(call, x2, &pair));
  const int64_t dim = ((const sg_cosine_similarity_options *)call->options)->dim;
  outputs[0] = sg_sum(c, products, &(sg_reduce_options){.dim = {1, {dim}}});
}

#define ALONG(dim) SG_WITH(sg_cosine_similarity_options, dim, 1e-8)

const sg_op op_cosine_similarity = {
    SG_COMPOSED(cosine_similarity, prepare, compose),
    SG_WORDS("The cosines of the angles between the vectors in x1 and those in x2, one by one.",
             "y = sum over dim of x1 x2 / (max(|x1|, eps) max(|x2|, eps))",
             "PyTorch, torch.nn.functional.cosine_similarity"),
    .subgradient = "a length of eps or less is a constant",
    .inputs = SG_PORTS({"x1", 0, "at least one dimension"}, {"x2", 0, "a shape that broadcasts with that of x1"}),
    .outputs = SG_PORTS({"y", 0, "the shape that they broadcast to, without dim"}),
    SG_OPTIONS(
        sg_cosine_similarity_options, &defaults,
        SG_OPTION(sg_cosine_similarity_options, dim, DIM, "dimension of the vectors; default the second"),
        SG_OPTION(sg_cosine_similarity_options, eps, FLOAT, "the least length; default 1e-8", SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES({"rows", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4))},
                          {"by hand", SG_ON(SG_VECTOR(3, 4), SG_VECTOR(-8, 6)), ALONG(0), SG_GIVES(0)},
                          {"one for all", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(4)), ALONG(-1)},
                          {"all pairs", SG_ON(SG_RANDN(3, 1, 4), SG_RANDN(2, 4)), ALONG(2)},
                          {"columns", SG_ON(SG_RANDN(4, 3), SG_RANDN(4, 1)), ALONG(0)},
                          {"short ones", SG_ON(SG_RANDN(3, 4), SG_UNIFORM(-1e-3, 1e-3, SG_DIMS(3, 4))),
                           SG_WITH(sg_cosine_similarity_options, 1, 0.1)},
                          {"no rows", SG_ON(SG_RANDN(0, 4), SG_RANDN(0, 4))}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 4)),
                               .error = "x1 has shape [2, 3], x2 [2, 4]: they do not broadcast"},
                              {"rank", SG_ON(SG_RANDN(4), SG_RANDN(4)), .error = "is outside"}),
};

sg_tensor *sg_cosine_similarity(sg_context *context, sg_tensor *x1, sg_tensor *x2,
                                const sg_cosine_similarity_options *options) {
  return sg_apply_one(context, &op_cosine_similarity, 2, (sg_tensor *[]){x1, x2}, options);
}
