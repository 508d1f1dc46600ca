// SPDX-License-Identifier: GPL-3.0-or-later
//
// d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, d = x - target.  By x: d / beta limited to [-1, 1].
#include "ops/loss/pair_loss.h"

static const sg_smooth_l1_loss_options defaults = {SG_REDUCTION_MEAN, 1};

static double beta(const void *options) { return ((const sg_smooth_l1_loss_options *)options)->beta; }

static sg_tensor *slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *d = sg_pair_difference(call), *end = sg_scalar_like(c, d, beta(call->options));
  if (sg_error_status(c)) return NULL;
  if (sg_tensor_value(end, 0) == 0) return sg_sign(c, d); // where the dtype rounds beta to 0, too
  return sg_clamp(c, sg_div(c, d, end), -1, 1);           // 1 / beta may be infinite
}

const sg_op op_smooth_l1_loss = {
    SG_PAIR_LOSS(smooth_l1_loss, .p = beta, .slope = slope),
    SG_WORDS("The absolute difference of x and target, with a square in place of the kink.",
             "y = mean of d^2 / (2 beta) where |d| < beta, else |d| - beta / 2; d = x - target",
             "Girshick, Fast R-CNN, 2015, section 2.3"),
    .subgradient = "with beta = 0, 0 where x equals target",
    SG_OPTIONS(
        sg_smooth_l1_loss_options, &defaults, SG_REDUCTION_OPTION(sg_smooth_l1_loss_options),
        SG_OPTION(sg_smooth_l1_loss_options, beta, FLOAT, "where the square ends; default 1", SG_AT_LEAST, 0)),
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_smooth_l1_loss_options, .beta = 0.15),
                          {"by hand", SG_ON(SG_VECTOR(1, 2, 3, 4), SG_VECTOR(1.5, 4, 3, 1)), SG_GIVES(1.03125)},
                          {"no square", SG_ON(SG_PAIR_LOSS_INPUTS), SG_WITH(sg_smooth_l1_loss_options, 0, 0)},
                          {"a square of subnormal numbers in f32", SG_ON(SG_PAIR_LOSS_INPUTS),
                           SG_WITH(sg_smooth_l1_loss_options, 0, 1e-40)}),
};

sg_tensor *sg_smooth_l1_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                             const sg_smooth_l1_loss_options *options) {
  return sg_apply_one(context, &op_smooth_l1_loss, 2, (sg_tensor *[]){x, target}, options);
}
