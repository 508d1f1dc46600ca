// SPDX-License-Identifier: GPL-3.0-or-later
//
// (x - target)^2.  By x: 2 (x - target).
#include "ops/loss/pair_loss.h"

static sg_tensor *slope(const sg_call *call) { return sg_mul_scalar(call->context, sg_pair_difference(call), 2); }

const sg_op op_mse_loss = {
    SG_PAIR_LOSS(mse_loss, .slope = slope),
    SG_WORDS("The squared difference of x and target: its mean, its sum, or every one.",
             "y = mean of (x - target)^2", "Bishop, Pattern Recognition and Machine Learning, 2006, section 1.1"),
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_loss_options),
                          {"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4), SG_VECTOR(1, 4, 2, 4)), SG_GIVES(1.25)}),
};

sg_tensor *sg_mse_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options) {
  return sg_apply_one(context, &op_mse_loss, 2, (sg_tensor *[]){x, target}, options);
}
