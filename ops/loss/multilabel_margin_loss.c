// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sum over the classes t of a row, and all others c, of max(0, 1 + x[c] - x[t]) / C. Its derivative is a step:
// how many t each c has come too near to, or minus how many c each t.
#include "ops/loss/composed_loss.h"
#include "ops/loss/margin_rows.h"

enum { X, TARGET };

static sg_status prepare(sg_plan *plan) {
  if (sg_check_vectors(plan, 2)) return sg_error_status(plan->context);
  const sg_shape *x = sg_plan_shape(plan, X);
  if (x->size[x->rank - 1] == 0)
    return sg_reject(plan, "x has shape %s: there are no classes", sg_shape_text(x).text);
  return sg_margin_rows_plan(plan, &(sg_shape){x->rank - 1, {x->size[0]}});
}

static bool is_end(int64_t target, int64_t base) { return target == -1 || target == base - 1; }

static sg_status check(const sg_call *call) {
  const sg_shape *x = sg_tensor_shape(call->inputs[X]);
  const int64_t classes = x->size[x->rank - 1], base = sg_index_base(call->context);
  const int64_t *target = sg_input_data(call, TARGET);
  for (int64_t i = 0; i < sg_shape_elements(x); i++) {
    if (is_end(target[i], base) || (target[i] >= base && target[i] - base < classes)) continue;
    return sg_refuse(call, "target holds %lld (element %lld), expected classes %lld..%lld, or %lld behind the last",
                     (long long)target[i], (long long)(i + base), (long long)base, (long long)(classes - 1 + base),
                     (long long)(base - 1));
  }
  return SG_OK;
}

#define LISTS                                                                                                      \
  SG_VALUES_OF(SG_I64, SG_NUMBERS(3, 0, -1, 1, 1, -1, 0, 2, -1, 4, 2, 1, 0, 1, 2, 3, 4, 2, 2, -1), SG_DIMS(4, 5))
#define ROWS SG_DISTINCT(-1.5, 1.4, SG_DIMS(4, 5)), LISTS

const sg_op op_multilabel_margin_loss = {
    SG_MARGIN_ROWS(multilabel_margin_loss, .of_lists = true, .slope = sg_margin_rows_steps),
    SG_WORDS("What the classes that a row is not of lack of a margin of 1 behind those that it is of.",
             "y = mean over rows of the sum over t in target and c not in target of max(0, 1 + x[c] - x[t]) / C",
             "PyTorch, torch.nn.MultiLabelMarginLoss; the gradient at a margin of exactly 0 is 0"),
    .cost = "the classes of a row times its targets",
    .inputs = SG_PORTS(
        {"x", 0, "(N, C) or (C)"},
        {"target", SG_INDEX, "the shape of x: the classes of a row, which -1, or 0 where they count from 1, ends"}),
    SG_OPTIONS(sg_loss_options, &sg_loss_defaults, SG_REDUCTION_OPTION(sg_loss_options)),
    .prepare = prepare,
    .check = check,
    .samples = SG_SAMPLES(
        {"by hand", SG_ON(SG_VECTOR(0.1, 0.2, 0.4, 0.8), SG_VALUES_OF(SG_I64, SG_NUMBERS(3, 0, -1, 1), SG_DIMS(4))),
         SG_GIVES(0.85)},
        {"mean", SG_ON(ROWS)}, {"sum", SG_ON(ROWS), SG_WITH(sg_loss_options, SG_REDUCTION_SUM)},
        {"none", SG_ON(ROWS), SG_WITH(sg_loss_options, SG_REDUCTION_NONE)},
        {"no rows", SG_ON(SG_RANDN(0, 3), SG_INDICES(3, SG_DIMS(0, 3))),
         SG_WITH(sg_loss_options, SG_REDUCTION_SUM)}),
    .bad_samples = SG_SAMPLES(
        {"label", SG_ON(SG_RANDN(3), SG_VALUES_OF(SG_I64, SG_NUMBERS(1, 9, -1), SG_DIMS(3))),
         .error = "or -1 behind the last"},
        {"label behind the end",
         SG_ON(SG_RANDN(2, 2), SG_VALUES_OF(SG_I64, SG_NUMBERS(-1, 0, -1, -5), SG_DIMS(2, 2))),
         .error = "target holds -5 (element"},
        {"target", SG_ON(SG_RANDN(4, 3), SG_INDICES(3, SG_DIMS(4))),
         .error = "target has shape [4], expected [4, 3]"},
        {"no classes", SG_ON(SG_RANDN(4, 0), SG_INDICES(1, SG_DIMS(4, 0))), .error = "there are no classes"},
        {"scalar", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_INDICES(1, SG_SCALAR)), .error = "x has shape []"}),
};

sg_tensor *sg_multilabel_margin_loss(sg_context *context, sg_tensor *x, sg_tensor *target,
                                     const sg_loss_options *options) {
  return sg_apply_one(context, &op_multilabel_margin_loss, 2, (sg_tensor *[]){x, target}, options);
}
