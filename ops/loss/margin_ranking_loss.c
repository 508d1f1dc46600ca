// SPDX-License-Identifier: GPL-3.0-or-later
//
// max(0, margin - target (x1 - x2)). Where that is 0 the gradient is 0.
#include "ops/loss/composed_loss.h"

static const sg_margin_loss_options defaults = {SG_REDUCTION_MEAN, 0};

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_margin_loss_options *options = call->options;
  sg_tensor *lead = sg_mul(c, call->inputs[2], sg_sub(c, call->inputs[0], call->inputs[1]));
  return sg_relu(c, sg_add_scalar(c, sg_neg(c, lead), options->margin));
}

const sg_op op_margin_ranking_loss = {
    SG_COMPOSED_LOSS(margin_ranking_loss, losses, true),
    SG_WORDS("What x1 lacks of a margin over x2 where it is to be ranked higher (target 1), or x2 over x1 (-1).",
             "y = mean of max(0, margin - target (x1 - x2))",
             "Herbrich, Graepel and Obermayer, Large Margin Rank Boundaries for Ordinal Regression, 2000"),
    .subgradient = "0 where the loss is 0",
    .inputs = SG_PORTS({"x1", 0, "any shape"}, {"x2", 0, "the shape of x1"},
                       {"target", SG_UNDIFFERENTIABLE, "1 or -1, the shape of x1"}),
    SG_OPTIONS(sg_margin_loss_options, &defaults, SG_MARGIN_OPTION("least lead; default 0"),
               SG_REDUCTION_OPTION(sg_margin_loss_options)),
    .samples =
        SG_SAMPLES(SG_COMPOSED_LOSS_SAMPLES(
                       (SG_DISTINCT(0.2, 1.8, SG_DIMS(2, 3)), SG_DISTINCT(0.3, 1.7, SG_DIMS(2, 3)), SG_SIGNS),
                       sg_margin_loss_options, .margin = 0.53),
                   {"by hand", SG_ON(SG_VECTOR(1, 2, 3), SG_VECTOR(2, 1, 1), SG_VECTOR(1, 1, -1)), SG_GIVES(1)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2), SG_RANDN(3), SG_VECTOR(1, 1)),
                               .error = "x2 has shape [3], expected [2] (the shape of x1)"}),
};

sg_tensor *sg_margin_ranking_loss(sg_context *context, sg_tensor *x1, sg_tensor *x2, sg_tensor *target,
                                  const sg_margin_loss_options *options) {
  return sg_apply_one(context, &op_margin_ranking_loss, 3, (sg_tensor *[]){x1, x2, target}, options);
}
