// SPDX-License-Identifier: GPL-3.0-or-later
//
// -(t log x + (1 - t) log(1 - x)), with logarithms of at least -100.  By t: log(1 - x) - log x;
// by x: (x - t) / (x (1 - x)), with a divisor of at least 1e-12.
#include "ops/loss/pair_loss.h"

#include <math.h>

#include "ops/wide.h"

static sg_status check(const sg_call *call) {
  const int64_t i = sg_first_outside(call->inputs[0], 0, 1, false);
  if (i < 0) return SG_OK;
  const double x = sg_tensor_value(call->inputs[0], i);
  return sg_refuse(call, "x holds %g (element %lld), expected probabilities in [0, 1]",
                   isnan(x) ? fabs(x) : x, // the sign of a NaN means nothing
                   (long long)(i + sg_index_base(call->context)));
}

static sg_tensor *one_less(sg_context *c, sg_tensor *x) { return sg_sub(c, sg_scalar_like(c, x, 1), x); }

static sg_tensor *slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *variance = sg_mul(c, x, one_less(c, x));
  return sg_div(c, sg_pair_difference(call), sg_clamp(c, variance, 1e-12, HUGE_VAL));
}

static sg_tensor *target_slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0];
  return sg_sub(c, sg_clamp(c, sg_log(c, one_less(c, x)), -100, HUGE_VAL),
                sg_clamp(c, sg_log(c, x), -100, HUGE_VAL));
}

const sg_op op_binary_cross_entropy = {
    SG_PAIR_LOSS(binary_cross_entropy, .slope = slope, .target_slope = target_slope),
    SG_WORDS("The negative logarithm of the probability that x gives to target, 0 or 1 or between.",
             "y = mean of -weight (target log(x) + (1 - target) log(1 - x))",
             "Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.2; limits as in PyTorch"),
    .inputs = SG_PORTS({"x", 0, "probabilities, any shape"}, {"target", 0, "the shape of x"},
                       {"weight", SG_OPTIONAL | SG_UNDIFFERENTIABLE, "factor of each loss, broadcasts to x"}),
    .check = check,
    .samples = SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_loss_options),
                          {"weight", SG_ON(SG_PAIR_LOSS_INPUTS, SG_UNIFORM(0.5, 2, SG_DIMS(3, 1)))},
                          {"by hand", SG_ON(SG_VECTOR(0.5, 0.25), SG_VECTOR(1, 0)), SG_GIVES(0.49041462650586313)}),
    .bad_samples = SG_SAMPLES({"above 1", SG_ON(SG_VECTOR(0.5, 1.5), SG_VECTOR(0, 1)), .error = "x holds 1.5"},
                              {"weight", SG_ON(SG_PAIR_LOSS_INPUTS, SG_RANDN(3)),
                               .error = "weight has shape [3], which does not broadcast to [3, 4]"}),
};

sg_tensor *sg_binary_cross_entropy(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                   const sg_loss_options *options) {
  return sg_apply_one(context, &op_binary_cross_entropy, 3, (sg_tensor *[]){x, target, weight}, options);
}
