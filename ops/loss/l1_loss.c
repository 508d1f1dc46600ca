// SPDX-License-Identifier: GPL-3.0-or-later
//
// |x - target|.  By x: sign(x - target), which is 0 where they are equal.
#include "ops/loss/pair_loss.h"

static sg_tensor *slope(const sg_call *call) { return sg_sign(call->context, sg_pair_difference(call)); }

const sg_op op_l1_loss = {
    SG_PAIR_LOSS(l1_loss, .slope = slope),
    SG_WORDS("The absolute difference of x and target: its mean, its sum, or every one.",
             "y = mean of |x - target|", "Boyd and Vandenberghe, Convex Optimization, 2004, section 6.1"),
    .subgradient = "0 where x equals target",
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_loss_options),
                          {"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4), SG_VECTOR(1.5, 4, 2, 3.5)), SG_GIVES(1)}),
};

sg_tensor *sg_l1_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options) {
  return sg_apply_one(context, &op_l1_loss, 2, (sg_tensor *[]){x, target}, options);
}
