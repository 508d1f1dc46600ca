// SPDX-License-Identifier: GPL-3.0-or-later
#include "ops/in_place/update.h"
#include "ops/select_kernels.h"

enum { X, OTHER };

typedef struct update_plan {
  sg_row_name row;
  double alpha;
  sg_rows_layout layout; // last: its tail varies
} update_plan;

// Which row, and with which factor.
static sg_status choose(sg_plan *plan, update_plan *own) {
  const sg_update *member = plan->op->member;
  const sg_alpha_options *options = plan->options;
  const sg_dtype dtype = sg_tensor_dtype(plan->inputs[X]);
  const bool scaled = member->scaled != sg_row_none && options->alpha != 1;
  own->row = scaled ? member->scaled : member->row;
  own->alpha = scaled ? member->sign * options->alpha : 1;
  if (scaled && sg_alpha_check(plan, dtype)) return sg_error_status(plan->context);
  if (sg_row_for(plan->context, dtype, own->row)) return SG_OK;
  return sg_reject(plan, "x has dtype %s, expected f32 or f64", sg_dtype_name(dtype));
}

static sg_status prepare(sg_plan *plan) {
  update_plan *own = plan->own;
  const sg_shape *x = sg_plan_shape(plan, X), *other = sg_plan_shape(plan, OTHER);
  sg_shape both;
  if (!sg_shape_broadcast(x, other, &both) || !sg_shape_equal(x, &both)) {
    return sg_reject(plan, "other has shape %s, which does not broadcast to x's %s", sg_shape_text(other).text,
                     sg_shape_text(x).text);
  }
  if (choose(plan, own)) return sg_error_status(plan->context);
  sg_rows_lay_out(&own->layout, x, 2, (const sg_shape *[]){x, other});
  plan->own_bytes = offsetof(update_plan, layout) + sg_rows_layout_bytes(&own->layout);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const update_plan *plan = call->plan;
  sg_rows_compute(call, plan->row,
                  &(sg_rows){.layout = &plan->layout,
                             .operand = {call->inputs[X], call->inputs[OTHER]},
                             .result = {call->outputs[0]},
                             .parameter = &plan->alpha,
                             .dtype = call->dtype});
}

const sg_op sg_update_family = {
    .inputs = SG_PORTS({"x", SG_NUMERIC, "what is written"}, {"other", SG_NUMERIC | SG_SAME_PLACE | SG_UNCONVERTED,
                                                              "the shape of x, or one that broadcasts to it"}),
    .outputs = SG_PORTS({"x", SG_WRITTEN, "x itself"}),
    SG_PLANNED(update_plan, prepare, forward, NULL),
    .samples = SG_SAMPLES({"same shape", SG_ON(SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3, 4)))},
                          {"rows", SG_ON(SG_RANDN(2, 3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(4)))},
                          {"columns", SG_ON(SG_RANDN(3, 4), SG_UNIFORM(0.5, 2, SG_DIMS(3, 1)))},
                          {"one number", SG_ON(SG_RANDN(2, 3), SG_UNIFORM(0.5, 2, SG_SCALAR))},
                          {"scalars", SG_ON(SG_NORMAL(0, 1, SG_SCALAR), SG_UNIFORM(0.5, 2, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(2, 0), SG_NORMAL(0, 1, SG_SCALAR))}),
    .bad_samples = SG_SAMPLES({"larger", SG_ON(SG_RANDN(2), SG_RANDN(3, 2)),
                               .error = "other has shape [3, 2], which does not broadcast to x's [2]"},
                              {"integers that would become floats", SG_ON(SG_INDICES(3, SG_DIMS(2)), SG_RANDN(2)),
                               .error = "x has dtype i64"}),
};
