// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(1 + exp(x)) - t x.  By t: -x;  by x: sigmoid(x) - t, where x > 0 as (1 - t) - sigmoid(-x), which has digits
// for t of 1.  With pos_weight p: (1 - t) log(1 + exp(x)) + p t log(1 + exp(-x)).
#include "ops/loss/pair_loss.h"

#include <math.h>

enum { X, TARGET, WEIGHT, POS_WEIGHT };

static sg_tensor *slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[X], *t = call->inputs[TARGET], *p = call->inputs[POS_WEIGHT];
  sg_tensor *rest = sg_sub(c, sg_scalar_like(c, t, 1), t), *below = sg_sigmoid(c, x),
            *above = sg_sigmoid(c, sg_neg(c, x));
  if (p) return sg_sub(c, sg_mul(c, rest, below), sg_mul(c, sg_mul(c, p, t), above));
  return sg_where(c, sg_gt(c, x, sg_scalar_like(c, x, 0)), sg_sub(c, rest, above), sg_sub(c, below, t));
}

static sg_tensor *target_slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[X], *p = call->inputs[POS_WEIGHT];
  if (!p) return sg_neg(c, x);
  return sg_sub(c, sg_mul(c, p, sg_softplus(c, sg_neg(c, x), 1, HUGE_VAL)), sg_softplus(c, x, 1, HUGE_VAL));
}

const sg_op op_binary_cross_entropy_with_logits = {
    SG_PAIR_LOSS(binary_cross_entropy_with_logits, .slope = slope, .target_slope = target_slope),
    SG_WORDS("The binary cross entropy of sigmoid(x) and target, exact at both ends.",
             "y = mean of weight ((1 - target) log(1 + exp(x)) + pos_weight target log(1 + exp(-x)))",
             "Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.2"),
    .inputs = SG_PORTS({"x", 0, "any shape"}, {"target", 0, "the shape of x"},
                       {"weight", SG_OPTIONAL | SG_UNDIFFERENTIABLE, "factor of each loss, broadcasts to x"},
                       {"pos_weight", SG_OPTIONAL | SG_UNDIFFERENTIABLE, "factor of target, broadcasts to x"}),
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_loss_options),
                          {"both weights", SG_ON(SG_PAIR_LOSS_INPUTS, SG_UNIFORM(0.5, 2, SG_DIMS(3, 1)),
                                                 SG_UNIFORM(0.5, 2, SG_DIMS(4)))},
                          {"far off", SG_ON(SG_VECTOR(50, -50, 30), SG_VECTOR(0, 1, 1), {0}, SG_VECTOR(1, 3, 2))}),
    .bad_samples = SG_SAMPLES({"pos_weight", SG_ON(SG_PAIR_LOSS_INPUTS, {0}, SG_RANDN(2, 3, 4)),
                               .error = "pos_weight has shape [2, 3, 4], which does not broadcast to [3, 4]"}),
};

sg_tensor *sg_binary_cross_entropy_with_logits(sg_context *context, sg_tensor *x, sg_tensor *target,
                                               sg_tensor *weight, sg_tensor *pos_weight,
                                               const sg_loss_options *options) {
  return sg_apply_one(context, &op_binary_cross_entropy_with_logits, 4,
                      (sg_tensor *[]){x, target, weight, pos_weight}, options);
}
