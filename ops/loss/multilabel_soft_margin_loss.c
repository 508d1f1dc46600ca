// SPDX-License-Identifier: GPL-3.0-or-later
//
// Each class is a yes or no of its own: the mean over the classes of -(t log s(x) + (1 - t) log s(-x)), with the
// sigmoid s.
#include "ops/loss/composed_loss.h"

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  const sg_loss_options each = {SG_REDUCTION_NONE};
  sg_tensor *loss = sg_binary_cross_entropy_with_logits(c, x, call->inputs[1], NULL, NULL, &each);
  if (call->inputs[2]) loss = sg_mul(c, loss, call->inputs[2]);
  return sg_mean(c, loss, &(sg_reduce_options){.dim = {1, {-1}}});
}

static sg_status prepare(sg_plan *plan) {
  if (sg_check_vectors(plan, 2) || !plan->inputs[2]) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, 0), *weight = sg_plan_shape(plan, 2);
  if (weight->rank == 1 && weight->size[0] == x->size[x->rank - 1]) return SG_OK;
  return sg_reject(plan, "weight has shape %s, expected [%lld] (the classes of x %s)", sg_shape_text(weight).text,
                   (long long)x->size[x->rank - 1], sg_shape_text(x).text);
}

const sg_op op_multilabel_soft_margin_loss = {
    SG_COMPOSED_LOSS(multilabel_soft_margin_loss, losses, false),
    SG_WORDS("The cross entropy of several classes, of which any number may apply, averaged over the classes.",
             "y = mean of -weight (target log(sigmoid(x)) + (1 - target) log(sigmoid(-x)))",
             "PyTorch, torch.nn.MultiLabelSoftMarginLoss"),
    .inputs = SG_PORTS({"x", 0, "(N, C) or (C)"}, {"target", 0, "1 where a class applies, else 0; the shape of x"},
                       {"weight", SG_OPTIONAL, "of each class, (C)"}),
    .prepare = prepare,
    .samples = SG_SAMPLES(
        SG_COMPOSED_LOSS_SAMPLES((SG_RANDN(3, 4), SG_UNIFORM(0, 1, SG_DIMS(3, 4)), SG_UNIFORM(0.5, 2, SG_DIMS(4))),
                                 sg_loss_options),
        {"without weights", SG_ON(SG_RANDN(2, 3), SG_UNIFORM(0, 1, SG_DIMS(2, 3)))},
        {"one row", SG_ON(SG_VECTOR(0, 0), SG_VECTOR(0, 1)), SG_GIVES(0.69314718055994530942)}),
    .bad_samples = SG_SAMPLES({"weight", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_RANDN(2)),
                               .error = "weight has shape [2], expected [3] (the classes of x [2, 3])"},
                              {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR)),
                               .error = "x has shape [], expected (N, D) or (D)"}),
};

sg_tensor *sg_multilabel_soft_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                          const sg_loss_options *options) {
  return sg_apply_one(context, &op_multilabel_soft_margin_loss, 3, (sg_tensor *[]){x, target, weight}, options);
}
