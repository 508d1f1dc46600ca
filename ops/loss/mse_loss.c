// SPDX-License-Identifier: GPL-3.0-or-later
//
//   y = the mean, the sum or every one of (x - target)^2
//
// For a cotangent g, dx = 2 s g (x - target) with s = 1 / elements for the mean, else 1, and dtarget = -dx.
// Reference: Bishop, "Pattern Recognition and Machine Learning", 2006, section 1.1.
#include "ops/kernels/pair_loss.h"
#include "ops/loss/reduction.h"
#include "ops/ops.h"
#include "ops/select_kernels.h"

enum { X, TARGET };

static void forward(const sg_call *call) {
  sg_pair_loss_forward(call, sg_row_square_loss,
                       sg_kernels_for(call->context, call->dtype)->pair_loss->square_sums);
}

static void backward(const sg_call *call) { sg_pair_loss_backward(call, sg_row_d_square_loss, 2); }

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  sg_tensor *difference = sg_sub(c, call->inputs[X], call->inputs[TARGET]);
  sg_tensor *g = sg_mul_scalar(c, call->d_outputs[0], 2 * sg_pair_loss_scale(call));
  sg_tensor *d = sg_mul(c, g, difference);
  if (call->needs[X]) call->d_inputs[X] = d;
  if (call->needs[TARGET]) call->d_inputs[TARGET] = sg_neg(c, d);
}

static const sg_loss_options sum = {SG_REDUCTION_SUM}, none = {SG_REDUCTION_NONE};
static const double given[] = {1, 2, 3, 4}, wanted[] = {1, 4, 2, 4}, losses[] = {0, 4, 1, 0}, total[] = {5},
                    mean[] = {1.25};

const sg_op op_mse_loss = {
    .name = "mse_loss",
    .summary = "The squared difference of x and target: its mean, its sum, or every one.",
    .formula = "y = mean of (x - target)^2",
    .reference = "Bishop, Pattern Recognition and Machine Learning, 2006, section 1.1",
    .inputs = SG_PORTS({"x", 0, "any shape"}, {"target", 0, "the shape of x"}),
    .outputs = SG_PORTS({"y", 0, "a scalar, or the shape of x for reduction none"}),
    SG_OPTIONS(sg_loss_options, &sg_loss_defaults, SG_REDUCTION_OPTION(sg_loss_options)),
    .save_inputs = 1 << X | 1 << TARGET,
    .prepare = sg_pair_loss_prepare,
    .forward = forward,
    .backward = backward,
    .vjp = vjp,
    .samples = SG_SAMPLES(
        {"mean", SG_ON(SG_VALUES(given, SG_DIMS(2, 2)), SG_VALUES(wanted, SG_DIMS(2, 2))), .expected = mean},
        {"sum", SG_ON(SG_VALUES(given, SG_DIMS(4)), SG_VALUES(wanted, SG_DIMS(4))), .options = &sum,
         .expected = total},
        {"none", SG_ON(SG_VALUES(given, SG_DIMS(4)), SG_VALUES(wanted, SG_DIMS(4))), .options = &none,
         .expected = losses},
        {"random", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4))},
        {"random, none", SG_ON(SG_RANDN(3, 4), SG_RANDN(3, 4)), .options = &none},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_NORMAL(0, 1, SG_SCALAR))},
        {"empty", SG_ON(SG_RANDN(0, 3), SG_RANDN(0, 3)), .options = &sum}),
    .bad_samples = SG_SAMPLES({"shapes", SG_ON(SG_RANDN(2, 3), SG_RANDN(3)),
                               .error = "mse_loss: target has shape [3], expected [2, 3] (the shape of x)"}),
};

sg_tensor *sg_mse_loss(sg_context *context, sg_tensor *x, sg_tensor *target, const sg_loss_options *options) {
  return sg_apply_one(context, &op_mse_loss, 2, (sg_tensor *[]){x, target}, options);
}
