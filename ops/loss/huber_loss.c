// SPDX-License-Identifier: GPL-3.0-or-later
//
// d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), d = x - target.  By x: d limited to [-delta, delta].
#include "ops/loss/pair_loss.h"

static const sg_huber_loss_options defaults = {SG_REDUCTION_MEAN, 1};

static double delta(const void *options) { return ((const sg_huber_loss_options *)options)->delta; }

static sg_tensor *slope(const sg_call *call) {
  const double limit = delta(call->options);
  return sg_clamp(call->context, sg_pair_difference(call), -limit, limit);
}

const sg_op op_huber_loss = {
    SG_PAIR_LOSS(huber_loss, .p = delta, .slope = slope),
    SG_WORDS("Half the squared difference of x and target where it is small, a line beyond.",
             "y = mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2); d = x - target",
             "Huber, Robust Estimation of a Location Parameter, 1964"),
    SG_OPTIONS(sg_huber_loss_options, &defaults, SG_REDUCTION_OPTION(sg_huber_loss_options),
               SG_OPTION(sg_huber_loss_options, delta, FLOAT, "where the square ends; default 1", SG_ABOVE, 0)),
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_huber_loss_options, .delta = 0.15),
                          {"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4), SG_VECTOR(1.5, 4, 3, 1)), SG_GIVES(1.03125)}),
};

sg_tensor *sg_huber_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                         const sg_huber_loss_options *options) {
  return sg_apply_one(context, &op_huber_loss, 2, (sg_tensor *[]){x, target}, options);
}
