// SPDX-License-Identifier: GPL-3.0-or-later
//
// y = a where the condition is not 0, else b.  d_a = d_y where the condition holds, else 0; d_b the other way
// round; each summed over the dimensions along which it was broadcast.
#include "ops/elementwise/choice.h"
#include "ops/rows.h"

static const sg_choice *choice_of(const sg_op *op) { return op->member; }

static sg_status reject_shapes(const sg_plan *plan) {
  const sg_port *ports = sg_op_inputs(plan->op);
  return sg_reject(plan, "%s has shape %s, %s %s, %s %s: they do not broadcast", ports[0].name,
                   sg_shape_text(sg_plan_shape(plan, 0)).text, ports[1].name,
                   sg_shape_text(sg_plan_shape(plan, 1)).text, ports[2].name,
                   sg_shape_text(sg_plan_shape(plan, 2)).text);
}

static sg_status prepare(sg_plan *plan) {
  const sg_choice *member = choice_of(plan->op);
  const sg_shape *condition = sg_plan_shape(plan, member->condition), *a = sg_plan_shape(plan, member->a),
                 *b = sg_plan_shape(plan, member->b);
  sg_shape both, *y = &plan->output_shape[0];
  if (member->fills && a->rank > 0)
    return sg_reject(plan, "%s has shape %s, expected a number", sg_op_inputs(plan->op)[member->a].name,
                     sg_shape_text(a).text);
  if (!sg_shape_broadcast(a, b, &both) || !sg_shape_broadcast(condition, &both, y)) return reject_shapes(plan);
  plan->save_inputs = 1u << member->condition;
  sg_rows_layout *layout = plan->own;
  sg_rows_lay_out(layout, y, 3, (const sg_shape *[]){condition, a, b});
  plan->own_bytes = sg_rows_layout_bytes(layout);
  return SG_OK;
}

static sg_row_name row_of(sg_dtype condition) {
  switch (condition) {
  case SG_F32:
    return sg_row_where_f32;
  case SG_F64:
    return sg_row_where_f64;
  case SG_I64:
    return sg_row_where_i64;
  default:
    return sg_row_where_byte;
  }
}

static void forward(const sg_call *call) {
  const sg_choice *member = choice_of(call->op);
  const sg_tensor *condition = call->inputs[member->condition];
  sg_rows_compute(call, row_of(sg_tensor_dtype(condition)),
                  &(sg_rows){.layout = call->plan,
                             .operand = {condition, call->inputs[member->a], call->inputs[member->b]},
                             .result = {call->outputs[0]}});
}

static void vjp(const sg_call *call) {
  sg_context *c = call->context;
  const sg_choice *member = choice_of(call->op);
  const int a = member->a, b = member->b;
  const sg_shape *shapes = call->input_shapes;
  sg_tensor *condition = call->inputs[member->condition], *d_y = call->d_outputs[0],
            *zero = sg_scalar_like(c, d_y, 0);
  if (call->needs[a]) call->d_inputs[a] = sg_sum_to(c, sg_where(c, condition, d_y, zero), &shapes[a]);
  if (call->needs[b]) call->d_inputs[b] = sg_sum_to(c, sg_where(c, condition, zero, d_y), &shapes[b]);
}

const sg_op sg_choice_family = {
    .outputs = SG_PORTS({"y", SG_ANY_DTYPE, "the chosen elements, in the broadcast shape"}),
    SG_PLANNED(sg_rows_layout, prepare, forward, vjp),
};
