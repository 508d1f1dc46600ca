// SPDX-License-Identifier: GPL-3.0-or-later
//
// t (log t - x), 0 where t is 0.  By x: -t;  by t: log t - x + 1.
// With log_target exp(t) (t - x).  By x: -exp(t);  by t: exp(t) (t - x + 1).
#include "ops/loss/pair_loss.h"

static const sg_kl_div_options defaults = {SG_REDUCTION_MEAN, false};
static const char *const reductions[] = {"mean", "sum", "none", "batchmean", NULL};

static double log_target(const void *options) { return ((const sg_kl_div_options *)options)->log_target; }

static sg_tensor *slope(const sg_call *call) {
  sg_tensor *t = call->inputs[1];
  return sg_neg(call->context, log_target(call->options) != 0 ? sg_exp(call->context, t) : t);
}

static sg_tensor *target_slope(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[0], *t = call->inputs[1];
  if (log_target(call->options) == 0) return sg_add_scalar(c, sg_sub(c, sg_log(c, t), x), 1);
  return sg_mul(c, sg_exp(c, t), sg_add_scalar(c, sg_sub(c, t, x), 1));
}

const sg_op op_kl_div = {
    SG_PAIR_LOSS(kl_div, .p = log_target, .slope = slope, .target_slope = target_slope),
    SG_WORDS("The Kullback-Leibler divergence of the distribution target from the one whose logarithm is x.",
             "y = mean of target (log(target) - x), or of exp(target) (target - x) with log_target",
             "Kullback and Leibler, On Information and Sufficiency, 1951"),
    .subgradient = "infinite for a target of 0",
    SG_OPTIONS(
        sg_kl_div_options, &defaults,
        SG_CHOICE(sg_kl_div_options, reduction, reductions,
                  "mean, sum, none, or batchmean: the sum over the extent of the first dimension; default mean"),
        SG_OPTION(sg_kl_div_options, log_target, BOOL, "target holds logarithms", SG_BY_NAME)),
    .samples =
        SG_SAMPLES(SG_PAIR_LOSS_SAMPLES(sg_kl_div_options, .log_target = false),
                   {"logarithms", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3)), SG_WITH(sg_kl_div_options, 0, true)},
                   {"mean of the batch", SG_ON(SG_PAIR_LOSS_INPUTS),
                    SG_WITH(sg_kl_div_options, SG_REDUCTION_BATCHMEAN, false)}),
};

sg_tensor *sg_kl_div(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_kl_div_options *options) {
  return sg_apply_one(context, &op_kl_div, 2, (sg_tensor *[]){x, target}, options);
}
