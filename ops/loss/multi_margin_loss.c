// SPDX-License-Identifier: GPL-3.0-or-later
//
// For a row x with the class t, w[t] / C times the sum over c other than t of h[c]^p, h[c] = max(0, margin + x[c] -
// x[t]).  By x[c]: w[t] p h[c]^(p - 1) / C where h[c] > 0;  by x[t]: minus the sum of these.
#include "ops/loss/class_rows.h"
#include "ops/loss/margin_rows.h"

static const sg_multi_margin_loss_options defaults = {SG_REDUCTION_MEAN, 1, 1};

enum { X = SG_CLASS_X, TARGET = SG_CLASS_TARGET, WEIGHT = SG_CLASS_WEIGHT };

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X);
  sg_shape rows;
  if (x->rank > 2) return sg_reject(plan, "x has shape %s, expected (N, C) or (C)", sg_shape_text(x).text);
  if (sg_plan_class_rows(plan, &rows)) return sg_error_status(plan->context);
  return sg_margin_rows_plan(plan, &rows);
}

static sg_status check(const sg_call *call) { return sg_check_targets(call, NULL); }

static void read_options(const void *options, margin_rows_arguments *a) {
  const sg_multi_margin_loss_options *o = options;
  a->margin = o->margin;
  a->squared = o->p == 2;
}

static sg_tensor *is_class(sg_context *c, sg_tensor *target, int64_t classes) {
  const int64_t base = sg_index_base(c);
  return sg_eq(c, target, sg_arange(c, SG_I64, sg_whole(base), sg_whole(base + classes), sg_whole(1)));
}

// 2 h / C for p = 2, with what the class itself gets.
static sg_tensor *slope(const sg_call *call) {
  const sg_multi_margin_loss_options *options = call->options;
  const sg_shape *shape = &call->input_shapes[X];
  const int64_t classes = shape->size[shape->rank - 1];
  if (options->p == 1) return sg_margin_rows_steps(call);
  sg_context *c = call->context;
  sg_tensor *x = call->inputs[X], *target = sg_unsqueeze(c, call->inputs[TARGET], -1),
            *zero = sg_scalar_like(c, x, 0);
  sg_tensor *lead = sg_sub(c, x, sg_gather(c, x, target, -1)), *own = is_class(c, target, classes);
  sg_tensor *h = sg_relu(c, sg_add_scalar(c, lead, options->margin));
  sg_tensor *others = sg_where(c, own, zero, sg_mul_scalar(c, h, 2 / (double)classes));
  sg_tensor *sum = sg_sum(c, others, &(sg_reduce_options){.dim = {1, {-1}}, .keepdim = true});
  return sg_where(c, own, sg_neg(c, sum), others);
}

#define ROWS SG_DISTINCT(-1.5, 1.4, SG_DIMS(4, 5)), SG_INDICES(5, SG_DIMS(4))
#define WEIGHTED ROWS, SG_UNIFORM(0.5, 2, SG_DIMS(5))

const sg_op op_multi_margin_loss = {
    SG_MARGIN_ROWS(multi_margin_loss, .read_options = read_options, .slope = slope),
    SG_WORDS(
        "What every other class lacks of a margin behind the class of the row.",
        "y = mean over rows of weight[target] sum over c other than target of max(0, margin + x[c] - x[target])^p "
        "/ C",
        "Crammer and Singer, On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, 2001; "
        "the gradient at a margin of exactly 0 is 0"),
    .inputs = SG_PORTS({"x", 0, "(N, C) or (C)"}, {"target", SG_INDEX, "classes, (N) or ()"},
                       {"weight", SG_OPTIONAL | SG_UNDIFFERENTIABLE, "of each class, (C); default ones"}),
    SG_OPTIONS(sg_multi_margin_loss_options, &defaults,
               SG_OPTION(sg_multi_margin_loss_options, p, INT, "1 or 2; default 1", SG_AT_LEAST | SG_AT_MOST, 1, 2),
               SG_OPTION(sg_multi_margin_loss_options, margin, FLOAT, "least lead; default 1"),
               SG_REDUCTION_OPTION(sg_multi_margin_loss_options)),
    .prepare = prepare,
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0.5, 1, -3), SG_VALUES_OF(SG_I64, SG_NUMBERS(0), SG_SCALAR)), SG_GIVES(0.5)},
        {"mean", SG_ON(ROWS)}, {"weights", SG_ON(WEIGHTED)},
        {"sum of squares", SG_ON(WEIGHTED), SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_SUM, 2, 0.53)},
        {"none", SG_ON(WEIGHTED), SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_NONE, 1, 0.53)},
        {"squares, none", SG_ON(ROWS), SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_NONE, 2, 1)},
        {"squares of one row", SG_ON(SG_DISTINCT(-1, 1, SG_DIMS(5)), SG_INDICES(5, SG_SCALAR)),
         SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_MEAN, 2, 1.01)},
        {"more classes", SG_ON(SG_DISTINCT(-2, 2, SG_DIMS(3, 37)), SG_INDICES(37, SG_DIMS(3))),
         SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_MEAN, 2, 1.01)},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_INDICES(3, SG_DIMS(0))),
         SG_WITH(sg_multi_margin_loss_options, SG_REDUCTION_SUM, 1, 1)}),
    .bad_samples = SG_SAMPLES(
        {"label", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 9), SG_DIMS(2))),
         .error = "= 9 is outside"},
        {"ignored", SG_ON(SG_RANDN(2, 3), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, -1), SG_DIMS(2))),
         .error = "= -1 is outside"},
        {"target", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(3))), .error = "target has shape [3], expected [4]"},
        {"weight", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4)), SG_RANDN(4)),
         .error = "weight has shape [4], expected [3]"},
        {"rank", SG_ON(SG_RANDN(2, 3, 4), SG_INDICES(3, SG_DIMS(2, 4))),
         .error = "x has shape [2, 3, 4], expected"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_SCALAR)), .error = "x has shape []"}),
};

sg_tensor *sg_multi_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target, sg_tensor *weight,
                                const sg_multi_margin_loss_options *options) {
  return sg_apply_one(context, &op_multi_margin_loss, 3, (sg_tensor *[]){x, target, weight}, options);
}
