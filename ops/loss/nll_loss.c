// SPDX-License-Identifier: GPL-3.0-or-later
//
// -w[t] x[t] of every row, t its target and w the weights of the classes. The mean divides by the sum of w[t] over
// the rows that count. A row that is ignored has no part in anything, whatever it holds.
#include "ops/loss/class_rows.h"
#include "ops/loss/composed_loss.h"
#include "ops/ops.h"

static const sg_nll_loss_options defaults = {SG_REDUCTION_MEAN, -100};

enum { X = SG_CLASS_X, TARGET = SG_CLASS_TARGET, WEIGHT = SG_CLASS_WEIGHT };

static sg_status prepare(sg_plan *plan) {
  sg_shape rows;
  return sg_plan_class_rows(plan, &rows);
}

static sg_status check(const sg_call *call) {
  return sg_check_targets(call, &((const sg_nll_loss_options *)call->options)->ignore_index);
}

static sg_tensor *index_scalar(sg_context *c, int64_t index) {
  return sg_tensor_full_integer(c, SG_I64, &(sg_shape)SG_SCALAR, index);
}

// x of every row at its class.
static sg_tensor *picked(sg_context *c, sg_tensor *x, sg_tensor *target) {
  const int classes = sg_class_dimension(sg_tensor_shape(x));
  sg_tensor *column = sg_gather(c, x, sg_unsqueeze(c, target, classes), classes);
  return sg_reshape(c, column, sg_tensor_shape(target));
}

// The weight of every row's class.
static sg_tensor *weights(const sg_call *call, sg_tensor *target) {
  sg_context *c = call->context;
  if (!call->inputs[WEIGHT]) return sg_scalar_like(c, call->inputs[X], 1);
  sg_tensor *of_rows = sg_index_select(c, call->inputs[WEIGHT], sg_flatten(c, target, 0, -1), 0);
  return sg_reshape(c, of_rows, sg_tensor_shape(target));
}

static sg_tensor *loss(const sg_call *call) {
  const sg_nll_loss_options *options = call->options;
  sg_context *c = call->context;
  sg_tensor *counts = sg_ne(c, call->inputs[TARGET], index_scalar(c, options->ignore_index));
  sg_tensor *target = sg_where(c, counts, call->inputs[TARGET], index_scalar(c, sg_index_base(c)));
  if (sg_error_status(c)) return NULL;
  sg_tensor *zero = sg_scalar_like(c, call->inputs[X], 0);
  sg_tensor *weight = sg_where(c, counts, weights(call, target), zero);
  sg_tensor *x = sg_where(c, counts, picked(c, call->inputs[X], target), zero);
  sg_tensor *losses = sg_neg(c, sg_mul(c, weight, x));
  if (options->reduction == SG_REDUCTION_NONE) return losses;
  sg_tensor *sum = sg_sum(c, losses, NULL);
  return options->reduction == SG_REDUCTION_SUM ? sum : sg_div(c, sum, sg_sum(c, weight, NULL));
}

// With weights in f64: their products and their sum may leave the range of f32 where their quotient does not.
static void compose(const sg_call *call, sg_tensor **outputs) {
  if (!call->inputs[WEIGHT] || call->dtype == SG_F64) {
    outputs[0] = loss(call);
    return;
  }
  sg_tensor *inputs[SG_MAX_PORTS];
  const sg_call wide = sg_widened(call, inputs);
  if (sg_error_status(call->context)) return;
  outputs[0] = sg_to(call->context, loss(&wide), call->dtype);
}

const sg_op op_nll_loss = {
    SG_COMPOSED(nll_loss, prepare, compose),
    SG_WORDS("The negative log likelihood of the target classes, from logarithms of probabilities.",
             "y = -sum over rows of weight[target] x[target], divided for the mean by the sum of weight[target]",
             "Bishop, Pattern Recognition and Machine Learning, 2006, section 4.3.4"),
    .inputs = SG_PORTS({"x", 0, "logarithms of probabilities, (N, C), (C) or (N, C, d1, ...)"},
                       {"target", SG_INDEX, "classes, (N), () or (N, d1, ...)"},
                       {"weight", SG_OPTIONAL, "of each class, (C)"}),
    .outputs = SG_PORTS({"y", 0, "a scalar, or the shape of target for reduction none"}),
    SG_OPTIONS(sg_nll_loss_options, &defaults,
               SG_OPTION(sg_nll_loss_options, ignore_index, INT, "rows with this target count for nothing"),
               SG_REDUCTION_OPTION(sg_nll_loss_options)),
    .check = check,
    .samples = SG_SAMPLES(
        {"mean", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4)))},
        {"weights", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3)))},
        {"none", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         SG_WITH(sg_nll_loss_options, SG_REDUCTION_NONE, -100)},
        {"images", SG_ON(SG_RANDN(2, 3, 2, 2), SG_INDICES(3, SG_DIMS(2, 2, 2)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         SG_WITH(sg_nll_loss_options, SG_REDUCTION_SUM, -100)},
        {"some ignored", SG_ON(SG_RANDN(8, 3), SG_INDICES(3, SG_DIMS(8)), SG_UNIFORM(0.5, 2, SG_DIMS(3))),
         SG_WITH(sg_nll_loss_options, SG_REDUCTION_MEAN, 1)},
        {"some ignored, none", SG_ON(SG_RANDN(8, 3), SG_INDICES(3, SG_DIMS(8))),
         SG_WITH(sg_nll_loss_options, SG_REDUCTION_NONE, 1)},
        {"one row", SG_ON(SG_RANDN(3), SG_INDICES(3, SG_SCALAR))},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_INDICES(3, SG_DIMS(0))),
         SG_WITH(sg_nll_loss_options, SG_REDUCTION_SUM, -100)}),
    .bad_samples = SG_SAMPLES({"target", SG_ON(SG_RANDN(2, 3), SG_INDICES(3, SG_DIMS(3))),
                               .error = "target has shape [3], expected [2] (x [2, 3] without its 3 classes)"},
                              {"class", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 9), SG_DIMS(2))),
                               .error = "= 9 is outside"},
                              {"weight", SG_ON(SG_RANDN(2, 3), SG_INDICES(3, SG_DIMS(2)), SG_RANDN(2)),
                               .error = "weight has shape [2], expected [3] (classes of x [2, 3])"}),
};

sg_tensor *sg_nll_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                       const sg_nll_loss_options *options) {
  return sg_apply_one(context, &op_nll_loss, 3, (sg_tensor *[]){x, target, weight}, options);
}
