// SPDX-License-Identifier: GPL-3.0-or-later
//
// exp(x) - t x with log_input, else x - t log(x + eps); with full, and for t > 1, Stirling's approximation of log
// t! is added: t log t - t + log(2 pi t) / 2.
#include "ops/loss/composed_loss.h"

#include <math.h>

static const sg_poisson_nll_loss_options defaults = {SG_REDUCTION_MEAN, true, false, 1e-8};

static sg_tensor *stirling(sg_context *c, sg_tensor *t) {
  sg_tensor *one = sg_scalar_like(c, t, 1), *many = sg_gt(c, t, one), *safe = sg_where(c, many, t, one);
  sg_tensor *of_t = sg_log(c, safe), *half = sg_mul_scalar(c, sg_add_scalar(c, of_t, log(2 * M_PI)), 0.5);
  sg_tensor *rest = sg_add(c, sg_sub(c, sg_mul(c, safe, of_t), safe), half);
  return sg_where(c, many, rest, sg_scalar_like(c, t, 0));
}

static sg_tensor *losses(const sg_call *call) {
  sg_context *c = call->context;
  const sg_poisson_nll_loss_options *options = call->options;
  sg_tensor *x = call->inputs[0], *t = call->inputs[1];
  sg_tensor *rate = options->log_input ? sg_exp(c, x) : x;
  sg_tensor *logarithm = options->log_input ? x : sg_log(c, sg_add_scalar(c, x, options->eps));
  sg_tensor *loss = sg_sub(c, rate, sg_mul(c, t, logarithm));
  return options->full ? sg_add(c, loss, stirling(c, t)) : loss;
}

const sg_op op_poisson_nll_loss = {
    SG_COMPOSED_LOSS(poisson_nll_loss, losses, true),
    SG_WORDS("The negative log likelihood of counts that are drawn from Poisson distributions.",
             "y = mean of exp(x) - target x, or of x - target log(x + eps) without log_input",
             "Cameron and Trivedi, Regression Analysis of Count Data, 2013, section 3.2"),
    .inputs =
        SG_PORTS({"x", 0, "logarithms of rates, or rates, any shape"}, {"target", 0, "counts, the shape of x"}),
    SG_OPTIONS(sg_poisson_nll_loss_options, &defaults,
               SG_OPTION(sg_poisson_nll_loss_options, log_input, BOOL, "x holds logarithms; default true"),
               SG_OPTION(sg_poisson_nll_loss_options, full, BOOL,
                         "adds Stirling's approximation of log target! where target > 1; default false"),
               SG_OPTION(sg_poisson_nll_loss_options, eps, FLOAT, "added to x in its logarithm; default 1e-8",
                         SG_AT_LEAST, 0),
               SG_REDUCTION_OPTION(sg_poisson_nll_loss_options)),
    .samples = SG_SAMPLES(SG_COMPOSED_LOSS_SAMPLES((SG_RANDN(3, 4), SG_UNIFORM(0, 4, SG_DIMS(3, 4))),
                                                   sg_poisson_nll_loss_options, .log_input = true),
                          {"rates", SG_ON(SG_UNIFORM(0.5, 3, SG_DIMS(3, 4)), SG_UNIFORM(0, 4, SG_DIMS(3, 4))),
                           SG_WITH(sg_poisson_nll_loss_options, SG_REDUCTION_SUM, false, true, 0.1)},
                          {"by hand", SG_ON(SG_VECTOR(0, 0), SG_VECTOR(3, 1)), SG_GIVES(1)}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "target has shape [3], expected [2, 3] (the shape of x)"},
                              {"eps", SG_ON(SG_RANDN(2), SG_RANDN(2)),
                               SG_WITH(sg_poisson_nll_loss_options, .eps = -1), .error = "eps is -1"}),
};

sg_tensor *sg_poisson_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                               const sg_poisson_nll_loss_options *options) {
  return sg_apply_one(context, &op_poisson_nll_loss, 2, (sg_tensor *[]){x, target}, options);
}
