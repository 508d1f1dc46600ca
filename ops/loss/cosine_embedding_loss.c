// SPDX-License-Identifier: GPL-3.0-or-later
//
// 1 - cos where target is 1, max(0, cos - margin) where it is -1, with the cosine of the angle between x1 and x2,
//
//   cos = x1 . x2 / sqrt((|x1|^2 + e) (|x2|^2 + e)),   e = 1e-12
#include "ops/loss/composed_loss.h"

static const sg_margin_loss_options defaults = {SG_REDUCTION_MEAN, 0};

static sg_tensor *dot(sg_context *c, sg_tensor *a, sg_tensor *b) {
  return sg_sum(c, sg_mul(c, a, b), &(sg_reduce_options){.dim = {1, {-1}}});
}

// 1 / sqrt(|x|^2 + e)
static sg_tensor *over_length(sg_context *c, sg_tensor *x) {
  return sg_rsqrt(c, sg_add_scalar(c, dot(c, x, x), 1e-12));
}

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_margin_loss_options *options = call->options;
  sg_tensor *x1 = call->inputs[0], *x2 = call->inputs[1];
  sg_tensor *cosine = sg_mul(c, sg_mul(c, dot(c, x1, x2), over_length(c, x1)), over_length(c, x2));
  sg_tensor *alike = sg_add_scalar(c, sg_neg(c, cosine), 1);
  sg_tensor *apart = sg_relu(c, sg_add_scalar(c, cosine, -options->margin));
  return sg_where(c, sg_gt(c, call->inputs[2], sg_scalar_like(c, cosine, 0)), alike, apart);
}

static sg_status prepare(sg_plan *plan) {
  if (sg_check_vectors(plan, 2)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, 0), *target = sg_plan_shape(plan, 2);
  const sg_shape rows = {x->rank - 1, {x->size[0]}};
  if (sg_shape_equal(target, &rows)) return SG_OK;
  return sg_reject(plan, "target has shape %s, expected %s (a label for each row)", sg_shape_text(target).text,
                   sg_shape_text(&rows).text);
}

const sg_op op_cosine_embedding_loss = {
    SG_COMPOSED_LOSS(cosine_embedding_loss, losses, true),
    SG_WORDS("How far the angle of two vectors is from 0 (target 1), or their cosine above a margin (-1).",
             "y = mean of 1 - cos where target = 1, max(0, cos - margin) where target = -1",
             "PyTorch, torch.nn.CosineEmbeddingLoss"),
    .subgradient = "0 where the cosine is margin",
    .inputs = SG_PORTS({"x1", 0, "(N, D) or (D)"}, {"x2", 0, "the shape of x1"},
                       {"target", SG_UNDIFFERENTIABLE, "1 or -1, of which the sign counts; (N) or ()"}),
    SG_OPTIONS(sg_margin_loss_options, &defaults, SG_MARGIN_OPTION("largest cosine where target is -1; default 0"),
               SG_REDUCTION_OPTION(sg_margin_loss_options)),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        SG_COMPOSED_LOSS_SAMPLES((SG_UNIFORM(0.2, 1.8, SG_DIMS(4, 3)), SG_RANDN(4, 3), SG_VECTOR(1, -1, 1, -1)),
                                 sg_margin_loss_options, .margin = -0.5),
        {"one pair", SG_ON(SG_RANDN(5), SG_RANDN(5), SG_VALUES(SG_NUMBERS(1), SG_SCALAR))},
        {"by hand", SG_ON(SG_VECTOR(3e3, 4e3), SG_VECTOR(4e3, 3e3), SG_VALUES(SG_NUMBERS(-1), SG_SCALAR)),
         SG_GIVES(0.96)}),
    .bad_samples = SG_SAMPLES({"target", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "target has shape [3], expected [2] (a label for each row)"},
                              {"scalars", SG_ON(SG_RANDN(2, 3, 4), SG_RANDN(2, 3, 4), SG_RANDN(2)),
                               .error = "x1 has shape [2, 3, 4], expected (N, D) or (D)"}),
};

sg_tensor *sg_cosine_embedding_loss(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *target,
                                    const sg_margin_loss_options *options) {
  return sg_apply_one(context, &op_cosine_embedding_loss, 3, (sg_tensor *[]){x1, x2, target}, options);
}
