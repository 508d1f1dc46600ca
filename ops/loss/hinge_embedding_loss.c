// SPDX-License-Identifier: GPL-3.0-or-later
//
// x where target is 1, max(0, margin - x) where it is -1. At x = margin the gradient is 0.
#include "ops/loss/composed_loss.h"

static const sg_margin_loss_options defaults = {SG_REDUCTION_MEAN, 1};

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_margin_loss_options *options = call->options;
  sg_tensor *x = call->inputs[0], *hinge = sg_relu(c, sg_add_scalar(c, sg_neg(c, x), options->margin));
  return sg_where(c, sg_gt(c, call->inputs[1], sg_scalar_like(c, x, 0)), x, hinge);
}

const sg_op op_hinge_embedding_loss = {
    SG_COMPOSED_LOSS(hinge_embedding_loss, losses, false),
    SG_WORDS("A distance x of a pair that is alike (target 1), or what it lacks of a margin where it is not (-1).",
             "y = mean of x where target = 1, max(0, margin - x) where target = -1",
             "Hadsell, Chopra and LeCun, Dimensionality Reduction by Learning an Invariant Mapping, 2006"),
    .subgradient = "0 where x is margin",
    .inputs = SG_PORTS({"x", 0, "distances, any shape"},
                       {"target", SG_UNDIFFERENTIABLE, "1 or -1, of which the sign counts; the shape of x"}),
    SG_OPTIONS(sg_margin_loss_options, &defaults, SG_MARGIN_OPTION("least distance where target is -1; default 1"),
               SG_REDUCTION_OPTION(sg_margin_loss_options)),
    .samples = SG_SAMPLES(
        SG_COMPOSED_LOSS_SAMPLES((SG_DISTINCT(0.2, 1.8, SG_DIMS(2, 3)), SG_SIGNS), sg_margin_loss_options,
                                 .margin = 1.47),
        {"by hand", SG_ON(SG_VECTOR(0.5, 0.25, 3), SG_VECTOR(1, -1, -1)), SG_GIVES(0.41666666666666666667)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "target has shape [3], expected [2, 3] (the shape of x)"}),
};

sg_tensor *sg_hinge_embedding_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                                   const sg_margin_loss_options *options) {
  return sg_apply_one(context, &op_hinge_embedding_loss, 2, (sg_tensor *[]){x, target}, options);
}
