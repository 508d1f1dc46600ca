// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = x where x > 0, else w x, with one weight w for all of x or one for each channel, dimension 1.
// d_x = d_y where x > 0, else w d_y; d_w = the sum of x d_y over what is not above 0 and has that weight.
#include "ops/elementwise/binary.h"

enum { X, WEIGHT };

typedef struct prelu_plan {
  sg_shape column;       // of the weight, as it broadcasts with x
  sg_rows_layout layout; // last: its tail varies
} prelu_plan;

static sg_status prepare(sg_plan *plan) {
  const sg_shape *x = sg_plan_shape(plan, X), *weight = sg_plan_shape(plan, WEIGHT);
  const int64_t weights = sg_shape_elements(weight), channels = x->rank > 1 ? x->size[1] : 1;
  if (weight->rank > 1 || (weights != 1 && weights != channels))
    return sg_reject(plan, "weight has shape %s, expected [1] or [%lld], the channels of x with shape %s",
                     sg_shape_text(weight).text, (long long)channels, sg_shape_text(x).text);
  prelu_plan *own = plan->own;
  own->column = (sg_shape){.rank = x->rank > 1 ? x->rank - 1 : weight->rank * (x->rank > 0)};
  for (int d = 0; d < own->column.rank; d++) own->column.size[d] = d == 0 ? weights : 1;
  sg_rows_lay_out(&own->layout, x, 2, (const sg_shape *[]){x, &own->column});
  plan->own_bytes = offsetof(prelu_plan, layout) + sg_rows_layout_bytes(&own->layout);
  plan->output_shape[0] = *x;
  plan->save_inputs = 1 << X | (sg_tensor_requires_grad(plan->inputs[X]) ? 1 << WEIGHT : 0);
  return SG_OK;
}

static void forward(const sg_call *call) {
  const prelu_plan *plan = call->plan;
  sg_rows_compute(call, sg_row_prelu,
                  &(sg_rows){.layout = &plan->layout,
                             .operand = {call->inputs[X], call->inputs[WEIGHT]},
                             .result = {call->outputs[0]}});
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_shape *column = &((const prelu_plan *)call->plan)->column;
  sg_tensor *d_y = call->d_outputs[0], *x = call->inputs[X], *zero = sg_scalar_like(c, x, 0);
  sg_tensor *positive = sg_gt(c, x, zero);
  if (call->needs[X]) {
    sg_tensor *weight = sg_reshape(c, call->inputs[WEIGHT], column);
    call->d_inputs[X] = sg_where(c, positive, d_y, sg_mul(c, d_y, weight));
  }
  if (!call->needs[WEIGHT]) return;
  sg_tensor *d_weight = sg_sum_to(c, sg_where(c, positive, zero, sg_mul(c, d_y, x)), column);
  call->d_inputs[WEIGHT] = sg_reshape(c, d_weight, &call->input_shapes[WEIGHT]);
}

const sg_op op_prelu = {
    SG_COMPUTED(prelu, prepare, forward, vjp),
    SG_WORDS("A rectifier that lets a share of the negative side through, which is learned.",
             "y = x where x > 0, else weight * x", "He et al. 2015, arXiv:1502.01852"),
    .subgradient = "at 0 w for x, and 0 for w",
    .inputs = SG_PORTS({"x", SG_SAME_PLACE, "tensor of any shape; dimension 1 counts channels"},
                       {"weight", SG_SAME_PLACE, "[1], or one for each channel"}),
    .outputs = SG_PORTS({"y", 0, "the results, in the shape of x"}),
    .plan_bytes = sizeof(prelu_plan),
    .samples = SG_SAMPLES({"by hand", SG_ON(SG_VECTOR(3, -2, 0.5), SG_VECTOR(0.25)), SG_GIVES(3, -0.5, 0.5)},
                          {"images", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(2, 3, 2, 2)), SG_VECTOR(0.25, -0.5, 2))},
                          {"rows", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4)), SG_UNIFORM(0.1, 0.5, SG_DIMS(4)))},
                          {"one weight", SG_ON(SG_DISTINCT(-2, 2.1, SG_DIMS(3, 4)), SG_VECTOR(0.1))},
                          {"scalars", SG_ON(SG_UNIFORM(-2, -1, SG_SCALAR), SG_UNIFORM(0.1, 0.5, SG_SCALAR))},
                          {"empty", SG_ON(SG_RANDN(0, 3), SG_RANDN(3))}),
    .bad_samples = SG_SAMPLES(
        {"weights", SG_ON(SG_RANDN(2, 3), SG_RANDN(2)), .error = "weight has shape [2], expected [1] or [3]"}),
};

sg_tensor *sg_prelu(sg_context *context, sg_tensor *x, sg_tensor *weight) {
  return sg_apply_one(context, &op_prelu, 2, (sg_tensor *[]){x, weight}, NULL);
}
