// SPDX-License-Identifier: GPL-3.0-or-later
//
// log(1 + exp(-t x)).  By x: -t sigmoid(-t x);  by t: -x sigmoid(-t x).
#include "ops/loss/pair_loss.h"

static sg_tensor *slope_times(const sg_call *call, sg_tensor *factor) {
  sg_context *c = call->context;
  sg_tensor *margin = sg_mul(c, call->inputs[0], call->inputs[1]);
  return sg_neg(c, sg_mul(c, factor, sg_sigmoid(c, sg_neg(c, margin))));
}

static sg_tensor *slope(const sg_call *call) { return slope_times(call, call->inputs[1]); }
static sg_tensor *target_slope(const sg_call *call) { return slope_times(call, call->inputs[0]); }

const sg_op op_soft_margin_loss = {
    SG_PAIR_LOSS(soft_margin_loss, .slope = slope, .target_slope = target_slope),
    SG_WORDS("The logistic loss of two classes, whose targets are 1 and -1.", "y = mean of log(1 + exp(-target x))",
             "Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, section 10.6"),
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_loss_options),
                          {"both classes", SG_ON(SG_VECTOR(2, -3, 0.5, 40), SG_VECTOR(1, 1, -1, -1))}),
};

sg_tensor *sg_soft_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                               const sg_loss_options *options) {
  return sg_apply_one(context, &op_soft_margin_loss, 2, (sg_tensor *[]){x, target}, options);
}
