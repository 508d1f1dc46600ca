// SPDX-License-Identifier: GPL-3.0-or-later
//
// (log v + (x - t)^2 / v) / 2 with the variance v, at least eps; with full, log(2 pi) / 2 is added. Below eps the
// gradient of the variance is 0, which is that of the loss; PyTorch gives the one at eps.
#include "ops/loss/composed_loss.h"

#include <math.h>

static const sg_gaussian_nll_loss_options defaults = {SG_REDUCTION_MEAN, false, 1e-6};

enum { X, TARGET, VAR };

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_gaussian_nll_loss_options *options = call->options;
  sg_tensor *var = call->inputs[VAR];
  if (sg_tensor_shape(var)->rank < sg_tensor_shape(call->inputs[X])->rank) var = sg_unsqueeze(c, var, -1);
  var = sg_clamp(c, var, options->eps, HUGE_VAL);
  sg_tensor *d = sg_sub(c, call->inputs[X], call->inputs[TARGET]);
  sg_tensor *square = sg_mul(c, sg_div(c, d, var), d); // d^2 alone may leave the range
  sg_tensor *loss = sg_mul_scalar(c, sg_add(c, sg_log(c, var), square), 0.5);
  return options->full ? sg_add_scalar(c, loss, 0.5 * log(2 * M_PI)) : loss;
}

// A variance for each element, or for each row: without the last dimension, or with one of 1.
static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *target = sg_plan_shape(plan, TARGET);
  const sg_shape *var = sg_plan_shape(plan, VAR);
  if (!sg_shape_equal(target, x))
    return sg_reject(plan, "target has shape %s, expected %s (the shape of x)", sg_shape_text(target).text,
                     sg_shape_text(x).text);
  sg_shape rows = *x, ones = *x;
  if (x->rank > 0) rows.size[--rows.rank] = 0, ones.size[x->rank - 1] = 1;
  if (sg_shape_equal(var, x) || sg_shape_equal(var, &rows) || sg_shape_equal(var, &ones)) return SG_OK;
  return sg_reject(plan, "var has shape %s, expected %s (the shape of x), %s or %s", sg_shape_text(var).text,
                   sg_shape_text(x).text, sg_shape_text(&ones).text, sg_shape_text(&rows).text);
}

static sg_status check(const sg_call *call) {
  const int64_t i = sg_first_outside(call->inputs[VAR], 0, HUGE_VAL, true);
  if (i < 0) return SG_OK;
  return sg_refuse(call, "var holds %g (element %lld), and a variance is not negative",
                   sg_tensor_value(call->inputs[VAR], i), (long long)(i + sg_index_base(call->context)));
}

const sg_op op_gaussian_nll_loss = {
    SG_COMPOSED_LOSS(gaussian_nll_loss, losses, true),
    SG_WORDS("The negative log likelihood of targets that are drawn from normal distributions with mean x and var.",
             "y = mean of (log(var) + (x - target)^2 / var) / 2",
             "Nix and Weigend, Estimating the Mean and Variance of the Target Probability Distribution, 1994"),
    .subgradient = "0 for a variance of eps",
    .inputs = SG_PORTS({"x", 0, "means, any shape"}, {"target", 0, "the shape of x"},
                       {"var", 0, "variances: the shape of x, or without its last dimension, or with one of 1"}),
    SG_OPTIONS(sg_gaussian_nll_loss_options, &defaults,
               SG_OPTION(sg_gaussian_nll_loss_options, full, BOOL, "adds log(2 pi) / 2; default false"),
               SG_OPTION(sg_gaussian_nll_loss_options, eps, FLOAT, "least variance; default 1e-6", SG_ABOVE, 0),
               SG_REDUCTION_OPTION(sg_gaussian_nll_loss_options)),
    .prepare = prepare,
    .check = check,
    .samples =
        SG_SAMPLES(SG_COMPOSED_LOSS_SAMPLES((SG_RANDN(3, 4), SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3, 4))),
                                            sg_gaussian_nll_loss_options, .full = true, .eps = 1e-6),
                   {"of rows", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3)))},
                   {"of rows, kept", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3, 1)))},
                   {"by hand", SG_ON(SG_VECTOR(1, 2), SG_VECTOR(3, 2), SG_VECTOR(1, 1)), SG_GIVES(1)}),
    .bad_samples =
        SG_SAMPLES({"variances", SG_ON(SG_RANDN(2, 3), SG_RANDN(2, 3), SG_RANDN(3)),
                    .error = "var has shape [3], expected [2, 3] (the shape of x), [2, 1] or [2]"},
                   {"negative", SG_ON(SG_RANDN(2), SG_RANDN(2), SG_VECTOR(1, -1)), .error = "var holds -1"}),
};

sg_tensor *sg_gaussian_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *var,
                                const sg_gaussian_nll_loss_options *options) {
  return sg_apply_one(context, &op_gaussian_nll_loss, 3, (sg_tensor *[]){x, target, var}, options);
}
